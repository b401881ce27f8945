"""Limits on real books: they hold to the micro-dollar, at once, and from the next order on."""

import asyncio
from typing import Any

import msgspec
import pytest

from adapters.translate.plan import Plan
from config.limits import LIMITS, microusd
from service.allowance import Barred, Short, Slow
from service.ledger import Gone, Held, Leg, Started
from service.limits import BadLimit, all_limits, limits_of
from service.periods import periods_of
from tests.house.test_readme import codes, table
from tests.money.books import UNIT, Books, plan_of, priced

pytest_plugins = ["tests.money.plugin"]
SCOPES = {"key": "key:k", "project": "project:p", "organization": "organization"}
ONE = plan_of(n=1, slots=1000)


async def start(books: Books, order: str, made: Plan = ONE, **folio: str) -> Started:
    return await books.ledger.start(books.folio(order, made, **folio), made)


@pytest.mark.parametrize(
    ("scope", "period"),
    [
        ("key", "day"),
        ("key", "week"),
        ("key", "month"),
        ("key", "total"),
        ("project", "month"),
        ("organization", "month"),
    ],
)
async def test_of_many_at_once_exactly_as_many_pass_as_the_money_buys(
    books: Books, scope: str, period: str
) -> None:
    await books.limit(SCOPES[scope], **{f"spend_{period}": "0.42"})  # seven images
    plans = [plan_of(n=1 + number % 3, slots=1000) for number in range(40)]
    said = await asyncio.gather(
        *(start(books, f"order-{number}", made) for number, made in enumerate(plans))
    )
    bought = sum(m.images for m, s in zip(plans, said, strict=True) if isinstance(s, Held))
    assert bought <= 7
    for number in range(7 - bought):  # what is left is sold, and no more
        assert isinstance(await start(books, f"more-{number}"), Held)
    last = await start(books, "last")
    assert isinstance(last, Short)
    assert (last.scope, last.limit, last.spent) == (scope, 7 * UNIT, 7 * UNIT)
    assert (await books.balance())["held"] == 7 * UNIT


@pytest.mark.parametrize(
    ("limit", "period"),
    [("spend_day", 10), ("spend_week", 8), ("spend_month", 7), ("spend_total", 5)],
)
async def test_a_key_that_is_short_says_in_which_period(
    books: Books, limit: str, period: int
) -> None:
    await books.limit("key:k", **{limit: "0.05"})
    short = await start(books, "A")
    assert isinstance(short, Short) and len(short.period) == period
    assert isinstance(await start(books, "B", key="other"), Held)


async def test_what_is_void_may_be_spent_again_and_what_is_parked_may_not(books: Books) -> None:
    await books.limit("key:k", spend_day="0.06", spend_total="0.12")
    for verb, passes in (("void", True), ("park", False)):
        folio = books.folio(verb, ONE)
        assert isinstance(await books.ledger.start(folio, ONE), Held)
        await books.ledger.settle(folio, Leg(call=0, verb=verb, upstream="sandbox", reason="x"))  # type: ignore[arg-type]
        said = await start(books, f"after {verb}")
        assert isinstance(said, Held if passes else Short)
        if passes:
            await books.ledger.drop(books.folio(f"after {verb}", ONE))


async def test_every_period_of_a_key_counts_what_it_spent(books: Books) -> None:
    held = await books.held("A", ONE)
    leg = Leg(call=0, verb="post", upstream="sandbox", reason="", billed=1)
    await books.ledger.settle(books.folio("A", ONE), leg)
    for period in periods_of(held.period):
        name = f"{books.names.balance('key:k')}:{period}"
        assert await books.store.call("HMGET", name, "held", "posted") == [b"0", b"60000"]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("limit", ["spend_month", "spend_request", "images_request"])
async def test_zero_stops_everything_even_what_is_free(
    books: Books, scope: str, limit: str
) -> None:
    await books.limit(SCOPES[scope], **{limit: "0"})
    for made in (ONE, priced(ONE, (0, 0))):
        said = await start(books, "A", made)
        assert isinstance(said, Short | Barred) and said.scope == scope
    assert await books.journal() == []
    await books.limit(SCOPES[scope], **{limit: None})
    assert isinstance(await start(books, "A"), Held)


@pytest.mark.parametrize("limit", ["requests_minute", "requests_day", "images_minute"])
async def test_a_rate_of_zero_stops_everything_and_names_no_wait(books: Books, limit: str) -> None:
    await books.limit("project:p", **{limit: "0"})
    said = await start(books, "A")
    assert isinstance(said, Slow) and (said.limit, said.value, said.wait_ms) == (limit, 0, None)
    assert isinstance(await start(books, "B", project="q"), Held)


async def test_of_many_at_once_exactly_the_rate_passes(books: Books) -> None:
    await books.limit("project:p", requests_day="5", images_minute="1000")
    said = await asyncio.gather(*(start(books, f"order-{number}") for number in range(30)))
    assert sum(isinstance(one, Held) for one in said) == 5
    slow = [one for one in said if isinstance(one, Slow)]
    assert {one.limit for one in slow} == {"requests_day"}
    # one every 4.8 hours; the first of them was a moment ago
    assert all(one.wait_ms is not None and 0 <= 17_280_000 - one.wait_ms < 60_000 for one in slow)
    assert slow[0].rates.requests.limit == 5 and slow[0].rates.requests.left == 0


async def test_rates_are_of_a_project_and_a_model(books: Books) -> None:
    await books.limit("project:p", requests_minute="1")
    await books.limit("project:p:ideogram-v2", requests_minute="2")
    old = plan_of(n=1, slots=1000, model="ideogram-v2")
    said = [await start(books, f"order-{number}", made) for number, made in enumerate([ONE, ONE, old, old, old])]  # fmt: skip
    assert [isinstance(one, Held) for one in said] == [True, False, True, True, False]


