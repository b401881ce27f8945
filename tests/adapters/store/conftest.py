import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.store.client import Store, StoreSilent, connect
from adapters.store.embedded import open_embedded
from adapters.store.folder import StoreCannotStart
from tests.stores import Valkey, start_valkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """Shared by tests that leave it running; each works on keys of its own."""
    with start_valkey(tcp=True) as server:
        yield server


@pytest.fixture
async def store(valkey: Valkey) -> AsyncIterator[Store]:
    opened = await connect(valkey.url)
    await opened.call("FLUSHALL")
    yield opened
    await opened.aclose()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """What a test leaves running in it is shut down."""
    path = tmp_path / "store"
    yield path
    if (path / "alive").exists():
        asyncio.run(_end(path))


async def _end(path: Path) -> None:
    with suppress(StoreCannotStart):
        last = await open_embedded(path)
        store = await connect(last.url)
        with suppress(StoreSilent):
            await store.call("SHUTDOWN", "NOSAVE")
        await store.aclose()
        await last.close()
