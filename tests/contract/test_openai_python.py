"""Apps on the official Python SDK, today's and the last 1.x, draw and edit with Ideogram."""

import functools
from collections.abc import Callable, Iterator

import pytest

from tests.contract.gateway import ROOT, Gateway, start_gateway
from tests.contract.sdk import edits
from tests.contract.sdk.editing import KEPT
from tests.contract.sdk.play import play, stream_pictures, wrong
from tests.contract.sdk.scenarios import ALL, CORE, MODEL_LIST, STREAM, Scenario, Seen
from tests.contract.sdk.shapes import PYTHON_ONLY
from tests.contract.sdk.varied import VARIED, VARIED_CORE

# Sync and async differ in their transport and in how they read files, so the async ones play what
# these could break.
WHOLE = (*ALL, *edits.EDITS, *PYTHON_ONLY, *VARIED)
PART = (*CORE, *edits.EDITS_CORE, *PYTHON_ONLY, *VARIED_CORE)
SCENARIOS = {
    ("newest", "sync"): WHOLE,
    ("newest", "async"): PART,
    ("1", "sync"): WHOLE,
    ("1", "async"): PART,
}
CLIENT = ROOT / "tests/contract/sdk/python_client.py"

Play = Callable[[str, str], dict[str, Seen]]

each_sdk = pytest.mark.parametrize(("sdk", "mode"), SCENARIOS)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with start_gateway() as running:
        yield running


@pytest.fixture(scope="module")
def played(gateway: Gateway) -> Play:
    @functools.cache
    def once(sdk: str, mode: str) -> dict[str, Seen]:
        python = ROOT / f".sdk/python-{sdk}/bin/python"
        assert python.exists(), "the SDK's environment is missing: make sdk"
        return play([str(python), str(CLIENT), mode], gateway, ROOT, SCENARIOS[sdk, mode])

    return once


@pytest.mark.parametrize(
    ("sdk", "mode", "scenario"),
    [
        pytest.param(*client, scenario, id=f"{'-'.join(client)}-{scenario.name}")
        for client, scenarios in SCENARIOS.items()
        for scenario in scenarios
    ],
)
def test_an_app_sees_what_openai_would_show(
    sdk: str, mode: str, scenario: Scenario, played: Play
) -> None:
    assert wrong(scenario, played(sdk, mode)[scenario.name]) == []


@each_sdk
def test_events_of_a_stream_have_the_sdk_s_own_type(sdk: str, mode: str, played: Play) -> None:
    seen = played(sdk, mode)[STREAM.name]
    assert {event["class"] for event in seen["events"]} == {"ImageGenCompletedEvent"}
    assert stream_pictures(seen) == ["1344x768"] * 2


@each_sdk
def test_events_of_an_edit_s_stream_have_the_sdk_s_own_type(
    sdk: str, mode: str, played: Play
) -> None:
    seen = played(sdk, mode)[edits.STREAM.name]
    assert {event["class"] for event in seen["events"]} == {"ImageEditCompletedEvent"}
    assert stream_pictures(seen) == [KEPT] * 2


@each_sdk
def test_rows_and_aliases_are_listed(sdk: str, mode: str, played: Play) -> None:
    listed = played(sdk, mode)[MODEL_LIST.name]["models"]
    assert {"ideogram-v3", "ideogram-v2a-turbo", "gpt-image-1", "dall-e-3", "v_2"} <= set(listed)
    assert len(listed) == len(set(listed))


@each_sdk
def test_every_answer_has_a_request_id(sdk: str, mode: str, played: Play) -> None:
    told = [seen["request_id"] for seen in played(sdk, mode).values() if "request_id" in seen]
    assert len(told) == len(set(told)) > 0
    assert all(name.startswith("req_") for name in told)
