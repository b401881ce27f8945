"""A retry pays once: every rule of it, over gateways that share a store."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.contract.gateway import Gateway
from tests.money.fleet import Fleet, app, data_url, draw, error, pictures, png, slowly, start_fleet

AGAIN = {"x-stainless-retry-count": "1"}
SHORT = {"x-stainless-read-timeout": "0.6"}


@pytest.fixture(scope="module")
def started() -> Iterator[Fleet]:
    with start_fleet() as running:
        yield running


@pytest_asyncio.fixture
async def fleet(started: Fleet) -> AsyncIterator[Fleet]:
    yield started
    await started.settled()


@pytest.fixture
def prompt() -> str:
    """Like no other test's, so that its calls can be counted."""
    return f"a fox {uuid.uuid4().hex}"


@pytest.fixture
def keyed(prompt: str) -> dict[str, str]:
    return {"idempotency-key": prompt}


async def test_the_same_key_gets_the_same_answer_and_pays_once(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    replies = [await draw(one, prompt, keyed, n=2) for one in fleet.gateways]
    first, *others = replies
    assert len(pictures(first)) == 2
    for other in others:
        assert other.json() == first.json()
        assert other.headers["x-ideogate-replayed"] == "true"
        assert other.headers["x-ideogate-cost-usd"] == first.headers["x-ideogate-cost-usd"]
    assert "x-ideogate-replayed" not in first.headers
    assert fleet.calls(prompt) == 1


async def test_white_space_and_order_of_fields_are_no_other_body(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    one = json.dumps({"prompt": prompt, "n": 1, "size": "1024x1024"})
    other = json.dumps({"size": "1024x1024", "n": 1, "prompt": prompt, "style": None}, indent=4)
    async with app(fleet.gateways[0]) as client:
        replies = [
            await client.post("/images/generations", content=body, headers=keyed)
            for body in (one, other)
        ]
    assert pictures(replies[0]) == pictures(replies[1])
    assert fleet.calls(prompt) == 1


@pytest.mark.parametrize("change", [{"n": 2}, {"prompt": "b"}, {"model": "ideogram-v2"}])
async def test_a_key_with_another_body_is_refused(
    fleet: Fleet, prompt: str, keyed: dict[str, str], change: Any
) -> None:
    assert (await draw(fleet.gateways[0], prompt, keyed)).status_code == 200
    other = await draw(fleet.gateways[1], **{"prompt": prompt, "headers": keyed, **change})
    assert error(other) == (422, "idempotency_key_reused", None)
    assert other.json()["error"]["param"] == "Idempotency-Key"


async def test_a_request_that_is_still_running_is_joined_by_its_key(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    replies = await asyncio.gather(
        *(draw(one, slowly(prompt, 0.5), keyed) for one in fleet.gateways)
    )
    assert len({*map(tuple, map(pictures, replies))}) == 1
    assert fleet.calls(prompt) == 1


async def test_who_joins_waits_until_its_own_deadline(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    first = asyncio.create_task(draw(fleet.gateways[0], slowly(prompt, 1.5), keyed))
    await fleet.drawing(prompt)
    hasty = await draw(fleet.gateways[1], slowly(prompt, 1.5), keyed | SHORT)
    assert error(hasty) == (409, "idempotency_in_progress", "true")
    patient = await draw(fleet.gateways[1], slowly(prompt, 1.5), keyed)
    assert pictures(patient) == pictures(await first)
    assert fleet.calls(prompt) == 1


async def test_fifty_at_once_over_three_gateways_make_one_call(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    replies = await asyncio.gather(
        *(draw(fleet.gateways[i % 3], slowly(prompt, 0.5), keyed) for i in range(50))
    )
    assert len({*map(tuple, map(pictures, replies))}) == 1
    assert fleet.calls(prompt) == 1


async def test_a_key_whose_order_was_lost_is_not_drawn_again(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    lost = f"[[fault:reset_after]] {prompt}"
    replies = [await draw(one, lost, keyed) for one in fleet.gateways]
    assert {error(one) for one in replies} == {(502, "upstream_outcome_unknown", "false")}
    assert {one.headers["x-ideogate-parked-usd"] for one in replies} == {"0.060000"}
    assert fleet.calls(prompt) == 1


async def test_a_key_whose_order_came_to_nothing_is_free_again(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    fleet.upstream.fault("429", prompt=prompt)
    refused = await draw(fleet.gateways[0], prompt, keyed)
    assert error(refused) == (429, "rate_limit_exceeded", "true")
    assert len(pictures(await draw(fleet.gateways[1], prompt, keyed, n=2))) == 2  # any body
    assert fleet.calls(prompt) == 1


async def test_a_key_whose_pictures_are_gone_is_told_so_and_pays_nothing(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    dead = f"[[fault:dead_link]] {prompt}"
    replies = [await draw(one, dead, keyed) for one in fleet.gateways[:2]]
    assert {error(one) for one in replies} == {(502, "result_expired", "false")}
    assert fleet.calls(prompt) == 1


@pytest.mark.parametrize("text", ["k" * 256, "a\tb", "ключ".encode()], ids=["long", "tab", "utf8"])
async def test_a_key_that_is_no_key_is_refused(
    fleet: Fleet, prompt: str, text: str | bytes
) -> None:
    reply = await draw(fleet.gateways[0], prompt, {"idempotency-key": text})
    assert error(reply)[:2] == (400, "invalid_value")
    assert reply.json()["error"]["param"] == "Idempotency-Key"
    assert fleet.calls(prompt) == 0


async def test_a_retry_gets_what_its_first_attempt_did_not_wait_for(
    fleet: Fleet, prompt: str
) -> None:
    late = await draw(fleet.gateways[0], slowly(prompt), SHORT)
    assert error(late) == (504, "timeout", "true")
    still = await draw(fleet.gateways[1], slowly(prompt), AGAIN | {"x-stainless-timeout": "0.2"})
    assert error(still) == (504, "timeout", "true")
    got = await draw(fleet.gateways[2], slowly(prompt), {"x-stainless-retry-count": "2"})
    assert len(pictures(got)) == 1
    assert got.headers["x-ideogate-replayed"] == "true"
    assert fleet.calls(prompt) == 1


async def test_what_was_handed_out_is_claimed_by_nobody(fleet: Fleet, prompt: str) -> None:
    first = await draw(fleet.gateways[0], prompt)
    retry = await draw(fleet.gateways[1], prompt, AGAIN)
    assert pictures(first) != pictures(retry)
    assert fleet.calls(prompt) == 2


async def test_a_repeat_that_does_not_say_so_is_a_new_order(fleet: Fleet, prompt: str) -> None:
    late = await draw(fleet.gateways[0], slowly(prompt), SHORT)
    assert late.status_code == 504
    for told in ({}, {"x-stainless-retry-count": "0"}, {"x-stainless-retry-count": "one"}):
        assert (await draw(fleet.gateways[0], slowly(prompt), told)).status_code == 200
    assert fleet.calls(prompt) == 4


async def test_each_retry_claims_another_order_the_oldest_first(fleet: Fleet, prompt: str) -> None:
    asked = slowly(prompt, 1.2)
    late = await asyncio.gather(*(draw(one, asked, SHORT) for one in fleet.gateways))
    assert {one.status_code for one in late} == {504}
    replies = await asyncio.gather(*(draw(one, asked, AGAIN) for one in fleet.gateways))
    assert len({*map(tuple, map(pictures, replies))}) == 3
    assert fleet.calls(prompt) == 3


async def test_ten_alike_of_which_one_is_refused_get_ten_pictures(
    fleet: Fleet, prompt: str
) -> None:
    fleet.upstream.fault("429", prompt=prompt)
    asked = slowly(prompt, 0.4)

    async def insist(number: int) -> httpx.Response:
        reply = await draw(fleet.gateways[number % 3], asked)
        if reply.status_code == 200:
            return reply
        assert error(reply) == (429, "rate_limit_exceeded", "true")
        return await draw(fleet.gateways[(number + 1) % 3], asked, AGAIN)

    replies = await asyncio.gather(*map(insist, range(10)))
    assert len({*map(tuple, map(pictures, replies))}) == 10
    assert fleet.calls(prompt) == 10


async def test_a_client_that_breaks_off_is_served_by_its_retry(fleet: Fleet, prompt: str) -> None:
    asked = slowly(prompt, 1.5)
    for told in ({}, AGAIN):
        with pytest.raises(httpx.ReadTimeout):
            async with app(fleet.gateways[0]) as client:
                await client.post(
                    "/images/generations", json={"prompt": asked}, headers=told, timeout=0.4
                )
        await asyncio.sleep(0.1)  # clients wait longer
    got = await draw(fleet.gateways[1], asked, {"x-stainless-retry-count": "2"})
    assert len(pictures(got)) == 1
    assert fleet.calls(prompt) == 1


async def test_a_retry_of_what_was_lost_is_told_so(fleet: Fleet, prompt: str) -> None:
    lost = f"[[fault:reset_after:seconds=1]] {prompt}"
    assert (await draw(fleet.gateways[0], lost, SHORT)).status_code == 504
    retry = await draw(fleet.gateways[1], lost, AGAIN)
    assert error(retry) == (502, "upstream_outcome_unknown", "false")
    assert fleet.calls(prompt) == 1


async def test_another_body_claims_nothing(fleet: Fleet, prompt: str) -> None:
    asked = slowly(prompt, 0.8)
    assert (await draw(fleet.gateways[0], asked, SHORT)).status_code == 504
    assert (await draw(fleet.gateways[0], asked, AGAIN, n=2)).status_code == 200
    got = await draw(fleet.gateways[0], asked, AGAIN)
    assert got.headers["x-ideogate-replayed"] == "true"
    assert fleet.calls(prompt) == 2


@pytest.mark.parametrize("told", ["key", "retry"])
async def test_a_streamed_order_is_streamed_again(
    fleet: Fleet, prompt: str, keyed: dict[str, str], told: str
) -> None:
    asked = slowly(prompt, 0.8)
    first, again = (keyed, keyed) if told == "key" else (SHORT, AGAIN)
    before = await draw(fleet.gateways[0], asked, first, n=2, stream=True)
    reply = await draw(fleet.gateways[1], asked, again, n=2, stream=True)
    events = _events(reply)
    assert [event["index"] for event in events] == [0, 1]
    if told == "key":
        assert events == _events(before)
    assert fleet.calls(prompt) == 1


@pytest.mark.parametrize("route", ["edits", "variations", "descriptions"])
@pytest.mark.parametrize("told", ["key", "retry"])
async def test_pictures_of_the_caller_are_paid_once_too(
    fleet: Fleet, prompt: str, keyed: dict[str, str], route: str, told: str
) -> None:
    path = "describe" if route == "descriptions" else "remix"
    fleet.upstream.fault("slow", path=path, seconds=0.8)
    submits = fleet.upstream.bill()["accepted"]
    first, again = (keyed, keyed) if told == "key" else (SHORT, AGAIN)
    content = png(64, 64 + len(told) + len(route))

    async def send(gateway: Gateway, headers: dict[str, str]) -> httpx.Response:
        async with app(gateway) as client:  # httpx makes another boundary each time
            return await client.post(
                f"/images/{route}",
                data={"prompt": prompt} if route == "edits" else {},
                files={"image": (f"{uuid.uuid4().hex}.png", content, "image/png")},
                headers=headers,
            )

    before = await send(fleet.gateways[0], first)
    reply = await send(fleet.gateways[1], again)
    assert len(pictures(reply)) == 1
    assert reply.headers["x-ideogate-replayed"] == "true"
    if told == "key":
        assert pictures(before) == pictures(reply)
    if route == "edits" and told == "key":
        async with app(fleet.gateways[2]) as client:
            body = {"prompt": prompt, "images": [{"image_url": data_url(content)}]}
            as_json = await client.post("/images/edits", json=body, headers=again)
        assert pictures(as_json) == pictures(reply)
    calls = {"edits": 1, "variations": 2, "descriptions": 1}[route]
    assert fleet.upstream.bill()["accepted"] - submits == calls


async def test_a_result_outlives_its_gateway(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    spare = fleet.spare()
    first = await draw(spare, prompt, keyed)
    spare.process.kill()
    spare.process.wait()
    assert pictures(await draw(fleet.gateways[0], prompt, keyed)) == pictures(first)
    assert fleet.calls(prompt) == 1


async def test_the_store_shows_neither_prompt_nor_links_nor_keys(
    fleet: Fleet, prompt: str, keyed: dict[str, str]
) -> None:
    asked = {"n": 2, "response_format": "url", "negative_prompt": "canary-negative"}
    links = pictures(await draw(fleet.gateways[0], prompt, keyed, **asked))
    await draw(fleet.gateways[0], prompt, SHORT, **asked)
    books = fleet.dump
    found = b"".join(bytes(key) + _whole(books, key) for key in books.scan_iter())
    assert b":result:" in found and b":repeat:" in found
    for canary in (prompt, "canary-negative", fleet.key, "/images/", *links):
        assert canary.encode() not in found
    for part in (prompt.rsplit(maxsplit=1)[-1], links[0].rpartition("/")[2]):
        assert part.encode() not in found


def _whole(books: Any, key: bytes) -> bytes:
    match books.type(key):
        case b"hash":
            return repr(books.hgetall(key)).encode()
        case b"zset":
            return repr(books.zrange(key, 0, -1)).encode()
        case b"stream":
            return repr(books.xrange(key)).encode()
        case _:
            return repr(books.get(key)).encode()


def _events(reply: httpx.Response) -> list[dict[str, Any]]:
    assert reply.headers["content-type"] == "text/event-stream", reply.text
    lines = [line for line in reply.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line[6:]) for line in lines]
