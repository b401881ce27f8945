"""Apps on the official Node SDK draw and edit with Ideogram."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.contract.gateway import ROOT, start_gateway
from tests.contract.sdk import edits
from tests.contract.sdk.editing import KEPT
from tests.contract.sdk.play import play, stream_pictures, wrong
from tests.contract.sdk.scenarios import ALL, MODEL_LIST, STREAM, Scenario, Seen
from tests.contract.sdk.shapes import NODE_ONLY
from tests.contract.sdk.varied import VARIED

NODE = shutil.which("node")
HOME = ROOT / ".sdk/node"
CLIENT = ROOT / "tests/contract/sdk/node/client.mjs"
SCENARIOS = (*ALL, *edits.EDITS, *NODE_ONLY, *VARIED)

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(
        NODE is None and os.environ.get("CI") != "true",
        reason="no node on this machine (required where CI=true): install nodejs and npm",
    ),
]


@pytest.fixture(scope="module")
def played() -> Iterator[dict[str, Seen]]:
    assert NODE is not None, "node is required where CI=true"
    assert (HOME / "node_modules/openai").is_dir(), "the SDK is missing: make sdk"
    with start_gateway() as gateway:
        yield play([NODE, str(CLIENT)], gateway, HOME, SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_an_app_sees_what_openai_would_show(scenario: Scenario, played: dict[str, Seen]) -> None:
    assert wrong(scenario, played[scenario.name]) == []


def test_a_stream_ends_in_pictures(played: dict[str, Seen]) -> None:
    assert stream_pictures(played[STREAM.name]) == ["1344x768"] * 2
    assert stream_pictures(played[edits.STREAM.name]) == [KEPT] * 2


def test_rows_and_aliases_are_listed(played: dict[str, Seen]) -> None:
    listed = played[MODEL_LIST.name]["models"]
    assert {"ideogram-v3", "ideogram-v2a-turbo", "gpt-image-1", "dall-e-3", "v_2"} <= set(listed)
