"""Money over real HTTP: what the sandbox bills is what the books say, whatever went wrong."""

import asyncio
import json
import signal
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest

from tests.contract.gateway import Gateway
from tests.money.books import UNIT
from tests.money.live import Ground, client_of, draw, gateway_on, new_ground, submitted
from tests.upstream import Upstream, start_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Upstream]:
    with start_sandbox(limit=100) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with new_ground() as folder:
        yield folder


@pytest.fixture(scope="module")
def gateway(ground: Ground, sandbox: Upstream) -> Iterator[Gateway]:
    with gateway_on(ground, sandbox) as running:
        yield running


class Before:
    """Balances and bill before a test, to tell what it added."""

    def __init__(self, sums: dict[str, int], billed: int) -> None:
        self.sums = sums
        self.billed = billed


async def before(ground: Ground, sandbox: Upstream) -> Before:
    return Before(await ground.settled(), sandbox.bill()["microusd"])


async def added(then: Before, ground: Ground, sandbox: Upstream) -> tuple[int, int, int]:
    """posted, parked, and what the sandbox billed, since then."""
    sums = await ground.settled()
    billed = sandbox.bill()["microusd"] - then.billed
    return sums["posted"] - then.sums["posted"], sums["parked"] - then.sums["parked"], billed


class Pair(NamedTuple):
    """Two calls of one image each: their faults, the answer, and images posted and parked."""

    one: str
    other: str
    status: int
    code: str | None
    retry: str | None
    posted: int
    parked: int


OK = "slow"  # by nothing
PAIRS = (
    Pair(OK, OK, 200, None, None, 2, 0),
    Pair(OK, "unsafe", 200, None, None, 2, 0),
    Pair(OK, "422", 200, None, None, 1, 0),
    Pair(OK, "truncated", 200, None, None, 1, 1),
    Pair(OK, "reset_after", 200, None, None, 1, 1),
    Pair(OK, "500", 200, None, None, 1, 1),  # this reseller may bill it
    Pair("unsafe", "unsafe", 400, "moderation_blocked", "false", 2, 0),
    Pair("unsafe", "402", 400, "moderation_blocked", "false", 1, 0),
    Pair("unsafe", "html", 502, "upstream_outcome_unknown", "false", 1, 1),
    Pair("cut", "422", 502, "upstream_outcome_unknown", "false", 0, 1),
    Pair("503", "429", 502, "upstream_outcome_unknown", "false", 0, 1),
    Pair("422", "429", 400, "moderation_blocked", None, 0, 0),
    Pair("401", "429", 503, "upstream_unavailable", "false", 0, 0),
    Pair("429", "429", 429, "rate_limit_exceeded", "true", 0, 0),
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.one} + {pair.other}")
async def test_a_pair_of_ends(
    gateway: Gateway, ground: Ground, sandbox: Upstream, pair: Pair
) -> None:
    then = await before(ground, sandbox)
    sandbox.faults([{"kind": kind} for kind in (pair.one, pair.other)])
    async with client_of(gateway) as client:
        reply = await draw(client, n=2, seed=7)
    assert reply.status_code == pair.status, reply.text
    assert reply.headers.get("x-should-retry") == pair.retry
    assert reply.headers["x-ideogate-cost-usd"] == f"0.{pair.posted * UNIT:06d}"
    if pair.code is not None:
        assert reply.json()["error"]["code"] == pair.code
    posted, parked, billed = await added(then, ground, sandbox)
    assert (posted, parked) == (pair.posted * UNIT, pair.parked * UNIT)
    assert posted <= billed <= posted + parked


