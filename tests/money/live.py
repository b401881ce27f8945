"""A whole gateway in front of a separate sandbox, and its books looked into from outside."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx

from adapters.store.client import Store, StoreRefused, StoreSilent, connect
from service.books import verify
from service.keyspace import Keyspace
from service.ledger import Ledger
from tests.contract.gateway import Gateway, start_gateway
from tests.money.books import Books
from tests.upstream import Upstream

NAMES = Keyspace("org-default")
SETTLED_SECONDS = 15.0
STEP_SECONDS = 0.02
T = TypeVar("T")


async def until(found: Callable[[], Awaitable[T | None]]) -> T:
    """What it answers, once that is true."""
    for _ in range(int(SETTLED_SECONDS / STEP_SECONDS)):
        if answer := await found():
            return answer
        await asyncio.sleep(STEP_SECONDS)
    raise AssertionError(f"nothing came of {found.__name__}")


async def submitted(upstream: Upstream) -> None:
    """Until something is being drawn."""

    async def drawing() -> bool:
        return bool(upstream.state()["in_progress"])

    await until(drawing)


class Ground:
    """The embedded store's folder, which outlives the gateways that use it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def store_pid(self) -> int:
        return int((self.path / "valkey.pid").read_text("ascii"))

    def signal_store(self, number: int) -> None:
        """To the server of this folder and to no other."""
        pid = self.store_pid
        with suppress(OSError):
            if str(self.path).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, number)

    @asynccontextmanager
    async def books(self) -> AsyncIterator[Books]:
        """As soon as the store is there."""

        async def reached() -> Store | None:
            with suppress(StoreSilent, StoreRefused):
                return await connect(f"unix://{self.path}/valkey.sock", timeout=5.0)
            return None

        store = await until(reached)
        try:
            yield Books(store, NAMES, Ledger(store, NAMES))
        finally:
            await store.aclose()

    async def settled(self) -> dict[str, int]:
        """The organisation's balance once nothing is held any more; the books add up then."""
        async with self.books() as books:

            async def nothing_held() -> bool:
                return not (await books.balance())["held"]

            await until(nothing_held)
            assert await verify(books.store, books.names) == []
            return await books.balance()


@contextmanager
def new_ground() -> Iterator[Ground]:
    # Short, since the store listens on a unix socket in it (at most 107 bytes).
    ground = Ground(Path(tempfile.mkdtemp(prefix="ig-", dir="/tmp")))
    try:
        yield ground
    finally:
        with suppress(OSError, ValueError):
            ground.signal_store(signal.SIGCONT)
            ground.signal_store(signal.SIGTERM)
        shutil.rmtree(ground.path, ignore_errors=True)


def gateway_on(
    ground: Ground, upstream: Upstream, env: Mapping[str, str] | None = None
) -> Any:  # a context manager of Gateway
    return start_gateway(
        {
            "IDEOGATE_STORE_URL": f"embedded:{ground.path}",
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": "upstream-key",
            "IDEOGATE_UPSTREAM_SLOTS": "40",
            **(env or {}),
        }
    )


@asynccontextmanager
async def client_of(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.key}"}
    async with httpx.AsyncClient(
        base_url=gateway.base_url, headers=headers, trust_env=False, timeout=30
    ) as client:
        yield client


async def draw(client: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    headers = asked.pop("headers", {})
    body = {"prompt": "a fox", "response_format": "url", **asked}
    return await client.post("/images/generations", json=body, headers=headers)
