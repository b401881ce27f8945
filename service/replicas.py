"""Does it outlive a failover: the store's replicas have what was written (IDEOGATE_STORE_REPLICAS)."""

import asyncio
from typing import Final

import structlog

from adapters.store.client import Store, StoreRefused, StoreSilent

_log = structlog.get_logger()
WAIT_MS: Final = 100


class Replicas:
    """Asks for acknowledgements, one question at a time for all who wait: WAIT holds up the
    connection that everybody shares.
    """

    def __init__(self, store: Store, wanted: int) -> None:
        self._store = store
        self._wanted = wanted
        self._asking = asyncio.Lock()
        self._next: asyncio.Task[int] | None = None

    async def have_it(self) -> bool:
        """Whether what this caller has just written is acknowledged. Call it right after the answer:
        WAIT speaks of one connection. A silent store has acknowledged nothing.
        """
        if not self._wanted:
            return True
        written_on = self._store.connections
        if self._next is None:
            self._next = asyncio.create_task(self._ask())
        acknowledged = await asyncio.shield(self._next)
        if acknowledged >= self._wanted and self._store.connections == written_on:
            return True
        _log.error("replicas_missing", acknowledged=acknowledged, wanted=self._wanted)
        return False

    async def _ask(self) -> int:
        async with self._asking:
            self._next = None  # who writes from here on needs the next answer
            try:
                return int(await self._store.call("WAIT", self._wanted, WAIT_MS))
            except (StoreSilent, StoreRefused):
                return 0