@pytest.mark.parametrize("kind", ["dead_link", "foreign_link", "wrong_bytes"])
async def test_a_picture_that_cannot_be_fetched_is_paid_and_named(
    gateway: Gateway, ground: Ground, sandbox: Upstream, kind: str
) -> None:
    then = await before(ground, sandbox)
    faults = [
        {"kind": kind, "images": [0], "prompt": "two"},
        {"kind": kind, "prompt": "one"},
    ]
    sandbox.faults(faults)
    async with client_of(gateway) as client:
        two, one = await asyncio.gather(
            draw(client, prompt=f"two {kind}", n=2, response_format="b64_json"),
            draw(client, prompt=f"one {kind}", response_format="b64_json"),
        )
    assert (two.status_code, len(two.json()["data"])) == (200, 1)
    (warning,) = two.json()["ideogate"]["warnings"]
    assert warning["code"] == "download_failed" and "http" in warning["message"]
    assert "download_failed" in two.headers["x-ideogate-warnings"]
    assert (one.status_code, one.json()["error"]["code"]) == (502, "result_expired")
    assert one.headers["x-should-retry"] == "false"
    assert await added(then, ground, sandbox) == (3 * UNIT, 0, 3 * UNIT)


async def test_the_callers_deadline_is_answered_and_the_paid_call_posted(
    gateway: Gateway, ground: Ground, sandbox: Upstream
) -> None:
    then = await before(ground, sandbox)
    sandbox.fault("slow", seconds=1.0)
    async with client_of(gateway) as client:
        late = await draw(client, headers={"x-stainless-read-timeout": "0.4"})
    assert (late.status_code, late.json()["error"]["code"]) == (504, "timeout")
    assert late.headers["x-should-retry"] == "true"
    assert await added(then, ground, sandbox) == (UNIT, 0, UNIT)
    async with ground.books() as books:
        named = [e for e in await books.journal() if e["order"] == late.headers["x-ideogate-order"]]
    assert [entry["verb"] for entry in named] == ["hold", "post"]


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "json"])
async def test_a_client_that_leaves_is_billed_for_what_it_ordered(
    gateway: Gateway, ground: Ground, sandbox: Upstream, stream: bool
) -> None:
    then = await before(ground, sandbox)
    sandbox.faults([{"kind": "slow", "seconds": 0.3}] * 2)
    body = json.dumps({"prompt": "a fox", "n": 10, "stream": stream}).encode()
    head = (
        f"POST /v1/images/generations HTTP/1.1\r\nhost: {gateway.host}\r\n"
        f"authorization: Bearer {gateway.key}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
    writer.write(head.encode() + body)
    if stream:
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    else:
        await submitted(sandbox)
    writer.transport.abort()
    assert await added(then, ground, sandbox) == (10 * UNIT, 0, 10 * UNIT)


async def test_a_store_that_is_silent_at_the_start_sends_nothing(
    gateway: Gateway, ground: Ground, sandbox: Upstream
) -> None:
    then = await before(ground, sandbox)
    accepted = sandbox.bill()["accepted"]
    async with client_of(gateway) as client:
        await draw(client, headers={"x-ideogate-dry-run": "true"})  # the key is known for 2 s
        ground.signal_store(signal.SIGSTOP)
        refused = await draw(client)
        ground.signal_store(signal.SIGCONT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert refused.headers["x-should-retry"] == "true"
    assert await added(then, ground, sandbox) == (0, 0, 0)
    assert sandbox.bill()["accepted"] == accepted


@pytest.mark.parametrize("end", [signal.SIGSTOP, signal.SIGKILL], ids=["silent", "killed"])
async def test_a_store_that_falls_silent_after_sending_delays_the_post_not_the_pictures(
    gateway: Gateway, ground: Ground, sandbox: Upstream, end: signal.Signals
) -> None:
    then = await before(ground, sandbox)
    sandbox.fault("slow", seconds=0.4)
    async with client_of(gateway) as client:
        drawing = asyncio.create_task(draw(client, n=2))
        await submitted(sandbox)
        ground.signal_store(end)
        reply: httpx.Response = await drawing
        ground.signal_store(signal.SIGCONT)
    assert (reply.status_code, len(reply.json()["data"])) == (200, 2)
    assert reply.json()["ideogate"]["cost_microusd"] == 2 * UNIT
    assert await added(then, ground, sandbox) == (2 * UNIT, 0, 2 * UNIT)
