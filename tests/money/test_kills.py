"""Killed with -9 at each edge of an order: a sweeper ends it, and nothing is lost, doubled or stuck."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from adapters.openai.errors import ApiError
from adapters.store.client import StoreRefused, StoreSilent, connect
from service.books import verify
from service.health import State
from service.keyspace import Keyspace
from service.ledger import Ledger
from service.orders import Orders
from service.recovery import Recovery
from service.retention import Retention
from service.safeguards import Safeguards
from service.slots import Slots
from service.storewatch import StoreWatch
from service.sweeper import Sweeper
from tests.contract.gateway import Gateway, start_gateway
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.live import client_of, draw, until
from tests.money.outcomes import drawn
from tests.money.told import told
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream, start_sandbox

SAFE: Final = ("--appendonly", "yes", "--appendfsync", "always")
POINTS: Final = ("before_start", "held", "sent", "submit", "answered", "settled")
# Of ten images on eight places: billed upstream, posted, to the house (never known), micro-USD / UNIT.
ENDS: Final = {
    "before_start": (0, 0, 0),
    "held": (0, 0, 8),
    "submit": (0, 0, 8),
    "answered": (8, 0, 8),
    "settled": (8, 8, 0),
    "sent": (8, 8, 2),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Upstream]:
    with start_sandbox(limit=100) as upstream:
        yield upstream


def gateway_on(
    store: Valkey, upstream: Upstream, organization: str, *words: str, **more: str
) -> Any:  # a context manager of Gateway
    env = {
        "IDEOGATE_STORE_URL": store.url,
        "IDEOGATE_KEY_PEPPER": "pepper-of-the-kills-32-characters",
        "IDEOGATE_ORGANIZATION": organization,
        "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
        "IDEOGATE_UPSTREAM_API_KEY": "upstream-key",
        "IDEOGATE_UPSTREAM_SLOTS": "8",
        **more,
    }
    return start_gateway(env, words or ("service", "serve"))


@asynccontextmanager
async def books_of(store: Valkey, organization: str) -> AsyncIterator[Books]:
    names = Keyspace(organization)
    link = await connect(store.url, timeout=5.0, slot_key=names.root)
    try:
        yield Books(link, names, Ledger(link, names))
    finally:
        await link.aclose()


async def lapse(books: Books) -> None:
    """Longer than a lease after the replica died."""
    for member in await books.store.call("ZRANGE", books.names.open, 0, -1):
        await books.store.call("ZADD", books.names.open, 1, member)


async def ask_until_it_dies(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        with contextlib.suppress(httpx.TransportError):
            await draw(client, n=10)
    assert await asyncio.to_thread(gateway.process.wait, 10) == -9


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey(*SAFE) as server:
        yield server


@pytest.mark.parametrize("point", POINTS)
async def test_what_a_killed_gateway_left_is_ended_by_any_other(
    valkey: Valkey, sandbox: Upstream, point: str
) -> None:
    sandbox.reset()
    organization = f"killed-{point}"
    with gateway_on(valkey, sandbox, organization, "tests.money.failing", point) as gateway:
        await ask_until_it_dies(gateway)
    billed, posted, house = (count * UNIT for count in ENDS[point])
    async with books_of(valkey, organization) as books:
        assert await verify(books.store, books.names) == []
        await lapse(books)

        def look(park_seconds: int) -> Sweeper:
            retention = Retention(books.store, books.names, days=90)
            return Sweeper(books.store, books.names, retention, park_seconds=park_seconds)

        await asyncio.gather(*(look(900).sweep() for _ in range(3)))
        sums = await books.balance()
        assert sums == {"held": 0, "posted": posted, "parked": house, "house": 0}
        await lapse(books)
        await asyncio.gather(*(look(0).sweep() for _ in range(3)))
        sums = await books.balance()
        assert sums == {"held": 0, "posted": posted, "parked": 0, "house": house}
        assert sandbox.bill()["microusd"] == billed <= posted + house
        assert await books.used("aihubmix") == 0
        assert await books.store.call("ZCARD", books.names.open) == 0
        assert await verify(books.store, books.names) == []


async def test_a_living_gateway_sweeps_by_itself(valkey: Valkey, sandbox: Upstream) -> None:
    sandbox.reset()
    with gateway_on(valkey, sandbox, "o", "tests.money.failing", "answered") as gateway:
        await ask_until_it_dies(gateway)
    more = {"IDEOGATE_PARK_SECONDS": "1"}
    async with books_of(valkey, "o") as books:
        await lapse(books)
        with gateway_on(valkey, sandbox, "o", **more) as gateway:

            async def nothing_open() -> bool:
                return not await books.store.call("ZCARD", books.names.open)

            await until(nothing_open)
            assert "order_adopted" in gateway.output
            assert "written_off" in gateway.output
        assert await books.balance() == {"held": 0, "posted": 0, "parked": 0, "house": 8 * UNIT}
        assert await verify(books.store, books.names) == []


@pytest.mark.parametrize("point", POINTS)
async def test_a_store_that_is_killed_at_any_point_gets_its_books_as_soon_as_it_is_back(
    point: str,
) -> None:
    with start_valkey(*SAFE) as server:
        names = Keyspace("o")
        store = await connect(server.url)
        books = Books(store, names, Ledger(store, names))
        recovery = Recovery(store, names)
        watch = StoreWatch(store, books.ledger, recovery)
        left = 1

        def at(passed: str) -> None:
            nonlocal left
            if passed == point and left:
                left -= 1
                server.kill()

        supplier: Any = Supplier(lambda p: drawn(p.images))
        orders = Orders(
            books.ledger,
            {one.name: supplier for one in SETTINGS.upstreams},
            books.desk,
            Slots(books.ledger),
            State(),
            guards=Safeguards(recovery=recovery, at=at),
        )
        came = 0
        with contextlib.suppress(ApiError):
            reply = await told(await orders.begin(plan_of(n=10, slots=8), CALLER))
            came = len(reply.body["data"])
        assert came == {"before_start": 0, "sent": 10}.get(point, 8)
        server.start()
        assert await books.desk.drain(10) == 0
        async with asyncio.timeout(5):
            while True:
                with contextlib.suppress(StoreSilent, StoreRefused):
                    await watch.look()
                    break
        billed = sum(payload.images for payload in supplier.submits) * UNIT
        await lapse(books)
        retention = Retention(store, names, days=90)
        await Sweeper(store, names, retention, park_seconds=900).sweep()
        assert await books.balance() == {"held": 0, "posted": billed, "parked": 0, "house": 0}
        assert await verify(store, names) == []
        assert await books.used() == 0
        await store.aclose()
