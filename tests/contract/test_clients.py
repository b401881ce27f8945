"""Apps on LangChain, the AI SDK, LiteLLM and five more clients draw with Ideogram."""

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.clients import scenarios
from tests.contract.clients.raw import exchange, fetched
from tests.contract.clients.replays import REPLAYS, Replay
from tests.contract.clients.staging import each, needs_node, seen_by
from tests.contract.gateway import ROOT, Gateway, start_gateway
from tests.contract.sdk.play import wrong
from tests.contract.sdk.scenarios import Scenario, Seen, differences

TABLE = {
    "langchain-py": scenarios.LANGCHAIN_PY,
    "langchain-js": scenarios.LANGCHAIN_JS,
    "ai-sdk-openai": scenarios.AI_SDK_OPENAI,
    "ai-sdk-compatible": scenarios.AI_SDK_COMPATIBLE,
    "litellm": scenarios.LITELLM,
}
BESIDE = {"ai-sdk-openai": [scenarios.WEBP]}
# LangChain for Python reads links only, which a name that begins with dall-e- answers with.
OWN_ALIAS = """
[[alias]]
name = "dall-e-turbo"
model = "ideogram-v3-turbo"
"""

PAGE = ROOT / "docs/clients.md"

Play = Callable[[str], dict[str, Seen]]

each_replay = pytest.mark.parametrize("replay", REPLAYS, ids=lambda replay: replay.client)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    own: Path = tmp_path_factory.mktemp("own") / "ideogate.toml"
    own.write_text(OWN_ALIAS, encoding="utf-8")
    with start_gateway({"IDEOGATE_CONFIG": str(own)}) as running:
        yield running


def bearer(gateway: Gateway) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.key}"}


@pytest.fixture(scope="module")
def played(gateway: Gateway) -> Play:
    @functools.cache
    def once(client: str) -> dict[str, Seen]:
        return seen_by(client, gateway, [*TABLE[client], *BESIDE.get(client, [])])

    return once


@pytest.mark.parametrize(("client", "scenario"), each(TABLE))
def test_a_package_finds_what_it_reads(client: str, scenario: Scenario, played: Play) -> None:
    assert wrong(scenario, played(client)[scenario.name]) == []


@pytest.mark.parametrize("client", [pytest.param("ai-sdk-openai", marks=needs_node)])
def test_another_format_is_labelled_as_what_it_is(client: str, played: Play) -> None:
    seen = played(client)[scenarios.WEBP.name]
    assert differences(scenarios.WEBP.sees, seen) == []


@each_replay
def test_a_replayed_request_ends_in_pictures(replay: Replay, gateway: Gateway) -> None:
    answer = exchange(gateway, replay.request(gateway.key))
    assert replay.pictures_of(answer, gateway) == list(replay.pictures)


@each_replay
def test_a_replayed_refusal_has_a_message_to_show(replay: Replay, gateway: Gateway) -> None:
    stranger = exchange(gateway, replay.request(scenarios.NOBODY))
    blocked = exchange(gateway, replay.request(gateway.key, scenarios.BLOCKED))
    assert (stranger.status, blocked.status) == (401, 400)
    assert "API key" in stranger.told["error"]["message"]
    assert "refused the prompt" in blocked.told["error"]["message"]


def test_names_that_the_page_tells_to_type_are_sold(gateway: Gateway) -> None:
    rows = re.findall(r"^\|.*\]\(#.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {row.split("|")[3].strip(" `").removeprefix("openai/") for row in rows}
    assert len(rows) == 10
    for name in told:
        assert fetched(f"{gateway.base_url}/models/{name}", bearer(gateway)).status == 200, name


def test_n8n_finds_image_models_in_its_list(gateway: Gateway) -> None:
    listed = fetched(f"{gateway.base_url}/models", bearer(gateway))
    names = {model["id"] for model in listed.items}
    # Its list keeps names of these two kinds; any other is typed in by id.
    assert {"dall-e-2", "dall-e-3", "gpt-image-1", "gpt-image-1-mini"} <= names
