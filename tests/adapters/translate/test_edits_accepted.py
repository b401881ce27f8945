"""Every golden edit with real pictures: the stand-in of Ideogram takes it, byte for byte."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.ideogram.wire import Payload, encode
from adapters.sandbox.app import build
from adapters.sandbox.ask import Ask, read
from adapters.sandbox.endpoints import find
from adapters.translate.plan import Plan
from tests.adapters.translate.drawn import content_of
from tests.adapters.translate.editing import DRAWN, planned_case

EDGE = "edge-of-a-part"
ONE_OF_EACH = {
    "legacy/edit-ideogram-v2-aihubmix",
    "legacy/remix-ideogram-v2-aihubmix",
    "legacy/reframe-ideogram-v2",
    "legacy/upscale-bare-aihubmix",
    "legacy/describe-aihubmix",
    "legacy/variation-ideogram-v2-ideogram",
    *(
        f"v3/{operation}-ideogram-v3-{upstream}"
        for operation in ("edit", "remix", "reframe", "replace-background", "variation")
        for upstream in ("aihubmix", "ideogram")
    ),
}
BARE = [case for case in DRAWN if case.id in ONE_OF_EACH]


def calls(made: Plan) -> Iterator[Payload]:
    """The calls of an order, those of its lead first."""
    candidates = made.candidates
    if made.lead is not None:
        yield made.lead.candidates[0].payload(0, 1)
        candidates = made.lead.then("a teal square, described")
    for first in range(0, made.images, made.per_call):
        yield candidates[0].payload(first, min(made.per_call, made.images - first))


def taken(payload: Payload) -> Ask:
    endpoint = find(payload.path)
    assert endpoint is not None
    encoded = encode(payload, EDGE)
    return read(endpoint, encoded.content_type, b"".join(encoded.pieces))


@pytest.mark.parametrize("case", DRAWN)
def test_every_call_of_an_order_is_taken(case: dict[str, Any]) -> None:
    made = planned_case(case, content_of)
    for payload in calls(made):
        ask = taken(payload)
        assert ask.images == payload.images
    assert ask.endpoint.operation == made.operation
    assert ask.model == made.model.upstream_model and ask.speed == made.speed


def test_the_names_of_the_cases_that_go_over_asgi_are_right() -> None:
    assert len(BARE) == len(ONE_OF_EACH) == 16


@pytest.mark.parametrize("case", BARE)
async def test_an_operation_is_answered_over_asgi(case: dict[str, Any]) -> None:
    sandbox = build(public_url="http://pictures.test/", folder=None, keys={"k"}, prefix="/sandbox")
    transport = httpx.ASGITransport(sandbox)
    made = planned_case(case, content_of)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        for payload in calls(made):
            encoded = encode(payload, EDGE)
            reply = await client.post(
                payload.path,
                content=b"".join(encoded.pieces),
                headers={"api-key": "k", "content-type": encoded.content_type},
            )
            assert reply.status_code == 200, reply.text
