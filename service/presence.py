"""Whether the caller is still on the line while its answer is made."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from litestar.types import Receive

from service.intake import ClientLeft


class Presence:
    """`gone` is true from the moment the connection ended; also after a complete answer."""

    def __init__(self, leaving: asyncio.Task[None]) -> None:
        self._leaving = leaving

    @property
    def gone(self) -> bool:
        return self._leaving.done()

    async def meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it while somebody is there. Raises ClientLeft, the work cancelled."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._leaving}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        finally:
            task.cancel()
        await asyncio.wait({task})
        raise ClientLeft


@asynccontextmanager
async def present(receive: Receive) -> AsyncIterator[Presence]:
    """From here on `receive` is read here and nowhere else: the body has been."""

    async def until_left() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    leaving = asyncio.create_task(until_left())
    try:
        yield Presence(leaving)
    finally:
        leaving.cancel()
