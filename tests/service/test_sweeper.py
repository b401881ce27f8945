"""What a dead replica left is taken up within its time, and what is parked ends: once, by anybody."""

import asyncio

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.store.client import StoreSilent, connect
from service.keyspace import Keyspace
from service.ledger import LEASE_MS, Ledger, Leg
from service.retention import Retention
from service.sweeper import SWEEP_SECONDS, Sweeper, Swept
from tests.money.books import UNIT, Books, plan_of, priced
from tests.stores import start_valkey

pytest_plugins = ["tests.money.plugin"]
POST = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=1, delivered=1)
PARK = Leg(call=0, verb="park", upstream="sandbox", reason="unknown")


def sweeper(books: Books, park_seconds: int = 900) -> Sweeper:
    retention = Retention(books.store, books.names, days=90)
    return Sweeper(books.store, books.names, retention, park_seconds=park_seconds)


async def lapse(books: Books, *orders: str) -> None:
    """Their replica is dead for longer than a lease."""
    for order in orders:
        await books.store.call("ZADD", books.names.open, "XX", 1, order)


async def parked_long_ago(books: Books, order: str, call: int = 0) -> None:
    now = await books.store.time_ms()
    record = books.names.order(order)
    await books.store.call("HSET", record, f"{call}:parked_ms", now - 900_000)
    await lapse(books, order)


def money(**some: int) -> dict[str, int]:
    return {"held": 0, "posted": 0, "parked": 0, "house": 0} | some


async def test_a_lease_and_a_sweep_are_over_within_thirty_seconds() -> None:
    assert LEASE_MS + SWEEP_SECONDS * 1000 < 30_000


async def test_what_was_not_sent_is_void_and_what_was_sent_is_parked(books: Books) -> None:
    made = plan_of(n=10, slots=4)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=4))  # grants call 1
    await lapse(books, "A")
    (swept,) = await sweeper(books).sweep()
    assert swept == Swept(voided=2, void_microusd=6 * UNIT)  # the turn and the rest
    assert await books.balance() == money(posted=4 * UNIT)
    assert await books.used() == 0
    assert await books.store.call("ZCARD", books.names.open) == 0
    assert await books.store.call("PTTL", books.names.order("A")) > 0

    made = plan_of(n=10, slots=8)
    await books.held("B", made)
    await lapse(books, "B")
    (swept,) = await sweeper(books).sweep()
    assert (swept.voided, swept.void_microusd) == (1, 2 * UNIT)
    assert (swept.parked, swept.park_microusd) == (1, 8 * UNIT)
    assert await books.balance() == money(posted=4 * UNIT, parked=8 * UNIT)
    line = (await books.journal())[-2]
    assert (line["verb"], line["upstream"], line["reason"]) == ("park", "sandbox", "lease_ended")
    assert await books.store.call("PTTL", books.names.order("B")) == -1


async def test_a_living_replicas_order_is_left_alone(books: Books) -> None:
    await books.held("A", plan_of(n=2))
    assert await sweeper(books).sweep() == []
    assert (await books.balance())["held"] == 2 * UNIT
    await lapse(books, "A")
    await books.ledger.beat(books.folio("A", plan_of()).account, ["A"])
    assert await sweeper(books).sweep() == []


async def test_a_parked_call_is_written_off_to_the_house_at_its_time_and_not_before(
    books: Books,
) -> None:
    made = plan_of(n=10)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, msgspec.structs.replace(PARK, call=1))
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    await lapse(books, "A")
    look = sweeper(books)
    assert await look.sweep() == []
    due = int(await books.store.call("ZSCORE", books.names.open, "A"))
    assert due == int((await books.record("A"))["1:parked_ms"]) + 900_000
    await parked_long_ago(books, "A", 1)
    with capture_logs() as lines:
        (swept,) = await look.sweep()
    assert swept == Swept(written_off=1, house_microusd=2 * UNIT)
    assert [line["event"] for line in lines] == ["call_ended", "written_off"]
    assert (lines[0]["call"], lines[0]["verb"], lines[0]["microusd"]) == (
        "1",
        "write_off",
        2 * UNIT,
    )
    assert await books.balance() == money(posted=8 * UNIT, house=2 * UNIT)
    assert (await books.record("A"))["1:state"] == "WRITTEN_OFF"
    assert await books.store.call("PTTL", books.names.order("A")) > 0
    late = await books.ledger.settle(folio, msgspec.structs.replace(POST, call=1, billed=2))
    assert late is not None and (late.state, late.amount, late.house) == (
        "WRITTEN_OFF", 0, 2 * UNIT,
    )  # fmt: skip


async def test_each_of_several_parked_calls_ends_at_its_own_time(books: Books) -> None:
    made = plan_of(n=10)
    folio = books.folio("A", made)
    await books.held("A", made)
    for call in (0, 1):
        await books.ledger.settle(folio, msgspec.structs.replace(PARK, call=call))
    await parked_long_ago(books, "A", 0)
    (swept,) = await sweeper(books).sweep()
    assert (swept.written_off, swept.house_microusd) == (1, 8 * UNIT)
    assert await books.balance() == money(parked=2 * UNIT, house=8 * UNIT)
    await parked_long_ago(books, "A", 1)
    (swept,) = await sweeper(books).sweep()
    assert await books.balance() == money(house=10 * UNIT)
    assert await books.store.call("ZCARD", books.names.open) == 0


