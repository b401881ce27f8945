"""Metering in the ledger's own scripts: what every end of a call leaves in the buckets of its hold."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.translate.plan import Plan
from service.books import verify
from service.corrections import Corrections, Word
from service.costs_audit import begin_metering, costs_equal_balances, days_of
from service.ledger import Folio, Leg
from service.order import Order
from service.recovery import Recovery, origin_of
from service.retention import Retention
from service.sweeper import Sweeper
from service.usage import SECONDS, Bucket, Counts, Dimension, Metering, Width, total
from tests.money.books import CALLER, UNIT, Books, Supplier, plan_of, priced
from tests.money.outcomes import drawn
from tests.money.test_lead import WORDS, variation
from tests.money.told import told

pytest_plugins = ["tests.money.plugin"]
DAY_MS = 24 * 3600 * 1000
ZOE = 'Zoë/ \\ "x" 🦊'
KEPT_DAYS = {"minute": 2, "hour": 60, "day": 1129}


def leg(verb: Any, *, call: int = 0, upstream: str = "sandbox", **counts: int) -> Leg:
    return Leg(call=call, verb=verb, upstream=upstream, reason="x", **counts)


async def at_ms(books: Books, order: str) -> int:
    return int((await books.record(order))["at_ms"])


async def held_at(books: Books, order: str, made: Plan, moment: int, **whose: str) -> Folio:
    """Held, as if it had been at that moment (ms)."""
    folio = msgspec.structs.replace(books.folio(order, made), **whose)
    await books.ledger.start(folio, made)
    day = datetime.fromtimestamp(moment // 1000, UTC).date().isoformat()
    await books.store.call("HSET", books.names.order(order), "at_ms", moment, "period", day)
    return folio


async def bucket(books: Books, width: Width, moment: int, *by: Dimension) -> Mapping[Any, Counts]:
    """Of a moment, and the one behind it: a minute may end in the middle of a test."""
    start = moment // 1000
    metering = Metering(books.store, books.names)
    return merged(await metering.usage(start, start + SECONDS[width] + 1, width, group_by=by))


async def costs(books: Books, moment: int, *by: Dimension) -> Mapping[Any, Counts]:
    start = moment // 1000
    (found,) = await Metering(books.store, books.names).costs(start, start + 1, group_by=by)
    return found.groups


def merged(buckets: Sequence[Bucket]) -> Mapping[Any, Counts]:
    groups = {group for one in buckets for group in one.groups}
    return {
        group: total([one.groups[group] for one in buckets if group in one.groups])
        for group in groups
    }


async def everywhere(books: Books, moment: int, *by: Dimension) -> Mapping[Any, Counts]:
    """What all buckets of a moment say, which is the same."""
    found = await costs(books, moment, *by)
    for width in SECONDS:
        assert await bucket(books, width, moment, *by) == found
    return found


@pytest.mark.parametrize(
    ("end", "came"),
    [
        (leg("post", billed=3, delivered=3), Counts(3 * UNIT, 3, 3, 0, 0, 0, 1)),
        (leg("post", billed=2, delivered=2), Counts(2 * UNIT, 2, 2, 0, 0, 0, 1)),
        (leg("post", billed=3, delivered=1, withheld=2), Counts(3 * UNIT, 3, 1, 2, 0, 0, 1)),
        (leg("post", billed=5, delivered=5), Counts(3 * UNIT, 5, 5, 0, 0, 2 * UNIT, 1)),
        (leg("post"), Counts(0, 0, 0, 0, 0, 0, 1)),
        (leg("park"), Counts(0, 0, 0, 0, 3 * UNIT, 0, 1)),
        (leg("void"), None),
    ],
)
async def test_every_end_of_a_call_is_in_each_bucket_of_its_hold(
    books: Books, end: Leg, came: Counts | None
) -> None:
    made = plan_of(n=3)
    await books.held("A", made)
    for _ in range(2):  # a repeat counts nothing
        await books.ledger.settle(books.folio("A", made), end)
    found = await everywhere(books, await at_ms(books, "A"))
    assert found == ({} if came is None else {(): came})


async def test_a_row_says_whose_it_is_and_what_was_sold(books: Books) -> None:
    made = plan_of(n=2, quality="low", size="1024x1024")
    folio = msgspec.structs.replace(books.folio("A", made), user="user_1")
    await books.ledger.start(folio, made)
    await books.ledger.settle(folio, leg("post", billed=2))
    when = await at_ms(books, "A")
    sold: list[Dimension] = ["project_id", "api_key_id", "model", "operation", "speed"]
    (row,) = await everywhere(books, when, *sold)
    assert row == ("p", "k", "ideogram-v3", "generate", "TURBO")
    (row,) = await bucket(books, "day", when, "size", "source", "user_id", "line_item")
    assert row == ("1024x1024", "image.generation", "user_1", "ideogram-v3, TURBO, generate")
    line = (await books.journal())[-1]
    assert [line[name] for name in ("size", "source", "user", "assumed")] == [
        "1024x1024", "image.generation", "user_1", "",
    ]  # fmt: skip


async def test_an_order_is_one_request_however_many_calls_it_takes(books: Books) -> None:
    made = plan_of(n=10, slots=4)
    folio = books.folio("A", made)
    await books.held("A", made)
    for call, images in enumerate((4, 4, 2)):
        verb = "park" if call == 1 else "post"
        await books.ledger.settle(folio, leg(verb, call=call, billed=images))
    found = await everywhere(books, await at_ms(books, "A"))
    assert found == {(): Counts(6 * UNIT, 6, 0, 0, 4 * UNIT, 0, 1)}
    await Corrections(books.store, books.names).resolve("A", 1, "void", reason="r")


async def test_a_variation_has_a_row_for_its_description_and_is_one_request(books: Books) -> None:
    made = variation(n=2)
    folio = books.folio("A", made)
    await books.held("A", made)
    await books.ledger.settle(folio, leg("post", billed=1, delivered=1))
    await books.ledger.settle(folio, leg("post", call=1, billed=2, delivered=2))
    when = await at_ms(books, "A")
    assert await everywhere(books, when, "line_item") == {
        ("ideogram-describe, describe",): Counts(WORDS, 1, 1, 0, 0, 0, 1, WORDS),
        ("ideogram-v3, DEFAULT, remix",): Counts(2 * UNIT, 2, 2, 0, 0, 0, 0),
    }
    assert set(await bucket(books, "day", when, "source")) == {("image.variation",)}
    assert [line.get("assumed") for line in await books.journal()] == [None, "1", ""]


# --- withheld images


@pytest.mark.parametrize("charge", ["", "customer", "house"])
@pytest.mark.parametrize(
    ("unit", "billed", "withheld", "posted", "house"),
    [
        ("output", 3, 0, 3, 0),
        ("output", 3, 1, 2, 1),
        ("output", 3, 3, 0, 3),
        ("output", 5, 1, 3, 2),  # two more came than were asked
        ("output", 5, 4, 1, 4),
        ("output", 1, 2, 0, 1),
        ("input", 3, 1, 1, 0),
        ("input", 3, 3, 0, 1),
    ],
)
async def test_withheld_images_are_the_houses_where_the_project_says_so(
    books: Books, charge: str, unit: str, billed: int, withheld: int, posted: int, house: int
) -> None:
    made = plan_of(n=3, unit=unit)
    await books.store.call("HSET", books.names.project("p"), "charge_withheld", charge)
    held = await books.held("A", made)
    # what holds is what was said at the hold
    await books.store.call("HSET", books.names.project("p"), "charge_withheld", "")
    if charge != "house":
        most = 1 if unit == "input" else 3
        posted, house = min(billed, most), (max(0, billed - 3) if unit == "output" else 0)
    end = leg("post", billed=billed, delivered=max(0, billed - withheld), withheld=withheld)
    settled = await books.ledger.settle(books.folio("A", made), end)
    assert settled is not None
    assert (settled.amount, settled.house) == (posted * UNIT, house * UNIT)
    assert settled.amount <= held.hold
    order = Order(books.folio("A", made), made, held, Supplier(lambda _: None))  # type: ignore[arg-type, return-value]
    assert order.expected(end, 3) == settled.amount
    (came,) = (await everywhere(books, await at_ms(books, "A"))).values()
    assert (came.microusd, came.house_microusd) == (settled.amount, settled.house)
    assert (came.billed, came.withheld) == (billed, withheld)


async def test_a_late_word_and_a_lost_order_leave_withheld_images_to_the_house_too(
    books: Books,
) -> None:
    await books.store.call("HSET", books.names.project("p"), "charge_withheld", "house")
    made = plan_of(n=3)
    held = await books.held("A", made)
    folio = books.folio("A", made)
    await swept(books, "A")
    end = leg("post", billed=3, delivered=1, withheld=2)
    late = await books.ledger.settle(folio, end)
    assert late is not None and (late.amount, late.house) == (UNIT, 2 * UNIT)

    order = Order(books.folio("B", made), made, held, Supplier(lambda _: None))  # type: ignore[arg-type, return-value]
    recovery = Recovery(books.store, books.names)
    lost = await recovery.recover(order.folio, end, origin_of(order, end, 3))
    assert lost is not None and (lost.amount, lost.house) == (UNIT, 2 * UNIT)
    (came,) = (await everywhere(books, await at_ms(books, "B"))).values()
    assert came == Counts(2 * UNIT, 6, 2, 4, 0, 4 * UNIT, 2)


# --- parked calls


async def swept(books: Books, order: str, *, park_seconds: int = 900) -> None:
    """Its replica has died."""
    await books.store.call("ZADD", books.names.open, "XX", 1, order)
    retention = Retention(books.store, books.names, days=90)
    await Sweeper(books.store, books.names, retention, park_seconds=park_seconds).sweep()


@pytest.mark.parametrize(
    ("word", "images", "came"),
    [
        ("post", 3, Counts(3 * UNIT, 3, 0, 0, 0, 0, 1)),
        ("post", 1, Counts(UNIT, 1, 0, 0, 0, 0, 1)),
        ("void", 0, Counts(0, 0, 0, 0, 0, 0, 1)),
        ("write_off", 0, Counts(0, 0, 0, 0, 0, 3 * UNIT, 1)),
    ],
)
async def test_parked_money_is_resolved_in_the_month_of_its_hold(
    books: Books, word: Word, images: int, came: Counts
) -> None:
    made = plan_of(n=3)
    now = datetime.fromtimestamp(await books.store.time_ms() // 1000, UTC)
    last_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    moment = int(last_month) * 1000 - 1  # the last millisecond of the month before
    folio = await held_at(books, "A", made, moment)
    await books.ledger.settle(folio, leg("park"))
    assert await costs(books, moment) == {(): Counts(0, 0, 0, 0, 3 * UNIT, 0, 1)}
    done = Corrections(books.store, books.names)
    await done.resolve("A", 0, word, images=images, reason="r")
    assert await costs(books, moment) == {(): came}
    assert await costs(books, moment + 1) == {}
    month = datetime.fromtimestamp(moment // 1000, UTC).date().isoformat()[:7]
    assert await costs_equal_balances(books.store, books.names, month) == []


async def test_a_sweep_parks_writes_off_and_takes_the_late_word(books: Books) -> None:
    made = plan_of(n=2)
    for order in "ABC":
        await books.held(order, made)
    for order in "ABC":
        await swept(books, order)
    when = await at_ms(books, "A")
    assert await everywhere(books, when) == {(): Counts(0, 0, 0, 0, 6 * UNIT, 0, 3)}
    await books.ledger.settle(books.folio("A", made), leg("post", billed=2, delivered=2))
    await books.ledger.settle(books.folio("B", made), leg("void", billed=2, delivered=2))
    await swept(books, "C", park_seconds=0)
    assert await everywhere(books, when) == {(): Counts(2 * UNIT, 2, 2, 0, 0, 2 * UNIT, 3)}


async def test_what_was_parked_leaves_the_row_it_was_parked_in(books: Books) -> None:
    """The supplier that ran it turns out to be another one, whose price is assumed."""
    made = plan_of(n=2)
    (one,) = made.candidates
    steps = tuple(step._replace(assumed=True) for step in one.schedule)
    upstream = msgspec.structs.replace(one.upstream, name="other")
    other = msgspec.structs.replace(one, upstream=upstream, schedule=steps)
    both = msgspec.structs.replace(made, candidates=(one, other))
    held = await books.held("A", both)
    assert (held.terms.assumed, held.terms.lead_assumed) == ("other", "")
    folio = books.folio("A", both)
    await books.ledger.settle(folio, leg("park"))
    await books.store.call("HSET", books.names.order("A"), "0:adopted", "1")
    await books.ledger.settle(folio, leg("post", upstream="other", billed=2))
    rows = await books.store.call("HGETALL", books.names.costs(held.period))
    assert dict(zip(rows[::2], rows[1::2], strict=True)) == {
        b'["p","k","ideogram-v3","generate","DEFAULT",""]': b"[0,0,0,0,0,0,1]",
        b'["p","k","ideogram-v3","generate","DEFAULT","1"]': b"[%d,2,0,0,0,0,0]" % (2 * UNIT),
    }
    assert (await books.journal())[-1]["assumed"] == "1"


async def test_an_assumed_price_is_the_one_in_force_at_the_hold(books: Books) -> None:
    now = await books.store.time_ms()
    made = priced(plan_of(n=1), (0, UNIT), (now + DAY_MS, 2 * UNIT))
    (one,) = made.candidates
    first, second = one.schedule
    for order, steps in (
        ("A", (first, second._replace(assumed=True))),
        ("B", (first._replace(assumed=True), second)),
    ):
        candidate = msgspec.structs.replace(one, schedule=steps)
        known = msgspec.structs.replace(made, candidates=(candidate,))
        await books.held(order, known)
        await books.ledger.settle(books.folio(order, known), leg("post", billed=1))
    (came,) = (await everywhere(books, await at_ms(books, "A"))).values()
    assert (came.microusd, came.assumed_microusd) == (2 * UNIT, UNIT)


# --- what was lost


@pytest.mark.parametrize("days", [0, 1])
async def test_a_lost_order_is_metered_on_the_day_of_its_hold(books: Books, days: int) -> None:
    made = plan_of(n=2, size="1024x1024")
    held = await books.held("A", made)
    when = await at_ms(books, "A")
    midnight = when - when % DAY_MS
    moment = when if days == 0 else midnight - 60_000  # the last minute of the day before
    day = datetime.fromtimestamp(moment // 1000, UTC).date().isoformat()
    await books.ledger.drop(books.folio("A", made))
    lost = msgspec.structs.replace(held, period=day)
    order = Order(books.folio("B", made), made, lost, Supplier(lambda _: None))  # type: ignore[arg-type, return-value]
    end = leg("post", billed=2, delivered=2)
    await Recovery(books.store, books.names).recover(order.folio, end, origin_of(order, end, 2))
    assert await everywhere(books, moment) == {(): Counts(2 * UNIT, 2, 2, 0, 0, 0, 1)}
    assert set(await bucket(books, "minute", moment, "size", "source")) == {
        ("1024x1024", "image.generation")
    }


@pytest.mark.parametrize("verb", ["post", "park"])
async def test_both_calls_of_a_lost_variation_are_metered_in_their_own_rows(
    books: Books, verb: Literal["post", "park"]
) -> None:
    made = variation(n=2)
    held = await books.held("A", made)
    await books.ledger.drop(books.folio("A", made))
    order = Order(books.folio("B", made), made, held, Supplier(lambda _: None))  # type: ignore[arg-type, return-value]
    recovery = Recovery(books.store, books.names)
    for call, images in ((0, 1), (1, 2)):
        end = leg(verb, call=call, billed=images, delivered=images)
        await recovery.recover(order.folio, end, origin_of(order, end, images))
    if verb == "park":
        await swept(books, "B", park_seconds=0)
    found = await everywhere(books, await at_ms(books, "B"), "line_item")
    words = found["ideogram-describe, describe",]
    drawn = found["ideogram-v3, DEFAULT, remix",]
    column = "microusd" if verb == "post" else "house_microusd"
    assert (getattr(words, column), getattr(drawn, column)) == (WORDS, 2 * UNIT)
    assert (words.requests, drawn.requests) == (1, 0)
    assert words.assumed_microusd == (WORDS if verb == "post" else 0)
    assert {row.parked_microusd for row in found.values()} == {0}


# --- users


async def test_only_so_many_users_of_a_project_and_month_are_told_apart(books: Books) -> None:
    made = plan_of(n=1)
    for number, user in enumerate((ZOE, "b", "c", ZOE, "d", "")):
        folio = books.folio(f"order-{number}", made)
        folio = msgspec.structs.replace(folio, user=user, most_users=2)
        await books.ledger.start(folio, made)
        await books.ledger.settle(folio, leg("post", billed=1))
    when = await at_ms(books, "order-0")
    found = await bucket(books, "hour", when, "user_id")
    assert {by[0]: row.billed for by, row in found.items()} == {ZOE: 2, "b": 1, "other": 2, "": 1}
    holds = [line for line in await books.journal() if line["verb"] == "hold"]
    assert [line["user"] for line in holds] == [ZOE, "b", "other", ZOE, "other", ""]
    month = datetime.fromtimestamp(when // 1000, UTC).date().isoformat()[:7]
    told = books.names.users(project="p", month=month)
    assert 0 < await books.store.call("TTL", told) <= 62 * 24 * 3600


async def test_users_are_not_told_apart_for_what_was_not_held(books: Books) -> None:
    await books.limit("project:p", spend_request="0")
    made = plan_of(n=1)
    folio = msgspec.structs.replace(books.folio("A", made), user="a")
    await books.ledger.start(folio, made)
    assert await books.store.call("KEYS", f"{books.names.root}:users:*") == []


# --- how long buckets are kept


async def test_a_bucket_is_forgotten_after_its_time_which_is_set_once(books: Books) -> None:
    made = plan_of(n=1)
    moment = await books.store.time_ms() - DAY_MS
    names = books.names
    for order in "AB":
        folio = await held_at(books, order, made, moment)
        await books.ledger.settle(folio, leg("post", billed=1))
        for width, seconds in SECONDS.items():
            start = moment // 1000 // seconds * seconds
            ends = await books.store.call("EXPIRETIME", names.usage(width, start))
            assert ends == start + KEPT_DAYS[width] * 24 * 3600
        day = datetime.fromtimestamp(moment // 1000, UTC).date().isoformat()
        start = moment // DAY_MS * 24 * 3600
        assert await books.store.call("EXPIRETIME", names.costs(day)) == start + 1129 * 24 * 3600


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (1, {"minute", "hour", "day", "costs"}),
        (3, {"hour", "day", "costs"}),
        (61, {"day", "costs"}),
        (1130, set()),
    ],
)
async def test_a_bucket_that_has_been_forgotten_is_not_brought_back(
    books: Books, days: int, kept: set[str]
) -> None:
    made = plan_of(n=1)
    moment = await books.store.time_ms() - days * DAY_MS
    folio = await held_at(books, "A", made, moment)
    await books.ledger.settle(folio, leg("post", billed=1))
    found = {width for width in SECONDS if await bucket(books, width, moment)}
    if await costs(books, moment):
        found |= {"costs"}
    assert found == kept


# --- corrections


@pytest.mark.parametrize("month", ["", "2025-12", "1999-01", "2199-12"])
@pytest.mark.parametrize("house", [False, True])
async def test_a_correction_is_in_the_costs_of_its_day_or_of_its_months_first(
    books: Books, month: str, *, house: bool
) -> None:
    corrections = Corrections(books.store, books.names)
    done = await corrections.adjust(-7, project="p", month=month, house=house, reason="r")
    day = done.period if not month else f"{month}-01"
    moment = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) * 1000
    came = Counts(-7, 0, 0, 0, 0, 7 if house else 0, 0)
    gone = month == "1999-01"  # nobody is told of it any more
    assert await costs(books, moment, "project_id", "line_item") == (
        {} if gone else {("p", "adjustment"): came}
    )
    assert await bucket(books, "day", moment) == {}


# --- the audit


async def test_one_micro_dollar_too_much_in_the_costs_is_found_and_named(books: Books) -> None:
    made = plan_of(n=2)
    held = await books.held("A", made)
    await books.ledger.settle(books.folio("A", made), leg("post", billed=2))
    name = books.names.costs(held.period)
    row, came = await books.store.call("HGETALL", name)
    await books.store.call("HSET", name, row, f"[{2 * UNIT + 1},2,0,0,0,0,1]")
    month = held.period[:7]
    told = [f"costs of {scope} {month} posted: counted 120001, the journal says 120000"
            for scope in ("key:k", "organization", "project:p")]  # fmt: skip
    assert [str(one) for one in await verify(books.store, books.names)] == told
    found = await costs_equal_balances(books.store, books.names, month)
    assert [str(one) for one in found] == told
    await books.store.call("DEL", name)
    lost = await verify(books.store, books.names, recent=True)
    assert [one.counter for one in lost] == [0, 0, 0]
    await books.store.call("HSET", name, row, came)


async def test_costs_that_the_journal_never_heard_of_are_found(books: Books) -> None:
    stray = books.names.costs("2026-02-03")
    await books.store.call("HSET", stray, '["p","","","","",""]', "[0,0,0,0,5,0,0]")
    found = await verify(books.store, books.names)
    assert [(one.scope, one.column) for one in found] == [
        ("costs of organization", "parked"), ("costs of project:p", "parked"),
    ]  # fmt: skip
    assert await verify(books.store, books.names, recent=True) == []
    await books.store.call("DEL", stray)


async def test_costs_are_equal_behind_a_checkpoint_and_without_what_it_stands_for(
    books: Books,
) -> None:
    made = plan_of(n=2)
    await books.held("A", made)
    await books.ledger.settle(books.folio("A", made), leg("post", billed=2))
    await Corrections(books.store, books.names).adjust(9, project="p", reason="r")
    retention = Retention(books.store, books.names, days=0)
    await retention.checkpoint()
    await retention.trim()
    held = await books.held("B", made)
    await books.ledger.settle(books.folio("B", made), leg("park"))
    assert await verify(books.store, books.names) == []
    assert await verify(books.store, books.names, recent=True) == []
    assert (await costs(books, await at_ms(books, "B")))[()].parked_microusd == held.hold


async def test_books_of_an_earlier_layout_are_looked_at_from_their_first_whole_month(
    books: Books,
) -> None:
    made = plan_of(n=2)
    held = await books.held("A", made)
    await books.store.call("HDEL", books.names.order("A"), "source")  # as it was kept then
    await books.ledger.settle(books.folio("A", made), leg("park"))
    await Corrections(books.store, books.names).resolve("A", 0, "post", images=1, reason="r")
    assert await costs(books, await at_ms(books, "A")) == {}
    assert len(await verify(books.store, books.names)) == 3
    await begin_metering(books.store, books.names)
    assert await verify(books.store, books.names) == []
    begun = (await books.store.call("GET", books.names.metered_from)).decode()
    assert begun > held.period[:7]
    assert len(begun) == len("2026-12")


def test_months_have_their_days() -> None:
    assert days_of("2026-02")[-1] == "2026-02-28"
    assert days_of("2028-02")[-1] == "2028-02-29"
    assert (days_of("9999-12")[0], days_of("9999-12")[-1]) == ("9999-12-01", "9999-12-31")


# --- through the spine


async def test_what_the_house_pays_for_withheld_images_is_no_alarm(books: Books) -> None:
    await books.store.call("HSET", books.names.project("p"), "charge_withheld", "house")
    supplier = Supplier(lambda payload: drawn(payload.images, withheld=[1]))
    with capture_logs() as lines:
        reply = await told(await books.orders(supplier).begin(plan_of(n=3), CALLER))
    assert not [line for line in lines if line["event"] == "billed_above_hold"]
    assert reply.body["ideogate"]["cost_microusd"] == 2 * UNIT
    assert "not billed" in reply.body["ideogate"]["warnings"][-1]["message"]
