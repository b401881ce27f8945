"""Work that outlives its caller: tasks kept apart, drained at shutdown."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

_log = structlog.get_logger()


class Desk:
    """Tasks in work. They end here even when nobody waits for them.

    Not a task group: one refused call there would cancel a paid sibling.
    """

    def __init__(self) -> None:
        self._open: set[asyncio.Task[Any]] = set()
        self._firm: set[asyncio.Task[Any]] = set()

    def keep(self, work: Coroutine[Any, Any, object], *, firm: bool = False) -> None:
        """Start the work and keep it until it ends. `firm`: it writes the books, and is not cancelled."""
        task = asyncio.create_task(work)
        self._open.add(task)
        if firm:
            self._firm.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._open.discard(task)
        self._firm.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("work_broke", exc_info=task.exception())

    def __len__(self) -> int:
        return len(self._open)

    async def drain(self, seconds: float) -> int:
        """Wait for everything in work, also for what it starts; says how much was left."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._open and loop.time() < end:
            await asyncio.wait(self._open, timeout=end - loop.time())
        return len(self._open)

    async def stop(self, seconds: float = 5.0) -> int:
        """Cancel what is left and give the books time to be written; says what was left even so."""
        for task in self._open - self._firm:
            task.cancel()
        return await self.drain(seconds)
