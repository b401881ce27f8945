"""A store of one's own that ends or is full while a real gateway draws: no bill is lost, nothing is sent blind."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import httpx
import pytest

from adapters.store.client import Store, connect
from service.books import verify
from service.ledger import Ledger
from tests.contract.gateway import Gateway, start_gateway
from tests.money.books import UNIT, Books
from tests.money.live import NAMES, client_of, draw, submitted, until
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream, start_sandbox

SAFE: Final = ("--appendonly", "yes", "--appendfsync", "always")
BALLAST: Final = 48 * 1024 * 1024  # bytes, so that a few more or less are not a percent
PROMISED: Final = 0.25
SLACK: Final = 1.0  # for a slow machine


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Upstream]:
    with start_sandbox(limit=100) as upstream:
        yield upstream


@contextmanager
def gateway_on(store: Valkey, upstream: Upstream) -> Iterator[Gateway]:
    env = {
        "IDEOGATE_STORE_URL": store.url,
        "IDEOGATE_KEY_PEPPER": "pepper-of-the-loss-32-characters",
        "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
        "IDEOGATE_UPSTREAM_API_KEY": "upstream-key",
        "IDEOGATE_UPSTREAM_SLOTS": "40",
    }
    with start_gateway(env) as gateway:
        yield gateway


@asynccontextmanager
async def books_of(store: Valkey) -> AsyncIterator[Books]:
    link: Store = await connect(store.url, timeout=5.0, slot_key=NAMES.root)
    try:
        yield Books(link, NAMES, Ledger(link, NAMES))
    finally:
        await link.aclose()


async def settled(books: Books) -> dict[str, int]:
    """The organisation's balance once nothing is held; the books add up then."""

    async def nothing_held() -> bool:
        return not (await books.balance())["held"]

    await until(nothing_held)
    assert await verify(books.store, NAMES) == []
    return await books.balance()


def posted(images: int) -> dict[str, int]:
    return {"held": 0, "posted": images * UNIT, "parked": 0, "house": 0}


async def refused(client: httpx.AsyncClient) -> None:
    began = time.monotonic()
    reply = await draw(client)
    assert time.monotonic() - began < PROMISED + SLACK
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "ledger_unavailable")
    assert reply.headers["x-should-retry"] == "true"


async def drawn_again(client: httpx.AsyncClient) -> None:
    """Once the store is found again."""

    async def came() -> bool:
        return (await draw(client)).status_code == 200

    await until(came)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_a_store_that_ends_between_send_and_settle_gets_the_post_when_it_is_back(
    sandbox: Upstream, end: signal.Signals
) -> None:
    sandbox.reset()
    with start_valkey(*SAFE) as store, gateway_on(store, sandbox) as gateway:
        sandbox.fault("slow", seconds=0.6)
        async with client_of(gateway) as client:
            drawing = asyncio.create_task(draw(client, n=3))
            await submitted(sandbox)
            store.process.send_signal(end)
            store.process.wait(10)
            reply = await drawing  # the store is still away
            assert (reply.status_code, len(reply.json()["data"])) == (200, 3)
            assert reply.json()["ideogate"]["cost_microusd"] == 3 * UNIT
            await refused(client)
            assert sandbox.bill()["images"] == 3
            store.start()
            async with books_of(store) as books:
                assert await settled(books) == posted(3)
                await drawn_again(client)
                assert await settled(books) == posted(4)
                assert await books.used("aihubmix") == 0
        assert sandbox.bill()["microusd"] == 4 * UNIT


async def test_a_full_store_takes_no_order_and_the_end_of_every_one_it_has(
    sandbox: Upstream,
) -> None:
    sandbox.reset()
    with start_valkey() as store, gateway_on(store, sandbox) as gateway:
        sandbox.faults([{"kind": "slow", "seconds": 2.0}] * 2)
        async with client_of(gateway) as client, books_of(store) as books:
            drawing = asyncio.gather(draw(client, n=2), draw(client, n=4))
            await until(lambda: _in_progress(sandbox, 6))
            await books.store.call("CONFIG", "SET", "maxmemory", 1)
            await refused(client)
            assert [entry["verb"] for entry in await books.journal()] == ["hold", "hold"]
            replies = await drawing  # into a store that is full
            assert [len(reply.json()["data"]) for reply in replies] == [2, 4]
            assert await settled(books) == posted(6)
            await refused(client)
            assert sandbox.bill()["images"] == 6
            await books.store.call("CONFIG", "SET", "maxmemory", 0)
            await drawn_again(client)
            assert await settled(books) == posted(7)


async def test_a_store_that_is_nearly_full_takes_no_order_either(sandbox: Upstream) -> None:
    sandbox.reset()
    with start_valkey() as store, gateway_on(store, sandbox) as gateway:
        async with client_of(gateway) as client, books_of(store) as books:
            await drawn_again(client)
            await books.store.call("SETRANGE", "ballast", BALLAST, "x")
            used = (await books.store.ask_facts()).memory_used
            await books.store.call("CONFIG", "SET", "maxmemory", used * 100 // 97)

            async def seen() -> bool:
                return "store_memory" in gateway.output

            await until(seen)
            before = await books.journal()
            await refused(client)
            assert await books.journal() == before
            assert sandbox.bill()["images"] == 1
            await books.store.call("DEL", "ballast")
            await drawn_again(client)
            assert await settled(books) == posted(2)


async def _in_progress(sandbox: Upstream, images: int) -> bool:
    return sandbox.state()["in_progress"] == images
