"""The same promises on the stores that others run: Debian's Redis 7.0, and a cluster that fails over."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from types import ModuleType
from typing import Any, Final

import pytest

from adapters.openai.errors import ApiError
from adapters.store.client import StoreRefused, StoreSilent, connect
from service.books import verify
from service.health import State
from service.keyspace import Keyspace
from service.ledger import Held, Ledger
from service.orders import Orders
from service.recovery import Recovery
from service.replicas import Replicas
from service.safeguards import Safeguards
from service.slots import Slots
from service.storewatch import StoreWatch
from tests.money import test_machine
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.cluster import Cluster, start_cluster
from tests.money.outcomes import drawn
from tests.money.told import told
from tests.service import test_leases, test_ledger, test_retention, test_sweeper
from tests.stores import start_valkey

pytest_plugins = ["tests.money.plugin"]
REDIS: Final = shutil.which("redis-server")


def _promises(*modules: ModuleType) -> dict[str, Any]:
    """Tests of other files, to be collected here with the `valkey` of this file."""
    return {
        f"{name}_{module.__name__.rpartition('_')[2]}": test
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_") and "books" in test.__annotations__
    }


globals().update(_promises(test_ledger, test_leases, test_sweeper, test_retention))
test_no_order_of_events_breaks_the_books = test_machine.test_no_order_of_events_breaks_the_books


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with start_cluster() as nodes:
        yield nodes


@pytest.fixture(scope="module", params=["redis", "cluster"])
def valkey(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "cluster":
        yield request.getfixturevalue("cluster")
        return
    if REDIS is None:
        assert os.environ.get("CI") != "true", "redis-server is required where CI=true"
        pytest.skip("no redis-server here: on Debian and Ubuntu, apt-get install redis-server")
    with start_valkey(program=REDIS) as server:
        yield server


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.1))


async def _until(found: Callable[[], object]) -> None:
    """Bounded, since no store rings a bell; wide, since an election may take several turns."""
    async with asyncio.timeout(45):
        while not found():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _until_it_answers(verb: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(45):
        while True:
            with contextlib.suppress(StoreSilent, StoreRefused):
                return await verb()
            await asyncio.sleep(0.05)


async def test_a_failover_loses_no_bill_and_holds_nothing_for_ever() -> None:
    with start_cluster() as cluster:
        names = Keyspace("o")
        store = await connect(cluster.url, slot_key=names.root)
        books = Books(store, names, Ledger(store, names))
        recovery = Recovery(store, names)
        watch = StoreWatch(store, books.ledger, recovery, sleep=_soon)
        billed = 0

        async def decide(payload: Any) -> Any:
            nonlocal billed
            await asyncio.sleep(0.02)
            billed += payload.images
            return drawn(payload.images)

        supplier: Any = Supplier(decide)
        orders = Orders(
            books.ledger,
            {one.name: supplier for one in SETTINGS.upstreams},
            books.desk,
            Slots(books.ledger),
            State(),
            guards=Safeguards(recovery=recovery, replicas=Replicas(store, 1)),
            sleep=_soon,
        )
        statuses: list[int] = []  # of the orders that were begun since the list was begun

        async def customer(number: int) -> None:
            while not done.is_set():
                mine = statuses
                try:
                    reply = await told(await orders.begin(plan_of(n=1 + number % 3), CALLER))
                    mine.append(reply.status)
                except ApiError as refused:
                    mine.append(refused.shape.status)
                    await asyncio.sleep(0.05)

        done = asyncio.Event()
        looking = asyncio.create_task(watch.keep_looking())
        customers = [asyncio.create_task(customer(number)) for number in range(3)]
        await _until(lambda: statuses.count(200) >= 5)
        before = cluster.owner(names.root)
        before.kill()
        statuses = []
        await _until(lambda: cluster.owner(names.root) is not before)
        await _until(lambda: store.connected)
        seen = len(statuses)
        await _until(lambda: len(statuses) >= seen + 3)
        assert set(statuses) == {
            503
        }  # first nobody answers, then nobody has a replica, as is asked
        before.start()  # comes back as the replica of the one that took over
        await _until(lambda: statuses.count(200) >= 5)
        done.set()
        await asyncio.gather(*customers)
        assert await books.desk.drain(20) == 0
        await _until(lambda: watch.ledger == "open")
        looking.cancel()
        await asyncio.wait({looking})
        await _until_it_answers(watch.look)
        assert await verify(store, names) == []
        sums = await books.balance()
        assert sums == {"held": 0, "posted": billed * UNIT, "parked": 0, "house": 0}
        assert await books.used() == 0
        await store.aclose()


async def test_without_its_replicas_nothing_is_sent_and_nothing_stays_held() -> None:
    with start_valkey() as server:
        names = Keyspace("o")
        store = await connect(server.url)
        books = Books(store, names, Ledger(store, names))
        supplier: Any = Supplier(lambda p: drawn(p.images))
        guards = Safeguards(replicas=Replicas(store, 1))
        suppliers = {one.name: supplier for one in SETTINGS.upstreams}
        orders = Orders(
            books.ledger, suppliers, books.desk, Slots(books.ledger), State(), guards=guards
        )

        async def one() -> str:
            with pytest.raises(ApiError) as refused:
                await orders.begin(plan_of(n=2), CALLER)
            return refused.value.code

        assert set(await asyncio.gather(*(one() for _ in range(4)))) == {"ledger_unavailable"}
        assert await books.desk.drain(5) == 0
        assert supplier.submits == []
        assert await books.balance() == dict.fromkeys(("held", "posted", "parked", "house"), 0)
        assert await books.used() == 0
        await store.aclose()


async def test_an_acknowledgement_is_of_the_connection_that_wrote(cluster: Cluster) -> None:
    names = Keyspace("ack")
    store = await connect(cluster.url, timeout=5.0, slot_key=names.root)
    replicas = Replicas(store, 1)
    made = plan_of(n=1, slots=100)
    ledger = Ledger(store, names)
    books = Books(store, names, ledger)

    async def one(number: int) -> bool:
        started = await ledger.start(books.folio(f"order-{number}", made), made)
        assert isinstance(started, Held)
        return await replicas.have_it()

    assert await asyncio.gather(*map(one, range(10))) == [True] * 10
    asking = asyncio.create_task(replicas.have_it())
    await asyncio.sleep(0)
    store.connections += 1  # as after a reconnect
    assert await asking is False
    assert await Replicas(store, 0).have_it()
    await store.aclose()
