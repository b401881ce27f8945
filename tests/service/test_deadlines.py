"""How long a caller waits, and what becomes of a paid call when it does not wait any longer."""

import asyncio

import pytest

from service.deadlines import client_deadline
from service.visit import Visit
from tests.service.conftest import Site
from tests.service.wire import dial, request

OURS = 290.0


def visit(told: dict[str, str]) -> Visit:
    headers = {name.encode(): text.encode("latin-1") for name, text in told.items()}
    return Visit(request_id="r", began=0.0, method="POST", path="/", headers=headers)


@pytest.mark.parametrize(
    ("read", "whole", "seconds"),
    [
        (None, None, OURS),
        ("600", None, OURS),
        (None, "600", OURS),
        ("60", None, 59.5),
        (None, "60", 59.5),
        ("60", "20", 19.5),
        ("20", "60", 19.5),
        ("0.5", None, 0.25),
        ("1", None, 0.5),
        ("10.5", None, 10.0),
        ("0", None, OURS),
        ("-5", None, OURS),
        ("None", None, OURS),
        ("1e1", None, OURS),
        ("inf", None, OURS),
        ("nan", None, OURS),
        ("", None, OURS),
        ("9" * 400, None, OURS),
        ("\xb2", None, OURS),
    ],
)
def test_the_shortest_word_counts_and_nonsense_does_not(
    read: str | None, whole: str | None, seconds: float
) -> None:
    told = {"x-stainless-read-timeout": read, "x-stainless-timeout": whole}
    given = {name: text for name, text in told.items() if text is not None}
    assert client_deadline(visit(given), OURS) == seconds


@pytest.mark.parametrize("name", ["x-stainless-read-timeout", "x-stainless-timeout"])
async def test_a_caller_is_answered_before_it_gives_up_and_the_paid_call_is_posted(
    name: str, site: Site
) -> None:
    before = site.verbs()
    answer = await site.draw({"prompt": "[[fault:slow:seconds=1.5]] a fox"}, (name, "1"))
    assert (answer.status, answer.error["code"]) == (504, "timeout")
    assert site.verbs() == before  # the call is still under way
    async with asyncio.timeout(10):
        while site.verbs() == before:  # noqa: ASYNC110  the journal rings no bell
            await asyncio.sleep(0.1)
    assert site.verbs() - before == {"post": 1}


async def test_a_stream_is_told_in_an_event_that_the_time_is_over(site: Site) -> None:
    before = site.verbs()
    body = {"prompt": "[[fault:slow:seconds=1.5]] a fox", "stream": True}
    answer = await site.draw(body, ("x-stainless-read-timeout", "1"))
    assert answer.status == 200
    assert b'"code":"timeout"' in answer.body
    async with asyncio.timeout(10):
        while site.verbs() == before:  # noqa: ASYNC110  the journal rings no bell
            await asyncio.sleep(0.1)


async def test_a_body_that_comes_after_the_deadline_is_not_drawn(untouched: Site) -> None:
    body = b'{"prompt": "a fox"}'
    told = [untouched.bearer, ("x-stainless-timeout", "0.2"), ("content-length", str(len(body)))]
    async with dial(untouched.port) as line:
        await line.send(request("POST", "/v1/images/generations", told))
        await asyncio.sleep(0.3)
        await line.send(body)
        answer = await line.answer()
    assert (answer.status, answer.error["code"]) == (504, "timeout")
    assert answer.headers["x-should-retry"] == "true"
