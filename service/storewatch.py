"""The store watched from here: is it another server, did it lose entries, is it nearly full."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from adapters.store.client import Store, StoreRefused, StoreSilent
from adapters.store.facts import StoreFacts
from service.freeze import LEAST_MS, Freeze
from service.ledger import Ledger
from service.recovery import Recovery

_log = structlog.get_logger()
LOOK_SECONDS: Final = 1.0
EVERY: Final = 5  # looks until it is asked again though the connection is the same
ALARM_PERCENT: Final = 80
FULL_PERCENT: Final = 95


class StoreWatch:
    """`full`: no order may be begun; ends are written all the same."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        recovery: Recovery,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        least_ms: int = LEAST_MS,
    ) -> None:
        self.full = False
        self._freeze = Freeze(store, ledger.names, ledger.seen, least_ms=least_ms)
        self._store = store
        self._ledger = ledger
        self._recovery = recovery
        self._sleep = sleep
        self._server = _server(store.facts)
        self._connections = -1
        self._looks = 0
        self._level = 0

    @property
    def ledger(self) -> str:
        """For people."""
        loss = self._freeze.loss
        return "open" if loss is None else str(loss)

    async def look(self) -> None:
        """Ask for the journal's end, and for more when there is reason to. Raises StoreSilent,
        StoreRefused.
        """
        self._looks += 1
        lost = await self._freeze.look()
        connections = self._store.connections
        if not lost and connections == self._connections and self._looks % EVERY:
            return
        facts = await self._store.ask_facts()
        self._weigh(facts)
        server = _server(facts)
        if lost or server != self._server:
            again = await self._recovery.replay(self._ledger)
            _log.warning("store_changed", server=facts.run_id, settled_again=again)
        if lost:
            await self._freeze.told()
        self._server, self._connections = server, connections

    async def keep_looking(self) -> None:
        """Without an end; a silent store is asked again."""
        while True:
            await self._sleep(LOOK_SECONDS)
            try:
                await self.look()
            except (StoreSilent, StoreRefused):
                self._connections = -1
            except Exception:  # noqa: BLE001  one broken look must not be the last
                _log.exception("store_watch_broke")

    def _weigh(self, facts: StoreFacts) -> None:
        percent = facts.memory_used * 100 // facts.memory_limit if facts.memory_limit else 0
        self.full = percent >= FULL_PERCENT
        level = (percent >= ALARM_PERCENT) + self.full
        if level > self._level:
            _log.error(
                "store_memory",
                percent=percent,
                used=facts.memory_used,
                limit=facts.memory_limit,
                full=self.full,
            )
        self._level = level


def _server(facts: StoreFacts) -> tuple[str, str]:
    return facts.run_id, facts.replication
