"""A TCP link between client and store that can be slow, silent or cut."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress


class Link:
    """Delays what the store answers by `delay` seconds; cut() ends all connections."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._open: set[asyncio.Task[None]] = set()
        self.delay = 0.0
        self.silent = False  # answers are swallowed
        self.url = ""

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, back}
        ways = (self._carry(reader, back, answers=False), self._carry(there, writer, answers=True))
        try:
            await asyncio.gather(*ways)
        finally:
            self._writers -= {writer, back}

    async def end(self) -> None:
        await asyncio.sleep(0.02)  # a refused TLS handshake is still closing
        self.cut()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(1 << 16):
                if answers:
                    await asyncio.sleep(self.delay)
                    if self.silent:
                        continue
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def link_to(port: int, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Link]:
    link = Link(port)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0, ssl=tls)
    link.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield link
        finally:
            await link.end()


@asynccontextmanager
async def impostor(answer: Callable[[bytes], bytes]) -> AsyncIterator[str]:
    """A server that is no store, or a strange one; gives its URL."""
    over: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over.extend(filter(None, [asyncio.current_task()]))
        with suppress(OSError):
            while asked := await reader.read(1000):
                writer.write(answer(asked))
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*over)
    await asyncio.sleep(0)
