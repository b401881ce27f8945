"""Where each client package is installed, and how its scenarios are played."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.contract.gateway import ROOT, Gateway
from tests.contract.sdk.play import play
from tests.contract.sdk.scenarios import Scenario, Seen

HERE: Final = Path(__file__).parent
NODE: Final = shutil.which("node")

# client -> folder under .sdk, script, its arguments
PYTHON: Final = {
    "langchain-py": ("langchain", "langchain_client.py"),
    "litellm": ("litellm", "litellm_client.py"),
}
JAVASCRIPT: Final = {
    "langchain-js": "langchain",
    "ai-sdk-openai": "openai",
    "ai-sdk-compatible": "compatible",
}

needs_node = (
    pytest.mark.node,
    pytest.mark.skipif(
        NODE is None and os.environ.get("CI") != "true",
        reason="no node on this machine (required where CI=true): install nodejs and npm",
    ),
)


def seen_by(client: str, gateway: Gateway, scenarios: Sequence[Scenario]) -> dict[str, Seen]:
    """What the client saw, by the scenario's name."""
    if client in PYTHON:
        folder, script = PYTHON[client]
        python = ROOT / ".sdk" / folder / "bin/python"
        assert python.exists(), "the client's environment is missing: make sdk"
        return play([str(python), str(HERE / script)], gateway, ROOT, scenarios)
    assert NODE is not None, "node is required where CI=true"
    home = ROOT / ".sdk/clients"
    assert (home / "node_modules/ai").is_dir(), "the client is missing: make sdk"
    command = [NODE, str(HERE / "node/client.mjs"), JAVASCRIPT[client]]
    return play(command, gateway, home, scenarios)


def each(table: dict[str, list[Scenario]]) -> list[object]:
    """A parameter for every scenario of every client; those in JavaScript need node."""
    return [
        pytest.param(
            client,
            scenario,
            id=f"{client}-{scenario.name}",
            marks=needs_node if client in JAVASCRIPT else (),
        )
        for client, scenarios in table.items()
        for scenario in scenarios
    ]
