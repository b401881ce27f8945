"""Ends in the books: written at once, or as soon as the store is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
import structlog

from adapters.store.client import StoreRefused, StoreSilent
from service.desk import Desk
from service.ledger import STATES, Folio, Ledger, Leg, Settled
from service.recovery import Origin, Recovery
from service.slots import Slots

_log = structlog.get_logger()
T = TypeVar("T")
SILENT: Final = (StoreSilent, StoreRefused)
LATER_FIRST: Final = 0.2  # seconds until a settle is sent again
LATER_MOST: Final = 5.0


class Settling:
    """Every end is written sooner or later: each verb is safe to repeat by its id."""

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        slots: Slots,
        *,
        recovery: Recovery | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._slots = slots
        self._recovery = recovery
        self._sleep = sleep

    async def settle(self, folio: Folio, leg: Leg, origin: Origin | None = None) -> Settled | None:
        """Settle now. None: the store is silent and the books follow, or it has lost the call and
        there is no `origin` to book it from.
        """
        try:
            settled = await self._write(folio, leg, origin)
        except SILENT:
            self._later(folio, leg, origin)
            return None
        except asyncio.CancelledError:
            self._later(folio, leg, origin)
            raise
        if settled is not None and settled.next_call is not None:
            self._slots.take(folio.order, settled.next_call, settled.next_images)
        self._slots.give(folio.order, leg.call)
        _report(folio, leg, settled, origin)
        return settled

    def drop(self, folio: Folio) -> None:
        """Take back an order whose start was not answered, as soon as the store is there."""
        self._desk.keep(self._drop(folio), firm=True)

    async def _drop(self, folio: Folio) -> None:
        await self._surely(lambda: self._ledger.drop(folio))
        if self._recovery is not None:
            self._recovery.remember_drop(folio)

    async def _write(self, folio: Folio, leg: Leg, origin: Origin | None) -> Settled | None:
        """Into the books, and into the ring that outlives a store that loses them."""
        settled = await self._ledger.settle(folio, leg)
        if self._recovery is not None and origin is not None:
            if settled is None:
                settled = await self._recovery.recover(folio, leg, origin)
            self._recovery.remember(folio, leg, origin)
        return settled

    def _later(self, folio: Folio, leg: Leg, origin: Origin | None) -> None:
        """Whoever waited has been answered by then, so the rest of the order is not drawn."""
        last = msgspec.structs.replace(leg, stop=True)
        self._desk.keep(self._settle_late(folio, last, origin), firm=True)

    async def _settle_late(self, folio: Folio, leg: Leg, origin: Origin | None) -> None:
        settled = await self._surely(lambda: self._write(folio, leg, origin))
        self._slots.give(folio.order, leg.call)
        _report(folio, leg, settled, origin)
        if settled is not None and settled.next_call is not None:
            # the silent settle had been applied, and granted a turn
            unsent = Leg(
                call=settled.next_call,
                verb="void",
                upstream=leg.upstream,
                reason="store_was_silent",
                stop=True,
            )
            await self._surely(lambda: self._ledger.settle(folio, unsent))

    async def _surely(self, verb: Callable[[], Awaitable[T]]) -> T:
        pause = LATER_FIRST
        while True:
            try:
                return await verb()
            except SILENT:
                await self._sleep(pause)
                pause = min(pause * 2, LATER_MOST)


def _report(folio: Folio, leg: Leg, settled: Settled | None, origin: Origin | None) -> None:
    """What an operator has to look into."""
    seen = {"order": folio.order, "call": leg.call, "verb": leg.verb}
    if settled is None:
        _log.error("call_lost_by_store", **seen)
    elif settled.state != STATES[leg.verb]:
        _log.error("call_had_ended", **seen, state=settled.state)
    elif settled.house and (origin is None or leg.billed > origin.images):  # not what was withheld
        _log.error("billed_above_hold", **seen, house_microusd=settled.house)
