"""Gateways that share one store and one upstream, for what must hold across them."""

import asyncio
import base64
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import redis

from adapters.store.client import connect
from service.books import verify
from service.ledger import Ledger
from tests.contract.gateway import ROOT, Gateway, start_gateway
from tests.money.books import Books
from tests.money.live import NAMES, until
from tests.stores import Valkey, start_valkey
from tests.upstream import Upstream, start_sandbox

PEPPER: Final = "pepper-of-the-fleet-32-characters"
SETTLED_SECONDS: Final = 15.0


@dataclass
class Fleet:
    """Gateways by number; requests go to the first unless told otherwise."""

    gateways: list[Gateway]
    upstream: Upstream
    store: Valkey
    stack: ExitStack = field(repr=False)
    env: dict[str, str]

    @property
    def key(self) -> str:
        return self.gateways[0].key

    @property
    def dump(self) -> Any:
        return redis.Redis(unix_socket_path=str(self.store.place))

    def calls(self, prompt: str) -> int:
        """How often the upstream drew this and billed it."""
        return sum(prompt in call["prompt"] for call in self.upstream.bill()["calls"])

    async def drawing(self, prompt: str) -> None:
        """Until it is being drawn."""
        async with asyncio.timeout(SETTLED_SECONDS):
            while not self.calls(prompt):  # noqa: ASYNC110  the sandbox rings no bell
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def books(self) -> AsyncIterator[Books]:
        """A look into them from outside."""
        store = await connect(self.store.url, timeout=5.0, slot_key=NAMES.root)
        try:
            yield Books(store, NAMES, Ledger(store, NAMES))
        finally:
            await store.aclose()

    async def settled(self) -> dict[str, int]:
        """The organisation's balance once nothing is held; the books add up then."""
        async with self.books() as books:

            async def nothing_held() -> bool:
                return not (await books.balance())["held"]

            await until(nothing_held)
            assert await verify(books.store, NAMES) == []
            return await books.balance()

    def command(self, *words: str) -> tuple[int, str]:
        """`python -m service` as an operator of these gateways runs it: exit status and output."""
        done = subprocess.run(
            [sys.executable, "-m", "service", *words],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def spare(self) -> Gateway:
        """One more, to be killed."""
        return self.stack.enter_context(start_gateway(self.env))


@contextmanager
def start_fleet(
    count: int = 3, *options: str, settings: Mapping[str, str] | None = None, **flags: Any
) -> Iterator[Fleet]:
    """Of so many. `options` of the store as on its command line, `settings` of the gateways,
    `flags` of the sandbox.
    """
    with ExitStack() as stack:
        upstream = stack.enter_context(start_sandbox(limit=200, **flags))
        store = stack.enter_context(start_valkey(*options))
        env = {
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": "upstream-key",
            "IDEOGATE_UPSTREAM_SLOTS": "100",
            **(settings or {}),
        }
        gateways = [stack.enter_context(start_gateway(env)) for _ in range(count)]
        yield Fleet(gateways, upstream, store, stack, env)


@asynccontextmanager
async def app(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """An app's own HTTP client."""
    told = {"authorization": f"Bearer {gateway.key}"}
    async with httpx.AsyncClient(
        base_url=gateway.base_url, headers=told, trust_env=False, timeout=30
    ) as client:
        yield client


async def draw(gateway: Gateway, prompt: str, headers: Any = None, **asked: Any) -> httpx.Response:
    async with app(gateway) as client:
        body = {"prompt": prompt, **asked}
        return await client.post("/images/generations", json=body, headers=headers or {})


def slowly(prompt: str, seconds: float = 1.0) -> str:
    """A prompt that takes its time."""
    return f"[[fault:slow:seconds={seconds}]] {prompt}"


def pictures(reply: httpx.Response) -> list[str]:
    """What tells the pictures of an answer apart."""
    assert reply.status_code == 200, reply.text
    return [one.get("b64_json") or one.get("url") or one["text"] for one in reply.json()["data"]]


def error(reply: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code, x-should-retry."""
    return reply.status_code, reply.json()["error"]["code"], reply.headers.get("x-should-retry")


def png(width: int = 64, height: int = 64) -> bytes:
    """A small whole picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = b"".join(b"\0" + bytes([40, 90, 160]) * width for _ in range(height))
    whole = io.BytesIO(b"")
    whole.write(b"\x89PNG\r\n\x1a\n")
    whole.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    whole.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return whole.getvalue()


def data_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()
