"""The scripts through their Python faces, on a real Valkey."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from adapters.store.client import StoreRefused, connect
from adapters.translate.plan import Plan
from config.money import MicroUSD
from service import scripts
from service.allowance import Short
from service.books import verify
from service.keyspace import Keyspace
from service.ledger import (
    Full,
    Gone,
    Held,
    Ledger,
    Leg,
    Settled,
    Started,
    Unpriced,
    price_lines,
)
from tests.money.books import UNIT, Books, past, plan_of, priced
from tests.stores import Valkey, start_valkey

pytest_plugins = ["tests.money.plugin"]

LUA = Path(scripts.__file__).parent / "lua"
POST = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=1, delivered=1)


async def test_an_order_is_held_cut_into_calls_and_posted(books: Books) -> None:
    made = plan_of(n=10)
    folio = books.folio("A", made)

    started = await books.held("A", made)
    assert (started.unit, started.hold, started.calls) == (UNIT, 10 * UNIT, (8, 2))
    assert started.prices == {"sandbox": UNIT}
    assert await books.balance() == {"held": 10 * UNIT, "posted": 0, "parked": 0, "house": 0}
    assert await books.used() == 10

    first = msgspec.structs.replace(POST, billed=8, delivered=7, withheld=1)
    assert await books.ledger.settle(folio, first) == Settled(
        state="POSTED", amount=MicroUSD(8 * UNIT), house=MicroUSD(0),
        next_call=None, next_images=0, open_calls=1,
    )  # fmt: skip
    void = Leg(call=1, verb="void", upstream="sandbox", reason="refused_busy")
    await books.ledger.settle(folio, void)
    for scope in ("key:k", "project:p", "organization"):
        sums = await books.balance(scope)
        assert sums == {"held": 0, "posted": 8 * UNIT, "parked": 0, "house": 0}
    assert await books.used() == 0
    lines = [(e["verb"], e.get("call"), e.get("reason")) for e in await books.journal()]
    assert lines == [
        ("hold", None, None),
        ("post", "0", "delivered"),
        ("void", "1", "refused_busy"),
    ]


async def test_every_line_of_the_journal_says_whose_it_is(books: Books) -> None:
    made = plan_of(n=3, seed=7)
    await books.held("A", made)
    await books.ledger.drop(books.folio("A", made))
    for entry in await books.journal():
        facts = {name: entry[name] for name in ("key", "project", "model", "operation", "speed")}
        assert facts == {
            "key": "k", "project": "p", "model": "ideogram-v3", "operation": "generate",
            "speed": "DEFAULT",
        }  # fmt: skip
        assert entry["table"] == made.table_version
        assert re.fullmatch(r"\d{4}-\d{2}", entry["period"])


@pytest.mark.parametrize("verb", ["post", "void", "park"])
async def test_a_repeat_says_the_same_and_changes_nothing(books: Books, verb: str) -> None:
    made = plan_of(n=10, slots=4)
    folio = books.folio("A", made)
    first = await books.ledger.start(folio, made)
    leg = msgspec.structs.replace(POST, verb=verb, billed=4, delivered=4)
    settled = await books.ledger.settle(folio, leg)
    before = await books.record("A"), await books.journal(), await books.used()

    assert await books.ledger.start(folio, made) == first
    for other in ("post", "void", "park"):  # whatever it says, the first word counts
        again = msgspec.structs.replace(leg, verb=other, stop=True, billed=9)
        assert await books.ledger.settle(folio, again) == settled
    assert (await books.record("A"), await books.journal(), await books.used()) == before


async def test_an_order_on_four_free_places_goes_on_as_its_own_calls_end(books: Books) -> None:
    made = plan_of(n=10, slots=4)
    folio = books.folio("A", made)
    assert (await books.held("A", made)).calls == (4,)
    turns = []
    call, images = 0, 4
    while call is not None:
        leg = Leg(call=call, verb="post", upstream="sandbox", reason="", billed=images)
        settled = await books.ledger.settle(folio, leg)
        assert settled is not None
        call, images = settled.next_call, settled.next_images
        if call is not None:
            assert await books.ledger.sent(folio, call)
            turns.append(images)
            assert await books.used() == images
    assert turns == [4, 2]
    assert (await books.balance())["posted"] == 10 * UNIT
    assert await books.store.call("PTTL", books.names.order("A")) > 0
    assert await books.store.call("ZCARD", books.names.open) == 0


async def test_no_call_takes_more_than_eight_and_seeds_go_one_by_one(books: Books) -> None:
    assert (await books.held("A", plan_of(n=10, slots=30))).calls == (8, 2)
    assert (await books.held("B", plan_of(n=3, seed=1, slots=30))).calls == (1, 1, 1)
    assert await books.used() == 13


async def test_a_granted_call_goes_out_only_once_it_is_marked_sent(books: Books) -> None:
    made = plan_of(n=10, slots=8)
    folio = books.folio("A", made)
    await books.held("A", made)
    assert not await books.ledger.sent(folio, 1)  # not cut yet
    settled = await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    assert settled is not None and settled.next_call == 1
    assert (await books.record("A"))["1:state"] == "HELD"
    assert await books.ledger.sent(folio, 1)
    assert await books.ledger.sent(folio, 1)  # a lost answer may be asked for again
    assert (await books.record("A"))["1:state"] == "SENT"
    await books.ledger.settle(folio, Leg(call=1, verb="void", upstream="", reason="x"))
    assert not await books.ledger.sent(folio, 1)


async def test_stop_voids_what_was_not_cut(books: Books) -> None:
    made = plan_of(n=10, slots=4)
    folio = books.folio("A", made)
    await books.held("A", made)
    settled = await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=4, stop=True))
    assert settled is not None and settled.next_call is None
    assert await books.balance() == {"held": 0, "posted": 4 * UNIT, "parked": 0, "house": 0}
    rest = (await books.journal())[-1]
    assert (rest["verb"], rest["call"], rest["images"], rest["reason"]) == (
        "void", "rest", "6", "not_sent",
    )  # fmt: skip


async def test_a_full_account_says_when_the_call_that_was_sent_first_usually_ends(
    books: Books,
) -> None:
    made = plan_of(n=8)
    await books.held("A", made)
    later = plan_of(n=2)
    await asyncio.sleep(0.05)
    await books.held("B", later)
    full = await books.ledger.start(books.folio("C", made), made)
    assert isinstance(full, Full) and 9_000 < full.wait_ms <= 9_950  # 10 s are assumed at first
    assert await books.record("C") == {}
    await books.ledger.settle(books.folio("A", made), msgspec.structs.replace(POST, billed=8))
    await books.held("D", made)  # the usual time is now that of A
    full = await books.ledger.start(books.folio("C", made), made)
    assert isinstance(full, Full) and full.wait_ms == 1000


async def test_spend_limits_count_what_is_held_posted_and_parked(books: Books) -> None:
    made = plan_of(n=1, slots=100)
    await books.limit("project:p", spend_month="0.18")
    for order in "AB":
        await books.held(order, made)
    await books.ledger.settle(books.folio("A", made), POST)
    park = Leg(call=0, verb="park", upstream="sandbox", reason="unknown")
    await books.ledger.settle(books.folio("B", made), park)
    two = plan_of(n=2, slots=100)
    refused = await books.ledger.start(books.folio("C", two), two)
    assert isinstance(refused, Short) and refused.scope == "project"
    assert (refused.limit, refused.spent) == (3 * UNIT, 2 * UNIT)
    await books.held("C", made)
    elsewhere = books.folio("D", made, project="q")
    assert isinstance(await books.ledger.start(elsewhere, made), Held)


async def test_of_many_at_once_exactly_those_that_fit_are_held(books: Books) -> None:
    made = plan_of(n=1, slots=7)
    await books.limit("organization", spend_month="0.30")

    async def one(number: int) -> Started:
        return await books.ledger.start(books.folio(f"order-{number}", made), made)

    limited = await asyncio.gather(*(one(number) for number in range(30)))
    assert sum(isinstance(started, Held) for started in limited) == 5
    await books.limit("organization", spend_month=None)
    free = await asyncio.gather(*(one(number) for number in range(30, 60)))
    assert sum(isinstance(started, Held) for started in free) == 2  # of seven places
    assert (await books.balance())["held"] == 7 * UNIT


async def test_limits_are_exact_at_ten_to_the_fifteenth(books: Books) -> None:
    made = priced(plan_of(n=10, slots=10_000), (0, 1_000_000_000))
    await books.limit("organization", spend_month="1000000000.00")
    balance = books.names.balance("organization")
    period = (await books.held("A", made)).period[:7]
    await books.store.call("HINCRBY", f"{balance}:{period}", "posted", 10**15 - 2 * 10**10 + 1)
    refused = await books.ledger.start(books.folio("B", made), made)
    assert isinstance(refused, Short) and refused.scope == "organization"
    assert (refused.limit, refused.spent) == (10**15, 10**15 - 10**10 + 1)
    await books.store.call("HINCRBY", f"{balance}:{period}", "posted", -1)
    exact = await books.ledger.start(books.folio("B", made), made)
    assert isinstance(exact, Held) and exact.hold == 10**10
    await books.store.call("HINCRBY", f"{balance}:{period}", "posted", 2 * 10**10 - 10**15)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(0, 5)], 5),
        ([(0, 5), (-1000, 7)], 7),  # the last one that has begun
        ([(0, 5), (1, 6), (4_000_000_000_000, 9)], 6),
        ([(4_000_000_000_000, 9)], None),
        ([], None),
    ],
)
async def test_the_price_in_force_by_the_stores_clock_is_held(
    books: Books, steps: list[tuple[int, int]], expected: int | None
) -> None:
    made = priced(plan_of(n=2), *steps)
    started = await books.ledger.start(books.folio("A", made), made)
    if expected is None:
        assert started == Unpriced()
        assert await books.journal() == []
    else:
        assert isinstance(started, Held) and started.hold == 2 * expected


async def test_a_price_applies_from_its_moment_on(books: Books) -> None:
    moment = await books.store.time_ms() + 150
    made = priced(plan_of(n=1), (0, 5), (moment, 7))
    assert (await books.held("A", made)).unit == 5
    await past(books, moment)
    assert (await books.held("B", made)).unit == 7
    settled = await books.ledger.settle(books.folio("A", made), POST)
    assert settled is not None and settled.amount == 5  # as it was at the hold


def two_upstreams(price: int, others: int) -> Plan:
    made = priced(plan_of(n=2), (0, price))
    (first,) = made.candidates
    other = priced(made, (0, others)).candidates[0]
    named = msgspec.structs.replace(other.upstream, name="other")
    second = msgspec.structs.replace(other, upstream=named)
    return msgspec.structs.replace(made, candidates=(first, second))


@pytest.mark.parametrize(("first", "second"), [(3, 8), (8, 3)])
@pytest.mark.parametrize("upstream", ["sandbox", "other", "nobody"])
async def test_the_dearest_is_held_and_the_one_that_ran_is_posted(
    books: Books, upstream: str, first: int, second: int
) -> None:
    made = two_upstreams(first, second)
    assert price_lines(made.candidates) == f"sandbox=0:{first};other=0:{second}"
    started = await books.held("A", made)
    assert (started.unit, started.hold) == (8, 16)
    assert started.prices == {"sandbox": first, "other": second}
    leg = msgspec.structs.replace(POST, upstream=upstream, billed=2)
    settled = await books.ledger.settle(books.folio("A", made), leg)
    price = started.prices.get(upstream, 8)
    assert settled is not None and (settled.amount, settled.house) == (2 * price, 0)
    assert (await books.balance())["held"] == 0


@pytest.mark.parametrize("upstream", ["sandbox", "other"])
async def test_the_house_pays_for_more_than_was_asked(books: Books, upstream: str) -> None:
    made = two_upstreams(3, 8)
    await books.held("A", made)
    leg = msgspec.structs.replace(POST, upstream=upstream, billed=5)
    settled = await books.ledger.settle(books.folio("A", made), leg)
    price = {"sandbox": 3, "other": 8}[upstream]
    assert settled is not None and (settled.amount, settled.house) == (2 * price, 3 * price)
    sums = await books.balance()
    assert (sums["posted"], sums["house"]) == (2 * price, 3 * price)


@pytest.mark.parametrize(("billed", "amount"), [(0, 0), (1, UNIT), (5, UNIT)])
async def test_a_price_by_input_counts_the_call_not_what_came_out(
    books: Books, billed: int, amount: int
) -> None:
    made = plan_of(n=1, unit="input")
    await books.held("A", made)
    leg = msgspec.structs.replace(POST, billed=billed)
    settled = await books.ledger.settle(books.folio("A", made), leg)
    assert settled is not None and (settled.amount, settled.house) == (amount, 0)


async def test_a_parked_order_stays_until_it_is_resolved(books: Books) -> None:
    made = plan_of(n=10)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, Leg(call=1, verb="park", upstream="sandbox", reason="unknown"))
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    assert await books.balance() == {
        "held": 0, "posted": 8 * UNIT, "parked": 2 * UNIT, "house": 0,
    }  # fmt: skip
    assert await books.store.call("PTTL", books.names.order("A")) == -1  # no end
    assert await books.store.call("ZRANGE", books.names.open, 0, -1) == [b"A"]
    assert await books.used() == 0


async def test_an_order_with_an_open_call_has_no_end(books: Books) -> None:
    made = plan_of(n=10)
    await books.held("A", made)
    await books.ledger.settle(books.folio("A", made), msgspec.structs.replace(POST, billed=8))
    assert await books.store.call("PTTL", books.names.order("A")) == -1


async def test_what_the_store_does_not_know_is_not_settled(books: Books) -> None:
    made = plan_of(n=1)
    assert await books.ledger.settle(books.folio("A", made), POST) is None
    await books.held("A", made)
    stray = msgspec.structs.replace(POST, call=3)
    assert await books.ledger.settle(books.folio("A", made), stray) is None
    assert len(await books.journal()) == 1
    with pytest.raises(StoreRefused, match="no verb steal"):
        await books.ledger.settle(
            books.folio("A", made), msgspec.structs.replace(POST, verb="steal")
        )
    assert len(await books.journal()) == 1


async def test_an_order_is_taken_back_whole(books: Books) -> None:
    made = plan_of(n=10, slots=4)
    folio = books.folio("A", made)
    await books.held("A", made)
    assert await books.ledger.drop(folio) == 10 * UNIT
    assert await books.ledger.drop(folio) == 0
    assert await books.ledger.start(folio, made) == Gone()
    assert not await books.ledger.sent(folio, 0)
    settled = await books.ledger.settle(folio, POST)
    assert settled is not None and (settled.state, settled.amount) == ("VOIDED", 0)
    assert await books.balance() == dict.fromkeys(("held", "posted", "parked", "house"), 0)
    assert await books.used() == 0
    assert await books.store.call("ZCARD", books.names.open) == 0


async def test_a_start_that_comes_after_it_was_taken_back_holds_nothing(books: Books) -> None:
    made = plan_of(n=1)
    folio = books.folio("A", made)
    assert await books.ledger.drop(folio) == 0
    assert await books.ledger.start(folio, made) == Gone()
    assert await books.journal() == []
    assert await books.store.call("PTTL", books.names.order("A")) > 0


async def test_taking_back_leaves_a_call_that_has_ended(books: Books) -> None:
    made = plan_of(n=10)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
    assert await books.ledger.drop(folio) == 2 * UNIT
    assert (await books.balance())["posted"] == 8 * UNIT


async def test_money_keys_have_no_end_and_one_slot(books: Books, valkey: Valkey) -> None:
    made = plan_of(n=10, slots=4)
    await books.held("A", made)
    keys = set(await books.store.call("KEYS", f"{books.names.root}:*"))
    rate = books.names.rate(project="p", model="ideogram-v3").encode()
    assert 0 < await books.store.call("PTTL", rate) <= 86_400_000  # money it is not
    keys.remove(rate)
    assert len(keys) == 11  # order, journal, places, account, open; balances: four of the key, two
    assert {await books.store.call("PTTL", key) for key in keys} == {-1}
    assert all(f"{{{books.names.root[4:-1]}}}".encode() in key for key in keys)


async def test_a_store_without_memory_refuses_holds_whole_and_takes_ends() -> None:
    with start_valkey() as server:
        store = await connect(server.url, timeout=5.0)
        try:
            books = Books(store, Keyspace("o"), Ledger(store, Keyspace("o")))
            made = plan_of(n=10, slots=8)
            folio = books.folio("A", made)
            brief = Ledger(store, books.names, lease_ms=1)
            await books.held("A", made)
            dead = plan_of(n=1, slots=9)
            await brief.start(books.folio("dead", dead), dead)
            await store.call("CONFIG", "SET", "maxmemory", 1)
            with pytest.raises(StoreRefused, match="OOM"):
                await books.held("B", plan_of(n=1, slots=100))
            assert await books.record("B") == {}
            assert await verify(store, books.names) == []
            assert await books.used() == 9  # not even the dead one's places were given back
            assert await books.ledger.beat(folio.account, ["A"]) == 1
            settled = await books.ledger.settle(folio, msgspec.structs.replace(POST, billed=8))
            assert settled is not None and settled.next_call == 1
            assert await books.ledger.sent(folio, 1)
            assert await books.ledger.drop(books.folio("C", made)) == 0
        finally:
            await store.aclose()


async def test_scripts_are_known_again_after_the_store_forgot_them(books: Books) -> None:
    made = plan_of(n=1)
    await books.held("A", made)
    await books.store.call("SCRIPT", "FLUSH")
    settled = await books.ledger.settle(books.folio("A", made), POST)
    assert settled is not None and settled.state == "POSTED"
