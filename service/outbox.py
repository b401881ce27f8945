"""Answers out: status, headers and chunks over ASGI."""

from collections.abc import Iterable, Sequence

import msgspec
from litestar.types import Send

from adapters.openai.errors import ApiError, envelope
from service.faults import error_headers

Headers = Sequence[tuple[str, str]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A complete answer; the chunks are sent as they are, in order."""

    chunks: Sequence[bytes]
    headers: Headers = ()
    status: int = 200
    media_type: str = "application/json"


async def start(send: Send, status: int, headers: Iterable[tuple[str, str]]) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def piece(send: Send, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def send_answer(send: Send, answer: Answer) -> None:
    """Send all of it, with its length, so that keep-alive goes on."""
    length = sum(len(chunk) for chunk in answer.chunks)
    fixed = [("content-type", answer.media_type), ("content-length", str(length))]
    await start(send, answer.status, [*fixed, *answer.headers])
    last = len(answer.chunks) - 1
    for index, chunk in enumerate(answer.chunks):
        await piece(send, chunk, more=index < last)


async def send_error(send: Send, error: ApiError) -> None:
    """The envelope, whether or not the body was read: the exchange knows what to do then."""
    body = envelope(error)
    headers = [*error_headers(error), ("content-length", str(len(body)))]
    await start(send, error.shape.status, headers)
    await piece(send, body, more=False)
