"""The end of a process: what was sent is finished, or parked when there is no time for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog
import uvicorn

from service.desk import Desk
from service.health import State

_log = structlog.get_logger()
GRACE_SECONDS: Final = 330.0  # preStop and the upstream's 275 s, and a settle (DESIGN 3, Health)
PARK_SECONDS: Final = 5.0  # for the store to take what is parked
ANSWER_SECONDS: Final = 1.0  # for callers to be told, so that they do not send it again


class Shutdown:
    """The first signal finishes what is in work, the second parks it, and so does the time."""

    def __init__(self, server: uvicorn.Server, state: State, desk: Desk) -> None:
        self._server = server
        self._state = state
        self._desk = desk
        self._first = asyncio.Event()
        self._second = asyncio.Event()

    def signalled(self) -> None:
        """A SIGTERM or SIGINT came."""
        if self._state.draining:
            self._second.set()
            return
        self._state.draining = True  # ready turns red; no order is begun any more
        self._server.should_exit = True
        self._first.set()
        _log.info("draining", work=len(self._desk))

    async def after(self, serve: Coroutine[Any, Any, None]) -> None:
        """Run `serve` until it is asked to end, then bring its work to an end."""
        serving = asyncio.create_task(serve)
        asked = asyncio.create_task(self._first.wait())
        await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            asked.cancel()
            await serving  # it broke; say how
        calm = asyncio.create_task(self._in_peace(serving))
        hurry = asyncio.create_task(self._second.wait())
        await asyncio.wait(
            {calm, hurry}, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        calm.cancel()
        hurry.cancel()
        await self._park()
        await asyncio.wait({serving}, timeout=ANSWER_SECONDS)
        self._server.force_exit = True
        await asyncio.wait({serving}, timeout=ANSWER_SECONDS)

    async def _in_peace(self, serving: "asyncio.Task[None]") -> None:
        await asyncio.wait({serving})
        await self._desk.drain(GRACE_SECONDS)

    async def _park(self) -> None:
        left = len(self._desk)
        if left:
            await self._desk.stop()
            await self._desk.drain(PARK_SECONDS)
            _log.warning("parked_at_exit", work=left)
