"""Bodies in: read whole, bounded in size, time and memory, before anything is decoded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar.types import Receive

from adapters.openai.errors import ApiError
from service.budget import ByteBudget
from service.visit import Visit

STALL_SECONDS: Final = 30.0  # between two pieces of an upload
FULL_SECONDS: Final = 5.0  # how long an upload waits for memory (DESIGN 3)
DRAIN_BYTES: Final = 1024 * 1024
DRAIN_SECONDS: Final = 2.0
_JSON: Final = ("application/json", "text/plain", "text/json")


class ClientLeft(Exception):
    """The caller closed the connection; nobody reads an answer."""


class Intake:
    """Reads bodies. `most`: bytes of one body; `budget`: bytes of all bodies in memory."""

    def __init__(self, most: int, budget: ByteBudget, *, stall: float = STALL_SECONDS) -> None:
        self._most = most
        self._budget = budget
        self._stall = stall

    @asynccontextmanager
    async def json_body(self, visit: Visit, receive: Receive) -> AsyncIterator[bytes]:
        """The body of a JSON request, its bytes held against the budget until the block ends.

        Raises ApiError (415, 413, 408, 503 overloaded) and ClientLeft.
        """
        check_json(visit)
        announced = self._announced(visit)
        taken = 0
        try:
            if announced:
                await self._take(announced)
                taken = announced
            body = bytearray()
            async for piece in self._pieces(receive):
                if len(body) + len(piece) > self._most:
                    raise self._too_large()
                short = len(body) + len(piece) - taken
                if short > 0:
                    await self._take(short)
                    taken += short
                body += piece
            yield bytes(body)
        finally:
            self._budget.give(taken)

    def _announced(self, visit: Visit) -> int:
        text = visit.header("content-length")
        length = int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004  fits 64 bits
        if length > self._most or (text and len(text) >= 19):  # noqa: PLR2004
            raise self._too_large()
        return length

    def _too_large(self) -> ApiError:
        return ApiError(
            "request_too_large",
            f"The body is larger than {self._most // (1024 * 1024)} MiB, the most this gateway takes.",
        )

    async def _take(self, count: int) -> None:
        try:
            async with asyncio.timeout(FULL_SECONDS):
                await self._budget.take(count)
        except TimeoutError:
            raise ApiError(
                "overloaded",
                "The gateway is reading as many uploads as it has memory for. Nothing was sent.",
                retry_after=5,
            ) from None

    async def _pieces(self, receive: Receive) -> AsyncIterator[bytes]:
        more = True
        while more:
            try:
                async with asyncio.timeout(self._stall):
                    message = await receive()
            except TimeoutError:
                raise ApiError(
                    "request_timeout",
                    f"The body stopped arriving for {self._stall:g} seconds.",
                ) from None
            if message["type"] == "http.disconnect":
                raise ClientLeft
            yield message.get("body", b"")  # type: ignore[misc]  # an http.request from here on
            more = bool(message.get("more_body"))


def check_json(visit: Visit) -> None:
    """JSON may come with its type, as text, or with none at all (openai-images 1); else 415."""
    declared = (visit.header("content-type") or "").split(";")[0].strip().lower()
    if declared and declared not in _JSON and not declared.endswith("+json"):
        raise ApiError(
            "unsupported_media_type",
            f"This route takes a JSON body (Content-Type: application/json), not {_plain(declared)}.",
        )


def _plain(text: str) -> str:
    return "".join(c for c in text[:64] if c.isascii() and c.isprintable())


async def drain(visit: Visit, receive: Receive) -> None:
    """Read on after a refusal so that the caller gets to read it: at most 1 MiB, at most 2 s.

    A caller that waits for `100 Continue` has sent nothing and is told nothing.
    """
    if visit.header("expect") is not None:
        return
    if not (visit.header("content-length") or visit.header("transfer-encoding")):
        return
    read = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while read <= DRAIN_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                read += len(message.get("body", b""))
    except TimeoutError:
        return