@pytest.mark.parametrize("verb", ["post", "void"])
async def test_a_replica_that_was_only_slow_says_how_its_parked_call_ended_once(
    books: Books, verb: str
) -> None:
    made = plan_of(n=3)
    folio = books.folio("A", made)
    await books.held("A", made)
    await lapse(books, "A")
    await sweeper(books).sweep()
    word = msgspec.structs.replace(POST, verb=verb, billed=2, delivered=2)
    settled = await books.ledger.settle(folio, word)
    amount = 2 * UNIT if verb == "post" else 0
    assert settled is not None
    assert (settled.state, settled.amount) == ({"post": "POSTED", "void": "VOIDED"}[verb], amount)
    assert await books.balance() == money(posted=amount)
    assert (await books.journal())[-1]["recovered"] == "1"
    before = await books.journal(), await books.record("A")
    for other in ("post", "void", "park"):
        again = msgspec.structs.replace(POST, verb=other, billed=3)
        assert await books.ledger.settle(folio, again) == settled
    assert (await books.journal(), await books.record("A")) == before
    assert await books.store.call("ZCARD", books.names.open) == 0


async def test_more_than_was_asked_is_the_houses_also_when_it_comes_late(books: Books) -> None:
    made = plan_of(n=2)
    await books.held("A", made)
    await lapse(books, "A")
    await sweeper(books).sweep()
    await books.ledger.settle(books.folio("A", made), msgspec.structs.replace(POST, billed=5))
    assert await books.balance() == money(posted=2 * UNIT, house=3 * UNIT)


async def test_a_turn_of_a_slow_replica_that_was_taken_up_does_not_go_out(books: Books) -> None:
    made = plan_of(n=10, slots=8)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    await lapse(books, "A")
    await sweeper(books).sweep()
    assert not await books.ledger.sent(folio, 1)
    void = Leg(call=1, verb="void", upstream="", reason="not_sent")
    settled = await books.ledger.settle(folio, void)
    assert settled is not None and settled.state == "VOIDED"
    assert await books.balance() == money(posted=8 * UNIT)


async def test_ten_sweepers_at_once_do_what_one_does(books: Books) -> None:
    for number in range(12):
        made = priced(plan_of(n=1 + number % 3, slots=1000), (0, 7 + number))
        await books.held(f"order-{number}", made)
    await lapse(books, *(f"order-{number}" for number in range(12)))
    looks = await asyncio.gather(*(sweeper(books).sweep() for _ in range(10)))
    assert sum(swept.parked for look in looks for swept in look) == 12
    for number in range(12):
        await parked_long_ago(books, f"order-{number}")
    looks = await asyncio.gather(*(sweeper(books).sweep() for _ in range(10)))
    assert sum(swept.written_off for look in looks for swept in look) == 12
    total = sum((7 + number) * (1 + number % 3) for number in range(12))
    assert await books.balance() == money(house=total)


async def test_a_sweeper_races_the_settle_of_a_slow_replica(books: Books) -> None:
    for number in range(20):
        made = plan_of(n=1, slots=1000)
        name = f"order-{number}"
        await books.held(name, made)
        await lapse(books, name)
        await asyncio.gather(
            sweeper(books).sweep(),
            books.ledger.settle(books.folio(name, made), POST),
            sweeper(books).sweep(),
        )
    assert await books.balance() == money(posted=20 * UNIT)


async def test_more_orders_than_a_page_are_all_taken_up(books: Books) -> None:
    made = plan_of(n=1, slots=10_000)
    names = [f"order-{number}" for number in range(230)]
    await asyncio.gather(*(books.held(name, made) for name in names))
    await lapse(books, *names)
    assert len(await sweeper(books).sweep()) == 230
    assert await books.used() == 0


async def test_an_order_that_cannot_be_taken_up_does_not_hold_up_the_others(books: Books) -> None:
    made = plan_of(n=1, slots=1000)
    await books.held("A", made)
    await books.store.call("ZADD", books.names.open, 0, "broken", 0, "gone")
    await books.store.call("SET", books.names.order("broken"), "no hash")
    await lapse(books, "A")
    with capture_logs() as lines:
        swept = await sweeper(books).sweep()
    assert [one.parked for one in swept] == [1]
    assert {line["event"] for line in lines} == {"sweep_refused", "call_ended", "order_adopted"}
    left = await books.store.call("ZRANGEBYSCORE", books.names.open, 0, 1)
    assert left == [b"broken"]
    await books.store.call("ZREM", books.names.open, "broken")
    await books.store.call("DEL", books.names.order("broken"))


async def test_an_order_of_an_earlier_version_is_taken_up_too(books: Books) -> None:
    made = plan_of(n=2)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, PARK)
    record = books.names.order("A")
    await books.store.call("HDEL", record, "account", "0:parked_ms", "0:upstream")
    await lapse(books, "A")
    assert await sweeper(books).sweep() == []
    await parked_long_ago(books, "A")
    (swept,) = await sweeper(books).sweep()
    assert swept.house_microusd == 2 * UNIT


async def test_the_sweeper_goes_on_after_the_store_was_away_and_lets_the_living_renew_first(
    books: Books,
) -> None:
    waits: list[float] = []
    turns = 0
    with start_valkey() as server:
        store = await connect(server.url)
        names = Keyspace("o")
        own = Books(store, names, Ledger(store, names))
        made = plan_of(n=1)
        await own.held("A", made)

        async def sleep(seconds: float) -> None:
            nonlocal turns
            turns += 1
            waits.append(seconds)
            if turns == 2:
                server.kill()
            if turns == 4:
                server.start()
            if turns > 9:
                raise asyncio.CancelledError
            await asyncio.sleep(0.05)

        retention = Retention(store, names, days=90)
        look = Sweeper(store, names, retention, park_seconds=1, sleep=sleep)
        with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
            await look.keep_sweeping()
        assert {line["event"] for line in lines} == {"sweep_missed"}
        assert waits.count(10.0) == 1
        server.kill()
        with pytest.raises(StoreSilent):
            await look.sweep()
        await store.aclose()