async def test_more_images_than_the_rate_never_pass(books: Books) -> None:
    await books.limit("project:p", images_minute="3")
    said = await start(books, "A", plan_of(n=4, slots=1000))
    assert isinstance(said, Slow) and said.wait_ms is None
    assert isinstance(await start(books, "B", plan_of(n=3, slots=1000)), Held)


async def test_an_order_that_is_taken_back_gives_its_units_back(books: Books) -> None:
    await books.limit("project:p", requests_day="1", images_minute="3")
    made = plan_of(n=3, slots=1000)
    for order in "ABC":
        assert isinstance(await start(books, order, made), Held)
        await books.ledger.drop(books.folio(order, made))
        await books.ledger.drop(books.folio(order, made))
        assert await start(books, order, made) == Gone()
    assert isinstance(await start(books, "D", made), Held)
    assert isinstance(await start(books, "E", made), Slow)


async def test_what_a_limit_refuses_counts_against_no_other(books: Books) -> None:
    await books.limit("project:p", requests_day="2", spend_month="0.06")
    assert isinstance(await start(books, "A"), Held)
    for order in "BCD":
        assert isinstance(await start(books, order), Short)
    await books.limit("project:p", spend_month="0.12")
    last = await start(books, "E")
    assert isinstance(last, Held) and last.rates is not None and last.rates.requests.left == 0


async def test_an_order_says_what_is_left_and_a_repeat_says_the_same(books: Books) -> None:
    await books.limit("project:p", requests_minute="10", requests_day="9", images_minute="20")
    made = plan_of(n=3, slots=1000)
    held = await start(books, "A", made)
    assert isinstance(held, Held) and held.rates is not None
    assert msgspec.to_builtins(held.rates) == {
        "requests": {"limit": 9, "left": 8, "reset_ms": 9_600_000},
        "images": {"limit": 20, "left": 17, "reset_ms": 9_000},
    }
    assert await start(books, "A", made) == held


@pytest.mark.parametrize(
    ("limit", "value", "asked", "passes"),
    [
        ("images_request", "2", {"n": 2}, True),
        ("images_request", "2", {"n": 3}, False),
        ("spend_request", "0.12", {"n": 2}, True),
        ("spend_request", "0.119999", {"n": 2}, False),
        ("speeds", "turbo, default", {"quality": "medium"}, True),
        ("speeds", "TURBO", {"quality": "medium"}, False),
        ("speeds", "TURBO", {"model": "ideogram-v1"}, True),  # it has none
        ("operations", "edit,generate", {}, True),
        ("operations", "edit", {}, False),
    ],
)
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_single_request_has_its_limits(
    books: Books, scope: str, limit: str, value: str, asked: dict[str, Any], passes: bool
) -> None:
    await books.limit(SCOPES[scope], **{limit: value})
    said = await start(books, "A", plan_of(slots=1000, **asked))
    assert isinstance(said, Held if passes else Barred)
    if isinstance(said, Barred):
        assert (said.scope, said.limit) == (scope, limit)


@pytest.mark.parametrize(
    ("scope", "limit", "value", "words"),
    [
        ("key:k", "spend_day", "10.0000001", "dollars from 0"),
        ("key:k", "spend_day", "-1", "dollars from 0"),
        ("key:k", "spend_day", "1e3", "dollars from 0"),
        ("key:k", "spend_day", "1000000000.01", "dollars from 0"),
        ("key:k", "spend_day", "\u0661", "dollars from 0"),
        ("key:k", "requests_minute", "1", "has no limit 'requests_minute'"),
        ("project:p", "spend_day", "1", "has no limit 'spend_day'"),
        ("project:p", "requests_minute", "1000001", "from 0 to 1000000"),
        ("project:p", "requests_minute", "1.5", "whole number"),
        ("project:p", "images_request", "\u00b2", "whole number"),
        ("project:p:m", "spend_month", "1", "has no limit"),
        ("project:p", "speeds", "WARP", "some of FLASH, TURBO"),
        ("project:p", "operations", "", "some of "),
        ("organization", "contact", "a\nb", "one line"),
        ("team:x", "spend_day", "1", "has no limits"),
        ("key:a:b", "spend_day", "1", "has no limits"),
    ],
)
async def test_what_cannot_be_a_limit_is_not_set(
    books: Books, scope: str, limit: str, value: str, words: str
) -> None:
    with pytest.raises(BadLimit, match=words):
        await books.limit(scope, **{"images_request": "5", limit: value})
    assert await all_limits(books.store, books.names) == {}


async def test_limits_are_read_as_they_were_set(books: Books) -> None:
    await books.limit("key:k", spend_day="$10.5", speeds="quality,turbo", images_request="007")
    assert await limits_of(books.store, books.names, "key:k") == {
        "spend_day": "10500000", "images_request": "7", "speeds": "TURBO,QUALITY",
    }  # fmt: skip
    await books.limit("key:k", spend_day=None, speeds=None, images_request=None)
    assert await all_limits(books.store, books.names) == {}


def test_the_readme_says_who_has_which_limit() -> None:
    said = {}
    for row in table("limit", "of", "refused with"):
        kinds = {"model" if "model" in kind else kind for kind in row["of"].split(", ")}
        said |= dict.fromkeys(codes(row["limit"]), kinds)
    assert said == {limit.name: set(limit.scopes) for limit in LIMITS.values()}


def test_dollars_are_read_without_a_float() -> None:
    assert microusd("0.000001") == 1
    assert microusd("999999999.999999") == 10**15 - 1
    assert microusd("1000000000") == 10**15
    with pytest.raises(ValueError, match="0"):
        microusd("1000000000.000001")
