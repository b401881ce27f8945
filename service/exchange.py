"""One request and its answer on the wire: signed, and closed in order when a body stays unread."""

import asyncio
from collections.abc import Iterable
from typing import Final, cast

from litestar.types import HTTPReceiveMessage, Message, Receive, Send

from service.visit import Visit

DRAIN_BYTES: Final = 1024 * 1024
DRAIN_SECONDS: Final = 2.0


class Exchange:
    """Wraps `receive` and `send` of one visit. `extra`: headers of every answer.

    An answer that goes out while the body is still coming ends the connection: what follows on it
    is not a request. The answer comes first; then a little of the body is read, since closing on
    unread bytes would reset the connection and take the answer with it.
    """

    def __init__(
        self, visit: Visit, receive: Receive, send: Send, extra: Iterable[tuple[str, str]]
    ) -> None:
        self.status = 0  # of the answer, once it has begun
        self._visit = visit
        self._receive = receive
        self._send = send
        self._extra = [(name.encode(), value.encode()) for name, value in extra]
        self._closing = False

    async def receive(self) -> HTTPReceiveMessage:
        message = cast("HTTPReceiveMessage", await self._receive())  # websockets are not served
        if message["type"] == "http.request" and not message.get("more_body"):
            self._visit.unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._closing = self._visit.unread
            message["headers"] = [*message["headers"], *self._signature()]
        elif self._closing and message["type"] == "http.response.body":
            last = not message.get("more_body")
            message["more_body"] = True
            if last:
                await self._send(message)
                await self._drain()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _signature(self) -> list[tuple[bytes, bytes]]:
        visit = self._visit
        took = round((asyncio.get_running_loop().time() - visit.began) * 1000)
        headers = [
            (b"x-request-id", visit.request_id.encode()),
            (b"openai-processing-ms", str(took).encode()),
            (b"openai-version", b"2020-10-01"),
            *self._extra,
            *((name.encode(), value.encode()) for name, value in visit.rates),
        ]
        if visit.client_request_id:
            headers.append((b"x-client-request-id", visit.client_request_id.encode()))
        if self._closing:
            headers.append((b"connection", b"close"))
        return headers

    async def _drain(self) -> None:
        """At most 1 MiB, at most 2 s. Who waits for `100 Continue` has sent nothing."""
        if self._visit.header("expect") is not None:
            return
        read = 0
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while read <= DRAIN_BYTES:
                    message = await self._receive()
                    if message["type"] != "http.request" or not message.get("more_body"):
                        return
                    read += len(message.get("body", b""))
        except TimeoutError:
            return
