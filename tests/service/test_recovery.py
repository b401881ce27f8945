"""A store that lost something is told again: nothing billed is lost, nothing is booked twice."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.ideogram.outcome import Outcome, Unknown
from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.store.client import connect
from service.books import verify
from service.health import State
from service.keyspace import Keyspace
from service.ledger import Ledger, Leg
from service.orders import Orders
from service.recovery import Origin, Recovery
from service.retention import Retention
from service.safeguards import Safeguards
from service.slots import Slots
from service.storewatch import StoreWatch
from service.sweeper import Sweeper
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.outcomes import drawn
from tests.money.told import told
from tests.stores import Valkey, start_valkey

pytest_plugins = ["tests.money.plugin"]
POST = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=2, delivered=2)


def money(**some: int) -> dict[str, int]:
    return {"held": 0, "posted": 0, "parked": 0, "house": 0} | some


async def origin(books: Books, **other: Any) -> Origin:
    day = datetime.fromtimestamp(await books.store.time_ms() // 1000, UTC).date().isoformat()
    facts = ("project", "p", "key", "k", "model", "ideogram-v3", "operation", "generate",
             "speed", "DEFAULT", "table", "t", "account", "sandbox", "source", "image.generation")  # fmt: skip
    told_ = {"images": 2, "unit": UNIT, "prices": {"sandbox": UNIT}, "priced": "output"}
    return Origin(period=day, facts=facts, **{**told_, **other})


@pytest.mark.parametrize("verb", ["post", "park", "void"])
async def test_a_call_of_an_order_that_was_lost_is_booked_from_what_is_known_once(
    books: Books, verb: str
) -> None:
    recovery = Recovery(books.store, books.names)
    folio = books.folio("A", plan_of(n=2))
    leg = msgspec.structs.replace(POST, verb=verb)
    known = await origin(books)
    settled = await recovery.recover(folio, leg, known)
    amount = 0 if verb == "void" else 2 * UNIT
    assert settled is not None and settled.amount == amount
    posted = {"post": {"posted": amount}, "park": {"parked": amount}, "void": {}}[verb]
    assert await books.balance() == money(**posted)
    if verb != "void":
        assert (await books.journal())[-1]["recovered"] == "1"
        assert await recovery.recover(folio, leg, known) is None  # it is known now
        assert await books.ledger.settle(folio, leg) == settled
        assert await books.balance() == money(**posted)
    lasting = await books.store.call("PTTL", books.names.order("A"))
    assert {"post": lasting > 47 * 3600 * 1000, "park": lasting == -1, "void": True}[verb]


async def test_a_recovered_park_is_written_off_like_any_other(books: Books) -> None:
    recovery = Recovery(books.store, books.names)
    park = msgspec.structs.replace(POST, verb="park")
    await recovery.recover(books.folio("A", plan_of(n=2)), park, await origin(books))
    retention = Retention(books.store, books.names, days=90)
    look = Sweeper(books.store, books.names, retention, park_seconds=0)
    (swept,) = await look.sweep()
    assert swept.house_microusd == 2 * UNIT
    assert await books.balance() == money(house=2 * UNIT)


async def test_a_turn_that_was_lost_is_taken_from_what_its_order_holds(books: Books) -> None:
    made = plan_of(n=10, slots=8)
    folio = books.folio("A", made)
    await books.held("A", made)  # call 0 is sent; that it ended and granted call 1 is lost
    turn = msgspec.structs.replace(POST, call=1)
    assert await books.ledger.settle(folio, turn) is None
    recovery = Recovery(books.store, books.names)
    await recovery.recover(folio, turn, await origin(books))
    assert await books.balance() == money(held=8 * UNIT, posted=2 * UNIT)
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    assert await books.balance() == money(posted=10 * UNIT)
    assert await books.store.call("ZCARD", books.names.open) == 0


async def test_two_lost_calls_of_one_order_are_both_booked(books: Books) -> None:
    recovery = Recovery(books.store, books.names)
    folio = books.folio("A", plan_of(n=10))
    first = await origin(books, images=8)
    eight = msgspec.structs.replace(POST, billed=9, delivered=9)
    await recovery.recover(folio, eight, first)
    second = msgspec.structs.replace(POST, call=1)
    await recovery.recover(folio, second, await origin(books))
    assert await books.balance() == money(posted=10 * UNIT, house=UNIT)


async def test_a_description_that_was_lost_is_booked_at_its_own_price(books: Books) -> None:
    recovery = Recovery(books.store, books.names)
    folio = books.folio("A", plan_of(n=2))
    known = await origin(books, images=1, unit=10_000, prices={"sandbox": 10_000}, priced="input")
    await recovery.recover(folio, POST, known)
    assert await books.balance() == money(posted=10_000)


async def test_a_limit_that_a_recovered_post_passes_is_reported(books: Books) -> None:
    known = await origin(books)
    await books.limit("project:p", spend_month="0.10")
    recovery = Recovery(books.store, books.names)
    with capture_logs() as lines:
        await recovery.recover(books.folio("A", plan_of(n=2)), POST, known)
    (line,) = (line for line in lines if line["event"] == "budget_overshoot")
    assert (line["scope"], line["limit_microusd"]) == ("project", 100_000)
    assert line["budget_overshoot_microusd"] == 20_000


async def test_the_ring_is_of_the_last_two_minutes(books: Books) -> None:
    now = 0.0
    recovery = Recovery(books.store, books.names, now=lambda: now)
    known = await origin(books)
    for number in range(3):
        now = 60.0 * number
        recovery.remember(books.folio(f"order-{number}", plan_of(n=2)), POST, known)
    now = 150.0
    assert await recovery.replay(books.ledger) == 2
    assert await books.balance() == money(posted=4 * UNIT)
    assert await recovery.replay(books.ledger) == 2
    assert await books.balance() == money(posted=4 * UNIT)


# --- with orders, and servers that come back as they were before


@pytest.fixture
def own() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


class Desk:
    """A gateway's books on a store of its own."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.recovery = Recovery(books.store, books.names)
        self.watch = StoreWatch(books.store, books.ledger, self.recovery)

    def orders(self, supplier: Supplier) -> Orders:
        suppliers: Any = {one.name: supplier for one in SETTINGS.upstreams}
        slots = Slots(self.books.ledger)
        guards = Safeguards(recovery=self.recovery, full=lambda: self.watch.full)
        return Orders(self.books.ledger, suppliers, self.books.desk, slots, State(), guards=guards)


