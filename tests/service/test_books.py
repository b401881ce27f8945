"""The auditor: the journal's sums against the counters."""

import asyncio

import pytest

from service.books import Difference, verify
from service.flat import plain
from service.ledger import Leg
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


async def test_empty_books_are_equal(books: Books) -> None:
    assert await verify(books.store, books.names) == []


@pytest.mark.parametrize("page", [1, 2, 1000])
async def test_books_are_equal_whatever_the_pages(books: Books, page: int) -> None:
    await traffic(books, 30)
    assert await verify(books.store, books.names, page=page, at_once=page) == []


async def test_one_micro_dollar_too_much_is_found_and_named(books: Books) -> None:
    await traffic(books, 3)
    (key,) = await books.store.call("KEYS", f"{books.names.balance('project:p')}:*")
    month = key.decode()[-7:]
    await books.store.call("HINCRBY", key, "posted", 1)
    found = await verify(books.store, books.names)
    assert found == [
        Difference(
            scope="project:p", period=month, column="posted",
            journal=2 * UNIT, counter=2 * UNIT + 1,
        )
    ]  # fmt: skip
    assert str(found[0]) == (f"project:p {month} posted: counted 120001, the journal says 120000")
    await books.store.call("HINCRBY", key, "posted", -1)


async def test_a_balance_that_the_journal_never_heard_of_is_found(books: Books) -> None:
    stray = f"{books.names.balance('key:stranger')}:2026-01"
    await books.store.call("HSET", stray, "held", 7)
    (found,) = await verify(books.store, books.names)
    assert (found.scope, found.counter, found.journal) == ("key:stranger", 7, 0)
    await books.store.call("DEL", stray)


async def test_a_balance_that_was_lost_is_found(books: Books) -> None:
    await traffic(books, 1)
    (key,) = await books.store.call("KEYS", f"{books.names.balance('organization')}:*")
    value = await books.store.call("DUMP", key)
    await books.store.call("DEL", key)
    (found,) = await verify(books.store, books.names)
    assert (found.scope, found.column, found.counter) == ("organization", "posted", 0)
    await books.store.call("RESTORE", key, 0, value)


async def test_places_that_do_not_add_up_are_found(books: Books) -> None:
    made = plan_of(n=1)
    folio = books.folio("A", made)
    await books.ledger.start(folio, made)
    await books.store.call("HINCRBY", books.names.account(folio.account), "used", 3)
    (found,) = await verify(books.store, books.names)
    assert str(found) == f"account:{folio.account} used: counted 4, the journal says 1"
    await books.store.call("HINCRBY", books.names.account(folio.account), "used", -3)


async def test_live_books_are_equal_at_every_moment(books: Books) -> None:
    busy = asyncio.gather(*(traffic(books, 60, first=start) for start in (0, 100, 200)))
    looks = 0
    while not busy.done():
        assert await verify(books.store, books.names, page=50, at_once=9) == []
        looks += 1
    await busy
    assert looks > 2


async def test_names_with_signs_of_patterns_are_taken_as_they_are(books: Books) -> None:
    assert plain("ig:{o*[x]?}:balance:") == "ig:{o\\*\\[x\\]\\?}:balance:"
