"""Bytes in memory at once: a budget that callers wait for in order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ByteBudget:
    """At most `limit` bytes at once, first come, first served; a lone taker may always proceed."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._line: deque[tuple[int, int, asyncio.Future[None]]] = deque()

    def _fits(self, count: int, held: int) -> bool:
        return self.used <= held or self.used + count <= self.limit

    async def take(self, count: int, held: int = 0) -> None:
        """Wait until `count` bytes are free; cancelling the wait takes nothing. `held`: what the
        taker has of them already, who is alone when nobody else has any.
        """
        if not self._line and self._fits(count, held):
            self.used += count
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append((count, held, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(count)
            else:
                self._line = deque(entry for entry in self._line if entry[2] is not turn)
                self._wake()
            raise

    def give(self, count: int) -> None:
        """Give bytes back and let the next in line in."""
        self.used -= count
        self._wake()

    def _wake(self) -> None:
        while self._line and self._fits(*self._line[0][:2]):
            count, _, turn = self._line.popleft()
            if not turn.done():
                self.used += count
                turn.set_result(None)

    @asynccontextmanager
    async def hold(self, count: int) -> AsyncIterator[None]:
        """`count` bytes for the length of a block."""
        await self.take(count)
        try:
            yield
        finally:
            self.give(count)
