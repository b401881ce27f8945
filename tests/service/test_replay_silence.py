"""A store that falls silent in the middle of a repeat: nothing is paid twice for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.openai.errors import ApiError
from adapters.store.client import connect
from service.answers import nothing_came
from service.ledger import Ledger
from tests.money.books import CALLER, Books, plan_of
from tests.service.test_replay import AGAIN, KEYED, Replica, dead, swept
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]


@pytest_asyncio.fixture
async def hasty(valkey: Valkey, books: Books) -> AsyncIterator[Replica]:
    """A replica that waits a tenth of a second for the store."""
    store = await connect(valkey.url, timeout=0.1, slot_key=books.names.root)
    own = Books(store, books.names, Ledger(store, books.names))
    yield Replica(own)
    assert await own.desk.drain(10) == 0
    await own.desk.stop()
    await store.aclose()


async def test_who_joined_waits_through_the_silence(
    books: Books, hasty: Replica, valkey: Valkey
) -> None:
    await dead(books, KEYED)
    waiting = asyncio.create_task(hasty.drawn(KEYED))
    await asyncio.sleep(0.05)
    valkey.pause()
    await asyncio.sleep(0.5)
    valkey.go_on()
    await swept(books)
    assert nothing_came(await waiting).code == "upstream_outcome_unknown"


async def test_what_was_handed_out_is_noted_after_the_silence(
    hasty: Replica, valkey: Valkey
) -> None:
    left = await hasty.left()
    valkey.pause()
    hasty.replay.delivered(left)
    await asyncio.sleep(0.3)
    valkey.go_on()
    await asyncio.sleep(0.5)
    assert (await hasty.drawn(AGAIN)).joined is None


async def test_a_first_attempt_that_was_refused_for_silence_leaves_its_mark(
    hasty: Replica, valkey: Valkey
) -> None:
    left = await hasty.left()
    valkey.pause()
    with pytest.raises(ApiError) as refused:
        await hasty.drawn()
    assert (refused.value.code, refused.value.retry) == ("ledger_unavailable", True)
    valkey.go_on()
    await asyncio.sleep(0.5)  # clients wait longer
    assert (await hasty.drawn(AGAIN)).joined is None
    assert (await hasty.drawn(AGAIN)).id == left.id


async def test_a_claim_that_nobody_heard_of_is_given_up(hasty: Replica, valkey: Valkey) -> None:
    left = await hasty.left()
    valkey.pause()
    with pytest.raises(ApiError):
        await hasty.drawn(AGAIN)  # the store has its script, and runs it when it goes on
    valkey.go_on()
    await asyncio.sleep(0.5)
    assert (await hasty.drawn(AGAIN)).id == left.id
    assert len(hasty.supplier.submits) == 1


async def test_a_claim_outlives_a_short_silence(
    books: Books, hasty: Replica, valkey: Valkey
) -> None:
    left = await hasty.left()
    async with hasty.replay.order(plan_of(), CALLER, hasty.ticket(AGAIN)):
        valkey.pause()
        await asyncio.sleep(1.2)
        valkey.go_on()
        other = await Replica(books).drawn(AGAIN)
        assert other.id != left.id
