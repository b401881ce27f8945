"""An order that another request placed, here or elsewhere, as the books tell it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Outcome, Refused, Unknown
from adapters.store.client import Store
from adapters.translate.plan import Plan
from config.money import MicroUSD
from service.kept import Kept, unsealed
from service.keyspace import Keyspace
from service.ledger import Folio, Held, Verb
from service.order import Ended, Order
from service.scripts import LOOK
from service.settling import SILENT
from service.ticket import Ticket

LOOK_FIRST: Final = 0.1  # seconds between two looks, doubled up to a second
LOOK_MOST: Final = 1.0
NEVER_SENT: Final = Refused(reason="unreachable", message="it was not sent")
LOST: Final = Unknown(message="the gateway that sent it has not kept its answer")
VERBS: Final[dict[bytes, Verb]] = {b"POSTED": "post", b"PARKED": "park"}
NOTHING_HELD: Final = Held(
    unit=MicroUSD(0), period="", hold=MicroUSD(0), prices={}, lead_prices={}, calls=()
)


class Told(msgspec.Struct, frozen=True):
    """One call that has ended, as the books tell it."""

    call: int
    images: int
    state: bytes
    amount: MicroUSD
    sealed: bytes


class Joining:
    """Follows orders by looking into the store again and again; `sleep` is the wait between."""

    def __init__(
        self,
        store: Store,
        names: Keyspace,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._names = names
        self._sleep = sleep

    def order(self, folio: Folio, plan: Plan, supplier: Ideogram, ticket: Ticket) -> Order:
        """The order as it will be told; `follow` fills it. `plan` is that of the repeat."""
        joined = Order(folio, plan, NOTHING_HELD, supplier, ticket=ticket)
        joined.joined = "key" if ticket.name else "claim"
        return joined

    async def follow(self, order: Order) -> None:
        """Tell every end of a call as it comes, until the order is over."""
        known: set[int] = set()
        pause = LOOK_FIRST
        while True:
            try:
                over, calls = await self._look(order.id)
            except SILENT:
                over, calls = False, ()
            for told in calls:
                if told.call not in known:
                    known.add(told.call)
                    order.end(_ended(order, told))
            if over:
                break
            await self._sleep(pause)
            pause = min(pause * 2, LOOK_MOST)
        if not order.ended:  # taken back before anything was sent
            order.end(_end(0, 0, order.plan.images, NEVER_SENT))
        order.finish()

    async def _look(self, order: str) -> tuple[bool, Sequence[Told]]:
        found: list[Any] = await self._store.run(
            LOOK, [self._names.order(order), self._names.result(order)], []
        )
        words = found[1:]
        calls = [
            Told(
                int(words[at]),
                int(words[at + 1]),
                words[at + 2],
                MicroUSD(int(words[at + 3])),
                words[at + 4],
            )
            for at in range(0, len(words), 5)
        ]
        return found[0] != b"running", calls


def _ended(order: Order, told: Told) -> Ended:
    """What was kept of a call; what is left to say of one of which nothing was."""
    assert order.ticket is not None  # noqa: S101  a joined order has the ticket of who joined
    kept = unsealed(order.ticket, order.id, told.call, told.sealed)
    verb = VERBS.get(told.state, "void")
    if kept is None or (told.state != b"POSTED" and kept.kind == "Delivered"):
        first = sum(e.images for e in order.ended if not order.leads(e.call))
        unsent = told.state == b"VOIDED"
        outcome: Outcome = NEVER_SENT if unsent else LOST
        return _end(told.call, first, told.images, outcome, verb, told.amount)
    _recall(order, kept)
    return _end(told.call, kept.first, told.images, kept.came_to(), verb, told.amount)


def _recall(order: Order, kept: Kept) -> None:
    """The plan shows what it showed then, whatever was configured since."""
    order.plan = msgspec.structs.replace(
        order.plan, speed=kept.speed, delivery=kept.delivery, warnings=kept.warnings
    )
    order.held = msgspec.structs.replace(order.held, terms=kept.terms)


def _end(
    call: int,
    first: int,
    images: int,
    outcome: Outcome,
    verb: Verb = "void",
    amount: MicroUSD = NOTHING_HELD.hold,
) -> Ended:
    return Ended(call=call, first=first, images=images, outcome=outcome, verb=verb, amount=amount)
