"""A threshold that a month's spend reaches is crossed once, to the micro-USD, by whatever posted it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any, Final

import msgspec
import pytest

from config.money import MicroUSD
from service.alerts import MOST_ALERTS, Alerts, crossing_of
from service.commit import Changed
from service.corrections import Corrections
from service.ledger import Leg
from service.recovery import Origin, Recovery
from service.retention import Retention
from service.sweeper import Sweeper
from service.usage import day_of
from tests.money.books import UNIT, Books, plan_of
from tests.service.spending import adjust, crossing, drop, due, put, this_month

pytest_plugins = ["tests.money.plugin"]
POST: Final = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=1)
PARK: Final = Leg(call=0, verb="park", upstream="sandbox", reason="unknown")
Spend = Callable[[Books, int], Coroutine[Any, Any, None]]


async def spend(books: Books, images: int, order: str = "A") -> None:
    made = plan_of(n=images, slots=100)
    await books.held(order, made)
    await books.ledger.settle(
        books.folio(order, made), msgspec.structs.replace(POST, billed=images)
    )


@pytest.mark.parametrize("scope", ["project:p", "organization"])
async def test_the_threshold_itself_is_crossed_and_one_below_is_not(
    books: Books, scope: str
) -> None:
    exact = await put(books, scope, UNIT)
    above = await put(books, scope, UNIT + 1)
    await adjust(books, UNIT - 1)
    assert await due(books) == []
    await adjust(books, 1)
    name = crossing_of(exact, this_month(), MicroUSD(UNIT))
    assert await due(books) == [name]
    found = await crossing(books, name)
    assert (found["scope"], found["month"], found["alert"]) == (scope, this_month(), exact)
    assert (found["threshold"], found["posted"]) == (str(UNIT), str(UNIT))
    month = await Alerts(books.store, books.names).month(scope)
    kept = {one.id: one.alert for one in await Alerts(books.store, books.names).every(scope)}
    assert month.posted == UNIT
    assert month.crossed_at(exact, kept[exact]) is not None
    assert month.crossed_at(above, kept[above]) is None


async def test_amounts_that_a_float_of_single_precision_would_garble_are_exact(
    books: Books,
) -> None:
    most = 10**15
    await put(books, "project:p", most)
    await adjust(books, most - 1)
    assert await due(books) == []
    await adjust(books, 1)
    (name,) = await due(books)
    assert name.endswith(f"-{most}")


async def test_what_is_only_held_or_parked_crosses_nothing(books: Books) -> None:
    await put(books, "project:p", UNIT)
    made = plan_of(n=3)
    await books.held("A", made)
    await books.ledger.settle(books.folio("A", made), PARK)
    assert await due(books) == []


async def settled(books: Books, images: int) -> None:
    await spend(books, images)


async def resolved(books: Books, images: int) -> None:
    made = plan_of(n=images)
    await books.held("A", made)
    await books.ledger.settle(books.folio("A", made), PARK)
    done = await Corrections(books.store, books.names).resolve(
        "A", 0, "post", images=images, reason="the invoice says so"
    )
    assert done.state == "POSTED"


async def adjusted(books: Books, images: int) -> None:
    await adjust(books, images * UNIT)


async def adopted(books: Books, images: int) -> None:
    """By the word of a replica that was only slow."""
    made = plan_of(n=images)
    await books.held("A", made)
    await books.store.call("ZADD", books.names.open, "XX", 1, "A")
    retention = Retention(books.store, books.names, days=90)
    await Sweeper(books.store, books.names, retention, park_seconds=900).sweep()
    assert await due(books) == []
    await books.ledger.settle(books.folio("A", made), msgspec.structs.replace(POST, billed=images))


async def recovered(books: Books, images: int) -> None:
    """From what its gateway knows: the store had lost the order."""
    facts = (
        "project",
        "p",
        "key",
        "k",
        "model",
        "ideogram-v3",
        "operation",
        "generate",
        "source",
        "image.generation",
    )
    origin = Origin(
        images=images,
        unit=MicroUSD(UNIT),
        prices={"sandbox": MicroUSD(UNIT)},
        priced="output",
        period=day_of(int(time.time())),
        facts=facts,
    )
    leg = msgspec.structs.replace(POST, billed=images)
    recovery = Recovery(books.store, books.names)
    await recovery.recover(books.folio("A", plan_of(n=images)), leg, origin)


@pytest.mark.parametrize(
    "way", [settled, resolved, adjusted, adopted, recovered], ids=lambda way: way.__name__
)
async def test_every_way_of_posting_crosses(books: Books, way: Spend) -> None:
    identity = await put(books, "project:p", 3 * UNIT)
    await way(books, 3)
    assert await due(books) == [crossing_of(identity, this_month(), MicroUSD(3 * UNIT))]


async def test_it_is_crossed_once_however_the_spend_goes_up_and_down(books: Books) -> None:
    await put(books, "project:p", 2 * UNIT)
    for number in range(3):
        await adjust(books, 2 * UNIT)
        await adjust(books, -2 * UNIT + number)
    assert len(await due(books)) == 1


async def test_a_hundred_orders_at_once_cross_once(books: Books) -> None:
    await put(books, "organization", 50 * UNIT)
    await put(books, "project:p", 50 * UNIT)
    made = plan_of(n=1, slots=1000)
    names = [f"order-{number}" for number in range(100)]
    await asyncio.gather(*(books.held(name, made) for name in names))
    await asyncio.gather(*(books.ledger.settle(books.folio(name, made), POST) for name in names))
    found = [await crossing(books, name) for name in await due(books)]
    assert sorted(one["scope"] for one in found) == ["organization", "project:p"]
    assert {one["posted"] for one in found} == {str(50 * UNIT)}


async def test_one_posting_may_cross_several(books: Books) -> None:
    for threshold in (1, UNIT, 2 * UNIT, 3 * UNIT, 3 * UNIT + 1):
        await put(books, "project:p", threshold)
    await put(books, "organization", 2 * UNIT)
    await spend(books, 3)
    assert len(await due(books)) == 5


async def test_other_projects_are_not_concerned(books: Books) -> None:
    await put(books, "project:q", 1)
    await spend(books, 3)
    assert await due(books) == []


async def test_a_new_month_crosses_again(books: Books) -> None:
    identity = await put(books, "project:p", UNIT)
    first = date.fromisoformat(f"{this_month()}-01")
    last = (first - timedelta(days=1)).isoformat()[:7]
    await adjust(books, UNIT, month=last)
    await adjust(books, UNIT)
    assert await due(books) == sorted(
        crossing_of(identity, month, MicroUSD(UNIT)) for month in (last, this_month())
    )
    for month in (last, this_month()):
        marks = books.names.alerted("project:p", month)
        end = int(await books.store.call("EXPIRETIME", marks))
        assert day_of(end - 71 * 86_400) == f"{month}-01"  # 40 days and more after its end


async def test_of_a_month_long_ago_nobody_is_told(books: Books) -> None:
    await put(books, "project:p", UNIT)
    await adjust(books, UNIT, month="2024-02")
    assert await due(books) == []
    assert await books.store.call("EXISTS", books.names.alerted("project:p", "2024-02")) == 0


async def test_an_alert_below_what_is_spent_is_crossed_as_it_is_made(books: Books) -> None:
    await spend(books, 2)
    below = await put(books, "project:p", 2 * UNIT)
    await put(books, "project:p", 2 * UNIT + 1)
    assert await due(books) == [crossing_of(below, this_month(), MicroUSD(2 * UNIT))]


async def test_a_changed_threshold_may_be_crossed_again_and_the_same_one_not(books: Books) -> None:
    identity = await put(books, "project:p", UNIT)
    await spend(books, 3)
    await put(books, "project:p", UNIT, identity, subject_prefix="the same")
    assert len(await due(books)) == 1
    await put(books, "project:p", 4 * UNIT, identity)
    assert len(await due(books)) == 1
    await spend(books, 1, "B")
    await put(books, "project:p", 2 * UNIT, identity)  # lowered below what is spent
    await put(books, "project:p", UNIT, identity)  # was told of this month
    assert await due(books) == sorted(
        crossing_of(identity, this_month(), MicroUSD(count * UNIT)) for count in (1, 2, 4)
    )


async def test_an_alert_that_is_taken_away_is_crossed_no_more(books: Books) -> None:
    identity = await put(books, "project:p", UNIT)
    await drop(books, "project:p", identity)
    await spend(books, 1)
    assert await due(books) == []
    assert await Alerts(books.store, books.names).every("project:p") == []
    for key in (books.names.alerts("project:p"), books.names.thresholds("project:p")):
        assert await books.store.call("EXISTS", key) == 0


async def test_a_scope_keeps_so_many_and_no_more_also_in_a_race(books: Books) -> None:
    made = await asyncio.gather(
        *(put(books, "project:p", 1 + number) for number in range(MOST_ALERTS + 5)),
        return_exceptions=True,
    )
    refused = [one for one in made if isinstance(one, Changed)]
    assert [one.field for one in refused] == ["#"] * 5
    kept = await Alerts(books.store, books.names).every("project:p")
    assert len(kept) == MOST_ALERTS
    assert await books.store.call("ZCARD", books.names.thresholds("project:p")) == MOST_ALERTS
    await put(books, "project:p", 7, kept[0].id)  # a change needs no room
    await put(books, "organization", 7)


async def test_of_two_changes_at_once_one_is_refused(books: Books) -> None:
    identity = await put(books, "project:p", UNIT)
    both = await asyncio.gather(
        put(books, "project:p", 2 * UNIT, identity),
        put(books, "project:p", 3 * UNIT, identity),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["Changed", "str"]
    (kept,) = await Alerts(books.store, books.names).every("project:p")
    (score,) = await books.store.call(
        "ZRANGEBYSCORE",
        books.names.thresholds("project:p"),
        kept.alert.threshold,
        kept.alert.threshold,
    )
    assert score.decode() == identity


async def test_the_project_s_name_is_told_as_it_was(books: Books) -> None:
    await books.store.call("HSET", books.names.project("p"), "name", 'Team "A" \N{UMBRELLA}')
    await put(books, "project:p", UNIT, subject_prefix='[\\"<script>')
    await put(books, "organization", UNIT)
    await spend(books, 1)
    found = {
        one["scope"]: one for one in [await crossing(books, name) for name in await due(books)]
    }
    assert found["project:p"]["project_name"] == 'Team "A" \N{UMBRELLA}'
    assert found["organization"]["project_name"] == ""
    assert msgspec.json.decode(found["project:p"]["text"])["subject_prefix"] == '[\\"<script>'
