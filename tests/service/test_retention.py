"""The book is kept for its time: checkpoints say what it came to, and what lies before is forgotten."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from service.books import verify
from service.flat import names_under
from service.journal import Journal
from service.keyspace import balances_of
from service.ledger import Leg
from service.periods import periods_of
from service.retention import DAY_MS, Retention
from tests.money.books import UNIT, Books, plan_of

pytest_plugins = ["tests.money.plugin"]


async def traffic(books: Books, orders: int, first: int = 0) -> None:
    made = plan_of(n=2, slots=10_000)
    for number in range(first, first + orders):
        folio = books.folio(f"order-{number}", made, key=f"key-{number % 7}", project="p")
        await books.ledger.start(folio, made)
        verb = ("post", "void", "park")[number % 3]
        leg = Leg(call=0, verb=verb, upstream="sandbox", reason="", billed=2)  # type: ignore[arg-type]
        await books.ledger.settle(folio, leg)


def kept(books: Books, days: int = 0) -> Retention:
    return Retention(books.store, books.names, days=days)


async def entries(books: Books) -> int:
    return int(await books.store.call("XLEN", books.names.journal))


async def a_day_later(books: Books) -> None:
    """As far as checkpoints are concerned."""
    found = await books.store.call("ZRANGE", books.names.checkpoints, 0, -1, "WITHSCORES")
    for member, score in zip(found[::2], found[1::2], strict=True):
        await books.store.call("ZADD", books.names.checkpoints, int(score) - DAY_MS, member)


@pytest.mark.parametrize("page", [1, 3, 500])
async def test_books_are_equal_from_the_newest_checkpoint_on(books: Books, page: int) -> None:
    await traffic(books, 20)
    await kept(books).checkpoint(page=page)
    await traffic(books, 20, first=20)
    assert await verify(books.store, books.names, page=3) == []
    journal = Journal(books.store, books.names)
    await journal.begin()
    assert journal.last != b"0-0"
    (month,) = {name[-7:] for name in journal.sums if name.startswith("organization")}
    assert journal.sums[f"organization:{month}"] == [0, 7 * 2 * UNIT, 6 * 2 * UNIT, 0]


async def test_what_lies_before_a_checkpoint_that_is_old_enough_is_forgotten(
    books: Books,
) -> None:
    await traffic(books, 300)
    await kept(books).checkpoint()
    await traffic(books, 10, first=300)
    before = await entries(books)
    assert await kept(books, days=1).trim() == 0  # too young
    await asyncio.sleep(0.005)
    forgotten = await kept(books).trim(at_once=200)
    assert forgotten == before - await entries(books) >= 500  # whole nodes, of 100 entries
    assert await verify(books.store, books.names) == []


async def test_nothing_is_forgotten_without_a_checkpoint(books: Books) -> None:
    await traffic(books, 150)
    assert await kept(books).trim() == 0


async def test_checkpoints_before_the_one_that_stays_are_forgotten_too(books: Books) -> None:
    retention = kept(books)
    for first in (0, 10, 20):
        await traffic(books, 10, first=first)
        await retention.checkpoint()
    await asyncio.sleep(0.005)
    await retention.trim()
    assert await books.store.call("ZCARD", books.names.checkpoints) == 1
    assert await verify(books.store, books.names) == []


async def test_a_difference_before_a_checkpoint_is_still_one_after_it(books: Books) -> None:
    await traffic(books, 3)
    (key,) = await books.store.call("KEYS", f"{books.names.balance('organization')}:*")
    await books.store.call("HINCRBY", key, "posted", 1)
    await kept(books).checkpoint()
    (found,) = await verify(books.store, books.names)
    assert found.counter == found.journal + 1
    await books.store.call("HINCRBY", key, "posted", -1)


async def test_a_checkpoint_that_was_not_finished_does_not_count(books: Books) -> None:
    await traffic(books, 20)
    journal = books.names.journal
    wrong = '{"organization:2026-01":[1,1,1,1]}'
    await books.store.call(
        "XADD", journal, "*", "verb", "checkpoint", "as_of", "1-1", "balances", wrong
    )
    assert await verify(books.store, books.names) == []
    await kept(books).checkpoint()
    assert await verify(books.store, books.names) == []


async def test_live_books_stay_equal_under_checkpoints_and_trims(books: Books) -> None:
    busy = asyncio.gather(*(traffic(books, 150, first=start) for start in (0, 200, 400)))
    looks = 0
    while not busy.done():
        await kept(books).checkpoint(page=2)
        await kept(books).trim()
        assert await verify(books.store, books.names, page=7, at_once=2) == []
        looks += 1
    await busy
    assert looks > 1


async def booked(books: Books, days_ago: int) -> str:
    """An image was posted that many days ago; says that day."""
    now = datetime.fromtimestamp(await books.store.time_ms() // 1000, UTC)
    day = (now - timedelta(days=days_ago)).date().isoformat()
    sums = ("held", 0, "posted", UNIT, "parked", 0, "house", 0)
    facts = ("verb", "post", "period", day[:7], "day", day, "key", "k", "project", "p")
    await books.store.call("XADD", books.names.journal, "*", *facts, *sums)
    for name in balances_of(key="k", project="p", day=day):
        await books.store.call("HINCRBY", books.names.balance(name), "posted", UNIT)
    row = json.dumps(["p", "k", "ideogram-v3", "generate", "DEFAULT"])
    await books.store.call("HSET", books.names.costs(day), row, f"[{UNIT},1,1,0,0,0,1,0]")
    return day


async def periods_kept(books: Books) -> set[str]:
    return {name async for name in names_under(books.store, books.names.balance("key:k:"))}


async def test_days_and_weeks_that_are_long_over_are_forgotten_behind_a_checkpoint(
    books: Books,
) -> None:
    days = [await booked(books, ago) for ago in (300, 60, 42, 39, 0)]
    week_of = {day: tuple(periods_of(day))[2] for day in days}
    before = await periods_kept(books)
    await kept(books).checkpoint()
    assert await verify(books.store, books.names) == []
    assert await periods_kept(books) == before
    assert await kept(books).prune() == 4
    assert before - await periods_kept(books) == {*days[:3], week_of[days[0]]}
    assert await verify(books.store, books.names) == []
    await kept(books).checkpoint()
    assert await verify(books.store, books.names) == []
    journal = Journal(books.store, books.names)
    await journal.begin()
    assert set(journal.sums) >= {f"key:k:{day[:7]}" for day in days} | {"key:k:total"}
    assert journal.sums["key:k:total"] == [0, 5 * UNIT, 0, 0]
    assert not {f"key:k:{day}" for day in days[:3]} & set(journal.sums)


async def test_books_without_a_checkpoint_are_equal_with_and_without_old_days(
    books: Books,
) -> None:
    await booked(books, 300)
    assert await verify(books.store, books.names) == []
    assert await kept(books).prune() == 2
    assert await verify(books.store, books.names) == []


async def test_a_difference_of_a_day_that_counts_is_still_one(books: Books) -> None:
    day = await booked(books, 39)
    counter = books.names.balance(f"key:k:{day}")
    await books.store.call("HINCRBY", counter, "posted", 1)
    (found,) = await verify(books.store, books.names)
    assert (found.scope, found.period) == ("key:k", day)
    await books.store.call("HINCRBY", counter, "posted", -1)


async def test_the_days_work_forgets_old_days(books: Books) -> None:
    day = await booked(books, 50)
    await kept(books).checkpoint()
    await a_day_later(books)
    assert await kept(books, days=90).keep()
    assert day not in await periods_kept(books)


async def test_the_days_work_is_done_once_a_day_by_one_replica(books: Books) -> None:
    assert not await kept(books, days=90).keep()  # nothing in the book
    await traffic(books, 5)
    assert not await kept(books, days=90).keep()  # its first entry is of today
    await kept(books).checkpoint()
    await a_day_later(books)
    with capture_logs() as lines:
        done = await asyncio.gather(*(kept(books, days=90).keep() for _ in range(5)))
    assert sorted(done) == [False] * 4 + [True]
    assert [line["event"] for line in lines] == ["books_equal"]
    assert await books.store.call("ZCARD", books.names.checkpoints) == 2
    await books.store.call("DEL", books.names.upkeep)
    assert not await kept(books, days=90).keep()


async def test_a_difference_is_told_by_the_days_work(books: Books) -> None:
    await traffic(books, 3)
    await kept(books).checkpoint()
    await a_day_later(books)
    (key,) = await books.store.call("KEYS", f"{books.names.balance('organization')}:*")
    await books.store.call("HINCRBY", key, "posted", 1)
    with capture_logs() as lines:
        assert await kept(books, days=90).keep()
    assert [line["event"] for line in lines] == ["books_differ"]
    await books.store.call("HINCRBY", key, "posted", -1)
