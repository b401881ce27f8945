"""Fixtures of the money tests, which add up the books after every one of them."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
import pytest_asyncio

from adapters.store.client import connect
from service.books import verify
from service.keyspace import Keyspace
from service.ledger import Ledger
from tests.money.books import Books
from tests.stores import Valkey, start_valkey

NUMBERS: Final = itertools.count()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


@pytest_asyncio.fixture
async def books(valkey: Valkey) -> AsyncIterator[Books]:
    """Empty books; at the end of the test they add up, whatever it did."""
    names = Keyspace(f"org-{next(NUMBERS)}")
    store = await connect(valkey.url, timeout=5.0, slot_key=names.root)
    one = Books(store, names, Ledger(store, names))
    try:
        yield one
        assert await one.desk.drain(10) == 0
        assert [str(difference) for difference in await verify(store, names)] == []
        await one.used()
    finally:
        await one.desk.stop()
        await store.aclose()
