"""What tells a repeat from a new order: the caller's own words, made fit for the store."""

from collections.abc import Sequence
from typing import Final

import msgspec

from adapters.openai.errors import ApiError
from service.ids import order_id
from service.vault import Drawer
from service.visit import Visit

LONGEST: Final = 255  # characters of an idempotency key, as other payment APIs have it
_COUNT_DIGITS: Final = 9


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One request's. `name`: of its idempotency key in the store, empty without one.

    `token` names a retry that may claim an order, and is empty for everything else.
    """

    drawer: Drawer
    print: str
    name: str
    token: str
    older: "Ticket | None" = None  # the same request's, under the pepper before

    @property
    def word(self) -> str:
        """As the start script takes it (lua/replay.lua): what the request may be a repeat of."""
        word = f"{self.name},{self.print},{self.token}"
        return word if self.older is None else f"{word};{self.older.word}"

    @property
    def own_word(self) -> str:
        """The same of an order that is held: it is found so, and no repeat itself."""
        return f"{self.name},{self.print},"

    @property
    def prints(self) -> list[str]:
        """The fingerprint under each pepper, the current one first."""
        return [self.print, *(self.older.prints if self.older else ())]


def ticket_of(visit: Visit, drawers: Sequence[Drawer], digest: bytes) -> Ticket:
    """`drawers`: under each pepper, the current one first. Raises ApiError for an idempotency key
    that is none.
    """
    text = visit.header("idempotency-key") or ""
    if len(text) > LONGEST or not (text.isascii() and text.isprintable()):
        raise ApiError(
            "invalid_value",
            f"The header Idempotency-Key takes at most {LONGEST} printable ASCII characters.",
            param="Idempotency-Key",
        )
    token = order_id() if not text and _retries(visit) > 0 else ""
    ticket = None
    for drawer in reversed(drawers):
        ticket = Ticket(
            drawer=drawer,
            print=drawer.printed(digest),
            name=drawer.named(text) if text else "",
            token=token,
            older=ticket,
        )
    assert ticket is not None  # noqa: S101  there is always a current pepper
    return ticket


def _retries(visit: Visit) -> int:
    """How often an OpenAI SDK has sent this before (openai-images 7a)."""
    text = visit.header("x-stainless-retry-count") or ""
    plain = text.isascii() and text.isdigit() and len(text) <= _COUNT_DIGITS
    return int(text) if plain else 0
