"""Bodies sent piece by piece, and what reads them where no gateway stands behind."""

import asyncio
from collections.abc import Callable, Iterable, Sized
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final

from litestar.types import Receive, Scope, Send

from adapters.openai.errors import ApiError
from service.intake import ClientLeft
from service.outbox import Answer as Reply
from service.outbox import send_answer, send_error
from service.visit import Visit, visit_of
from tests.service.wire import Answer, Line

CHUNKED: Final = ("transfer-encoding", "chunked")


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


async def poured(
    line: Line, pieces: Iterable[bytes], *, pause: float = 0.001
) -> tuple[Answer, int]:
    """The answer, and how many bytes went out until it came. `pause`: seconds after each piece, or a
    reset would overtake the answer.
    """
    sent = 0
    answering = asyncio.create_task(line.answer())
    with suppress(ConnectionResetError, BrokenPipeError):
        for piece in pieces:
            await line.send(piece)
            sent += len(piece)
            await asyncio.sleep(pause)
            if answering.done():
                break
    return await answering, sent


class Reading:
    """An application that reads a body, says how long it was, and keeps what else happened."""

    def __init__(
        self, read: Callable[[Visit, Receive], AbstractAsyncContextManager[Sized]]
    ) -> None:
        self._read = read
        self.left = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._read(visit_of(scope), receive) as body:
                await send_answer(send, Reply(chunks=[str(len(body)).encode()]))
        except ClientLeft:
            self.left.set()
        except ApiError as refusal:
            await send_error(send, refusal)
