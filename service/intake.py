"""Bodies in: read whole, bounded in size, time and memory, before anything is decoded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar.types import Receive

from adapters.openai.errors import ApiError
from adapters.openai.form import Form, Limits, Parts
from service.budget import ByteBudget
from service.visit import Visit

STALL_SECONDS: Final = 30.0  # between two pieces of an upload
WHOLE_SECONDS: Final = 290.0  # no caller waits longer for its answer (DESIGN 3, two clocks)
# Of a JSON body that does not say its length, so that an endless one stays small in memory. A form
# is read part by part, and has bounds of its own.
UNTOLD_BYTES: Final = 28 * 1024 * 1024
BLOCK_BYTES: Final = 1024 * 1024  # lie together while a body comes: to grow may mean to be copied
FULL_SECONDS: Final = 5.0  # how long an upload waits for memory (DESIGN 3)
_JSON: Final = ("application/json", "text/plain", "text/json")


class ClientLeft(Exception):
    """The caller closed the connection; nobody reads an answer."""


class Intake:
    """Reads bodies. `most`: bytes of one body; `budget`: bytes of all bodies in memory."""

    def __init__(
        self,
        most: int,
        budget: ByteBudget,
        *,
        stall: float = STALL_SECONDS,
        whole: float = WHOLE_SECONDS,
        full: float = FULL_SECONDS,
    ) -> None:
        self._most = most
        self._budget = budget
        self._stall = stall
        self._whole = whole
        self._full = full

    @asynccontextmanager
    async def json_body(self, visit: Visit, receive: Receive) -> AsyncIterator[bytes]:
        """The body of a JSON request, its bytes held against the budget until the block ends.

        Raises ApiError (415, 413, 408, 503 overloaded) and ClientLeft.
        """
        check_json(visit)
        most = self._most if visit.header("content-length") else min(self._most, UNTOLD_BYTES)
        blocks = [bytearray()]
        async with self._counted(visit, receive, most) as pieces:
            async for piece in pieces:
                if len(blocks[-1]) >= BLOCK_BYTES:
                    blocks.append(bytearray())
                blocks[-1] += piece
            body = b"".join(blocks)
            blocks.clear()  # not held twice while the request is in work
            yield body

    @asynccontextmanager
    async def pictures(
        self, visit: Visit, receive: Receive, file_bytes: int, *, json: bool
    ) -> AsyncIterator[Parts | bytes]:
        """The parts of a form, read as they come, or a JSON body where the route takes one.

        `file_bytes`: the most a file of a form may have. As `json_body` for the rest.
        """
        if json and not _is_form(visit):
            async with self.json_body(visit, receive) as body:
                yield body
            return
        form = Form(visit.header("content-type") or "", Limits(file_bytes, self._most))
        async with self._counted(visit, receive, self._most) as pieces:
            async for piece in pieces:
                form.feed(piece)
            yield form.finish()

    @asynccontextmanager
    async def _counted(
        self, visit: Visit, receive: Receive, most: int
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The pieces of a body, their bytes held against the budget until the block ends."""
        _check_encoding(visit)
        announced = self._announced(visit)
        taken = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal taken
            read = 0
            async for piece in self._pieces(receive):
                read += len(piece)
                if read > most:
                    raise _too_large(most)
                if read > taken:
                    await self._take(read - taken, taken)
                    taken = read
                yield piece

        try:
            if announced:
                await self._take(announced, 0)
                taken = announced
            yield counted()
        finally:
            self._budget.give(taken)

    def _announced(self, visit: Visit) -> int:
        text = visit.header("content-length")
        length = int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004  fits 64 bits
        if length > self._most or (text and len(text) >= 19):  # noqa: PLR2004
            raise _too_large(self._most)
        return length

    async def _take(self, count: int, held: int) -> None:
        try:
            async with asyncio.timeout(self._full):
                await self._budget.take(count, held)
        except TimeoutError:
            raise ApiError(
                "overloaded",
                "The gateway is reading as many uploads as it has memory for. Nothing was sent.",
                retry_after=5,
            ) from None

    async def _pieces(self, receive: Receive) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._whole
        more = True
        while more:
            try:
                async with asyncio.timeout_at(min(loop.time() + self._stall, end)):
                    message = await receive()
            except TimeoutError:
                raise ApiError(
                    "request_timeout",
                    f"The body stopped arriving for {self._stall:g} seconds, or came too slowly.",
                ) from None
            if message["type"] == "http.disconnect":
                raise ClientLeft
            yield message.get("body", b"")  # type: ignore[misc]  # an http.request from here on
            more = bool(message.get("more_body"))


def _too_large(most: int) -> ApiError:
    return ApiError(
        "request_too_large",
        f"The body is larger than {most // (1024 * 1024)} MiB, the most this gateway takes.",
    )


def check_json(visit: Visit) -> None:
    """JSON may come with its type, as text, or with none at all (openai-images 1); else 415."""
    declared = (visit.header("content-type") or "").split(";")[0].strip().lower()
    if declared and declared not in _JSON and not declared.endswith("+json"):
        raise ApiError(
            "unsupported_media_type",
            f"This route takes a JSON body (Content-Type: application/json), not {_plain(declared)}.",
        )


def _check_encoding(visit: Visit) -> None:
    """What is packed small may be endless when unpacked, and no SDK packs its bodies."""
    declared = visit.header("content-encoding") or ""
    if declared.lower() not in ("", "identity"):
        raise ApiError(
            "unsupported_media_type",
            f"This gateway takes bodies as they are, not with Content-Encoding: {_plain(declared)}. "
            "Leave the header out and send the body unpacked.",
            param="Content-Encoding",
        )


def _is_form(visit: Visit) -> bool:
    declared = (visit.header("content-type") or "").split(";")[0].strip().lower()
    return declared == "multipart/form-data"


def _plain(text: str) -> str:
    return "".join(c for c in text[:64] if c.isascii() and c.isprintable())
