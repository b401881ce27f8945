"""When keys were last used: written now and then, behind the requests."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from adapters.store.client import Store, StoreRefused, StoreSilent
from service.keyspace import Keyspace
from service.scripts import USED

EVERY_SECONDS: Final = 60.0
MOST: Final = 10_000  # keys remembered; beyond it some are written again


class Uses:
    """Notes uses of keys, each at most once a minute; nobody waits for it, and a silent store only
    makes the note late.
    """

    def __init__(
        self, store: Store, names: Keyspace, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._names = names
        self._now = now
        self._noted: dict[str, float] = {}
        self._writing: set[asyncio.Task[Any]] = set()

    def note(self, key: str) -> None:
        """A request came with this key."""
        now = self._now()
        if self._noted.get(key, -EVERY_SECONDS) > now - EVERY_SECONDS:
            return
        if len(self._noted) >= MOST:
            self._noted.clear()
        self._noted[key] = now
        task = asyncio.create_task(self._write(key))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, key: str) -> None:
        with suppress(StoreSilent, StoreRefused):
            await self._store.run(USED, [self._names.key(key)], [])

    async def drain(self) -> None:
        """Until all is written that was noted."""
        if self._writing:
            await asyncio.wait(self._writing)
