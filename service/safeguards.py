"""What stands between an order and a store that loses, fills up or falls behind."""

from collections.abc import Callable

import msgspec

from service.recovery import Recovery
from service.replicas import Replicas


def _never() -> bool:
    return False


def _open() -> str:
    return "open"


def _passed(_point: str) -> None:
    """Nobody listens."""


class Safeguards(msgspec.Struct, frozen=True, kw_only=True):
    """None or the default: without it.

    `ledger` says in words for people whether orders are taken.
    `at` hears the name of each point an order passes, before_start, held, sent, submit, answered,
    settled: tests of crashes end the process there.
    """

    recovery: Recovery | None = None
    replicas: Replicas | None = None
    full: Callable[[], bool] = _never
    ledger: Callable[[], str] = _open
    at: Callable[[str], None] = _passed

    async def replicated(self) -> bool:
        """Whether what was just written outlives a failover, as far as that was asked for."""
        return self.replicas is None or await self.replicas.have_it()
