"""A loopback server that says exactly the bytes a test gives it, and remembers what it was sent."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress


class Line:
    """One connection, seen from the server."""

    def __init__(
        self, server: "RawServer", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self.reader = reader
        self.writer = writer

    async def head(self) -> bytes:
        """Read one request's head."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self._server.heads.append(head)
        return head

    async def request(self) -> None:
        """Read one whole request."""
        head = (await self.head()).lower()
        length = 0
        for line in head.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self._server.bodies.append(await self.reader.readexactly(length))

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    def reset(self) -> None:
        """Hang up with an RST instead of a FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def until_closed(self) -> None:
        """Wait for the client to hang up."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass
        self._server.hung_up.set()


Script = Callable[[Line], Awaitable[None]]


class RawServer:
    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.lines = 0
        self.hung_up = asyncio.Event()
        self.netloc = ""
        self.url = ""


@asynccontextmanager
async def raw_server(
    script: Script, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Runs `script` once per connection, then closes that connection."""
    seen = RawServer()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        seen.lines += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await script(Line(seen, reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=256)
    seen.netloc = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    seen.url = f"{'https' if tls else 'http'}://{seen.netloc}"
    try:
        yield seen
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)


def http(
    body: bytes, *, status: str = "200 OK", length: int | None = None, more: str = ""
) -> bytes:
    """A response; `length` lies about the body when it is given."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\ncontent-length: {size}\r\n{more}\r\n".encode() + body


def reply(words: bytes) -> Script:
    """Read one request, say `words`, close."""

    async def script(line: Line) -> None:
        await line.request()
        await line.say(words)

    return script
