"""Apps on the AI SDK, LiteLLM and four more clients edit with Ideogram."""

import functools
from collections.abc import Callable, Iterator

import pytest

from tests.contract.clients import edits
from tests.contract.clients.forms import FORMS, IMAGELESS, Form
from tests.contract.clients.raw import exchange
from tests.contract.clients.scenarios import NOBODY
from tests.contract.clients.staging import each, seen_by
from tests.contract.gateway import Gateway, start_gateway
from tests.contract.sdk.play import wrong
from tests.contract.sdk.scenarios import Scenario, Seen

TABLE = {
    "ai-sdk-openai": edits.AI_SDK_OPENAI,
    "ai-sdk-compatible": edits.AI_SDK_COMPATIBLE,
    "litellm": edits.LITELLM,
}

Play = Callable[[str], dict[str, Seen]]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with start_gateway() as running:
        yield running


@pytest.fixture(scope="module")
def played(gateway: Gateway) -> Play:
    return functools.cache(lambda client: seen_by(client, gateway, TABLE[client]))


@pytest.mark.parametrize(("client", "scenario"), each(TABLE))
def test_a_package_finds_what_it_reads(client: str, scenario: Scenario, played: Play) -> None:
    assert wrong(scenario, played(client)[scenario.name]) == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.client)
def test_a_replayed_form_ends_in_pictures(form: Form, gateway: Gateway) -> None:
    answer = exchange(gateway, form.request(gateway.key))
    assert form.pictures_of(answer, gateway) == list(form.pictures)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.client)
def test_a_form_with_a_wrong_key_is_told_so(form: Form, gateway: Gateway) -> None:
    answer = exchange(gateway, form.request(NOBODY))
    assert answer.status == 401
    assert "API key" in answer.told["error"]["message"]


@pytest.mark.parametrize("form", IMAGELESS, ids=lambda form: form.client)
def test_a_form_without_an_image_is_told_so(form: Form, gateway: Gateway) -> None:
    answer = exchange(gateway, form.request(gateway.key))
    assert (answer.status, answer.told["error"]["param"]) == (400, "image")
