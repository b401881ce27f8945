"""Whoever hears of spend alerts, on loopback: keeps what came, and answers what a script says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

SECONDS: Final = 20.0
HANG: Final = b""  # as an answer: none, until the end of the test


@dataclass
class Told:
    """One request. `headers` by small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`answers`: a status or the bytes of an answer for each of the next requests; 204 after that."""

    answers: list[int | bytes] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    port: int = 0
    pause: float = 0.0  # before an answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alerts"

    @property
    def ids(self) -> list[str]:
        return [told.id for told in self.told]

    async def until(self, count: int) -> list[Told]:
        """Once so many came, no more and no fewer."""
        async with asyncio.timeout(SECONDS):
            while len(self.told) < count:  # noqa: ASYNC110  what comes from another process rings no bell
                await asyncio.sleep(0.01)
        assert len(self.told) == count
        return self.told

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.told.append(Told(first.split()[1], headers, body))
        answer = self.answers.pop(0) if self.answers else 204
        if answer == HANG:
            await asyncio.Event().wait()
        await asyncio.sleep(self.pause)
        if isinstance(answer, int):
            answer = b"HTTP/1.1 %d It is\r\ncontent-length: 0\r\n\r\n" % answer
        writer.write(answer)


@asynccontextmanager
async def serving(
    hear: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server of raw bytes; answers its port. Whoever is on the line at the end is cut off."""
    working: set[asyncio.Task[Any]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        working.add(task)
        try:
            await hear(reader, writer)
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            working.discard(task)

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in working:
            task.cancel()
        if working:
            await asyncio.wait(working, timeout=SECONDS)


@asynccontextmanager
async def receiving(*answers: int | bytes) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(answers))
    async with serving(receiver.hear) as receiver.port:
        yield receiver
