"""Places and orders in work: their leases are renewed while this replica lives."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from adapters.store.client import StoreRefused, StoreSilent
from service.ledger import BEAT_SECONDS, Ledger

_log = structlog.get_logger()


class Slots:
    """What this replica has in work, by account."""

    def __init__(
        self, ledger: Ledger, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._ledger = ledger
        self._sleep = sleep
        self._accounts: dict[str, str] = {}
        self._places: dict[str, dict[int, int]] = {}

    def hold(self, order: str, account: str, calls: Sequence[int]) -> None:
        """An order is in work; `calls` are the images of its first calls."""
        self._accounts[order] = account
        self._places[order] = dict(enumerate(calls))

    def take(self, order: str, call: int, images: int) -> None:
        """A further call of it has its places; before the call that brought them is given back."""
        self._places[order][call] = images

    def give(self, order: str, call: int) -> None:
        """A call is settled; with its last one the order is no longer in work."""
        places = self._places.get(order, {})
        places.pop(call, None)
        if not places:
            self._places.pop(order, None)
            self._accounts.pop(order, None)

    def members(self) -> dict[str, list[str]]:
        """What is to be renewed, by account: orders and places, as the store names them."""
        found: dict[str, list[str]] = {}
        for order, account in self._accounts.items():
            calls = self._places[order].items()
            found.setdefault(account, []).extend(
                [order, *(f"{order}.{call}:{images}" for call, images in calls)]
            )
        return found

    async def beat(self) -> None:
        """Renew every lease once; a silent store is tried again with the next beat."""
        for account, members in self.members().items():
            try:
                await self._ledger.beat(account, members)
            except (StoreSilent, StoreRefused) as silence:
                _log.warning("beat_missed", account=account, reason=str(silence))

    async def keep_beating(self) -> None:
        """Without an end: without a beat every place would be given away under a paid call."""
        while True:
            await self._sleep(BEAT_SECONDS)
            try:
                await self.beat()
            except Exception:  # noqa: BLE001  one broken beat must not be the last
                _log.exception("beat_broke")