async def desk_on(server: Valkey) -> Desk:
    store = await connect(server.url)
    names = Keyspace("o")
    return Desk(Books(store, names, Ledger(store, names)))


async def looked(watch: StoreWatch) -> None:
    """Until the store answers again."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await watch.look()
            except Exception:
                await asyncio.sleep(0.02)


async def test_a_store_that_comes_back_with_an_old_snapshot_is_told_what_it_missed(
    own: Valkey,
) -> None:
    desk = await desk_on(own)
    books = desk.books
    await desk.watch.look()
    orders = desk.orders(Supplier(lambda p: drawn(p.images)))
    await told(await orders.begin(plan_of(n=8), CALLER))
    half = await orders.begin(plan_of(n=10, slots=8), CALLER)
    await half.news()
    await books.store.call("SAVE")
    await told(half)
    await told(await orders.begin(plan_of(n=1), CALLER))
    assert (await books.balance())["posted"] == 19 * UNIT
    own.kill()
    own.start()
    with capture_logs() as lines:
        await looked(desk.watch)
    assert {"store_changed", "call_recovered"} <= {line["event"] for line in lines}
    assert await books.balance() == money(posted=19 * UNIT)
    assert await verify(books.store, books.names) == []
    with capture_logs() as lines:
        await desk.watch.look()
    assert lines == []
    assert await books.store.call("ZCARD", books.names.open) == 0
    await books.store.aclose()


async def test_a_call_that_was_under_way_while_the_store_lost_its_hold_is_booked(
    own: Valkey,
) -> None:
    desk = await desk_on(own)
    books = desk.books

    def decide(payload: Payload) -> Outcome:
        own.kill()
        own.start()  # empty
        return Unknown(message="lost") if payload.images == 2 else drawn(payload.images)

    orders = desk.orders(Supplier(decide))
    reply = await told(await orders.begin(plan_of(n=8), CALLER))
    assert (reply.status, reply.body["ideogate"]["cost_microusd"]) == (200, 8 * UNIT)
    await books.desk.drain(5)
    assert await books.balance() == money(posted=8 * UNIT)
    await told(await orders.begin(plan_of(n=2), CALLER))
    await books.desk.drain(5)
    assert (await books.balance())["parked"] == 2 * UNIT
    assert await verify(books.store, books.names) == []
    await books.store.aclose()


async def test_a_restart_that_lost_nothing_changes_nothing() -> None:
    with start_valkey("--appendonly", "yes", "--appendfsync", "always") as server:
        desk = await desk_on(server)
        orders = desk.orders(Supplier(lambda p: drawn(p.images)))
        await told(await orders.begin(plan_of(n=8), CALLER))
        before = await desk.books.journal()
        server.kill()
        server.start()
        with capture_logs() as lines:
            await looked(desk.watch)
        assert [(line["event"], line["settled_again"]) for line in lines] == [("store_changed", 1)]
        assert await desk.books.journal() == before
        await desk.books.store.aclose()


async def test_a_store_that_is_nearly_full_takes_ends_and_no_orders(own: Valkey) -> None:
    desk = await desk_on(own)
    books = desk.books
    supplier = Supplier(lambda p: drawn(p.images))
    orders = desk.orders(supplier)
    made = plan_of(n=2)
    await books.held("A", made)
    used = (await books.store.ask_facts()).memory_used
    with capture_logs() as lines:
        for percent in (50, 85, 96, 96):
            await books.store.call("CONFIG", "SET", "maxmemory", used * 100 // percent)
            desk.watch._connections = -1
            await desk.watch.look()
    seen = [(line["event"], line["full"]) for line in lines]
    assert seen == [("store_memory", False), ("store_memory", True)]
    with pytest.raises(ApiError) as refused:
        await orders.begin(plan_of(), CALLER)
    assert (refused.value.code, refused.value.shape.status) == ("ledger_unavailable", 503)
    assert len(await books.journal()) == 1
    assert supplier.submits == []
    await books.ledger.settle(books.folio("A", made), POST)
    assert (await books.balance())["posted"] == 2 * UNIT
    await books.store.call("CONFIG", "SET", "maxmemory", 0)
    desk.watch._connections = -1
    await desk.watch.look()
    assert (await told(await orders.begin(plan_of(), CALLER))).status == 200
    await books.store.aclose()


async def test_the_watch_goes_on_while_the_store_is_away(own: Valkey) -> None:
    desk = await desk_on(own)
    turns = 0

    async def sleep(_seconds: float) -> None:
        nonlocal turns
        turns += 1
        if turns == 2:
            own.kill()
        if turns == 4:
            own.start()
        if turns > 10:
            raise asyncio.CancelledError
        await asyncio.sleep(0.05)

    watch = StoreWatch(desk.books.store, desk.books.ledger, desk.recovery, sleep=sleep)
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await watch.keep_looking()
    assert [line["event"] for line in lines] == ["store_changed"]
    await desk.books.store.aclose()
