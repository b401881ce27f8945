"""HTTP as bytes on a socket: what a client library would never send, and answers as they came."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn

from service.protocol import Protocol

SECONDS: Final = 10.0
Headers = Iterable[tuple[str, str]]


@dataclass
class Answer:
    """One answer. `closing`: the server says that it hangs up after it."""

    status: int
    headers: dict[str, str]
    body: bytes
    closing: bool = False
    interim: list[bytes] = field(default_factory=list)  # 1xx lines before it

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The envelope's inside, which has exactly its four keys."""
        found: dict[str, Any] = self.json["error"]
        assert set(found) == {"message", "type", "param", "code"}
        assert self.headers["x-request-id"].startswith("req_")
        assert self.headers["content-type"] == "application/json"
        return found


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, *, head: bool = False, seconds: float = SECONDS) -> Answer:
        """The next answer; `head` when its body stays out. Raises EOFError for a silent hang-up."""
        async with asyncio.timeout(seconds):
            interim = []
            while True:
                top = await self.reader.readuntil(b"\r\n\r\n")
                status_line, *lines = top.decode("latin-1").rstrip().split("\r\n")
                status = int(status_line.split()[1])
                if status >= 200:
                    break
                interim.append(top)
            headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
            body = b"" if head or status == 204 else await self._body(headers)
        return Answer(status, headers, body, headers.get("connection") == "close", interim)

    async def hung_up(self) -> bool:
        """Whether the server ends the connection, in order or not."""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(SECONDS):
                return await self.reader.read() == b""
        return True

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.readexactly(int(headers["content-length"]))
        whole = b""
        while size := int(await self.reader.readline(), 16):
            whole += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return whole


@asynccontextmanager
async def dial(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


def request(
    method: str, target: str, headers: Headers = (), body: bytes | None = None, version: str = "1.1"
) -> bytes:
    """The bytes of a request; a length is added for a body, unless it is said."""
    told = list(headers)
    names = {name.lower() for name, _ in told}
    if "host" not in names:
        told.insert(0, ("host", "gateway.test"))
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        told.append(("content-length", str(len(body))))
    head = f"{method} {target} HTTP/{version}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in told)
    return head.encode("latin-1") + b"\r\n" + (body or b"")


async def ask(
    port: int, method: str, target: str, headers: Headers = (), body: bytes | None = None
) -> Answer:
    """One request on a connection of its own."""
    async with dial(port) as line:
        await line.send(request(method, target, headers, body))
        return await line.answer(head=method == "HEAD")


@asynccontextmanager
async def serving(app: Callable[..., Any], protocol: type = Protocol) -> AsyncIterator[int]:
    """An ASGI application behind the real server in this loop; answers its port.

    Without the server's own loop, which only waits for signals and looks at the clock.
    """
    config = uvicorn.Config(
        app, http=protocol, port=0, lifespan="off", log_config=None, access_log=False, ws="none"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.servers[0].close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        if server.server_state.tasks:
            await asyncio.wait(server.server_state.tasks, timeout=SECONDS)
