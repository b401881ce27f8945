"""What a call came to, as it is kept for a repeat: sealed, links but never pictures."""

from typing import Final, Literal

import msgspec

from adapters.ideogram.outcome import Delivered, Failed, Outcome, Refused, Unknown
from adapters.translate.plan import Delivery, Warn
from config.catalogue import Speed
from service.order import Order
from service.terms import Terms
from service.ticket import Ticket

Kind = Literal["Delivered", "Refused", "Failed", "Unknown"]
KINDS: Final[dict[Kind, type[Outcome]]] = {
    "Delivered": Delivered,
    "Refused": Refused,
    "Failed": Failed,
    "Unknown": Unknown,
}
_encode: Final = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One call's end, and the facts of its plan that an answer shows.

    `first`: index of its first image in the order.
    """

    first: int
    kind: Kind
    outcome: msgspec.Raw
    speed: Speed | None
    delivery: Delivery
    warnings: tuple[Warn, ...]
    terms: Terms = Terms()

    def came_to(self) -> Outcome:
        return msgspec.json.decode(self.outcome, type=KINDS[self.kind])


_read: Final = msgspec.json.Decoder(Kept).decode


def sealed(order: Order, call: int, first: int, outcome: Outcome) -> bytes:
    """For the books to keep beside the call's end; empty where nobody can ask for it."""
    if order.ticket is None:
        return b""
    kind = next(kind for kind, struct in KINDS.items() if type(outcome) is struct)
    kept = Kept(
        first=first,
        kind=kind,
        outcome=msgspec.Raw(_encode(outcome)),
        speed=order.plan.speed,
        delivery=order.plan.delivery,
        warnings=order.plan.warnings,
        terms=order.held.terms,
    )
    return order.ticket.drawer.seal(_encode(kept), _place(order.id, call))


def unsealed(ticket: Ticket, order: str, call: int, found: bytes) -> Kept | None:
    """None for what is not there, or not this caller's."""
    text = ticket.drawer.unseal(found, _place(order, call))
    if text is not None:
        return _read(text)
    return unsealed(ticket.older, order, call, found) if ticket.older else None


def _place(order: str, call: int) -> str:
    return f"{order}.{call}"
