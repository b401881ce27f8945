"""The journal never goes backwards: what a store has lost of it stops new orders, on every gateway."""

from typing import Final

import msgspec
import structlog

from adapters.store.client import Store
from service.ids import order_id
from service.keyspace import Keyspace
from service.ledger import PROOF_SECONDS
from service.scripts import WATCH
from service.seen import Seen

_log = structlog.get_logger()
LEAST_MS: Final = 2_500  # two looks of every other gateway: each may have missed something else


class Loss(msgspec.Struct, frozen=True):
    """Entries behind `left`, up to `seen` or later, are gone. `proven`: none is older than what the
    gateways can tell again.
    """

    left: str
    seen: str
    proven: bool

    def __str__(self) -> str:
        until = "it is told again" if self.proven else "an operator accepts it (`ledger accept`)"
        return (
            f"frozen: the store has lost the journal from {self.left} to {self.seen}; no order is "
            f"taken until {until}"
        )


class Freeze:
    """This gateway's part in it. Methods raise StoreSilent, StoreRefused. `loss`: as of the last look."""

    def __init__(
        self, store: Store, names: Keyspace, seen: Seen, *, least_ms: int = LEAST_MS
    ) -> None:
        self.loss: Loss | None = None
        self._store = store
        self._names = names
        self._seen = seen
        self._least_ms = least_ms
        self._gateway = order_id()

    async def look(self) -> bool:
        """Whether entries are gone that were seen from here: then tell the ends, and say `told`."""
        last, lost, left, seen, proven = await self._store.run(
            WATCH,
            [self._names.journal, self._names.frozen],
            [
                self._gateway,
                self._seen.newest,
                self._seen.oldest,
                round(PROOF_SECONDS * 1000),
                self._least_ms,
            ],
        )
        self._take(Loss(left.decode(), seen.decode(), bool(proven)) if left else None)
        if not lost:
            self._seen.note(last.decode())
        return bool(lost)

    async def told(self) -> None:
        """All that this gateway knows is in the books again."""
        await self._store.call("HDEL", self._names.frozen, f"missed:{self._gateway}")
        self._seen.begin_anew()
        await self.look()

    def _take(self, loss: Loss | None) -> None:
        before, self.loss = self.loss, loss
        if loss is not None and before is None:
            _log.error(
                "ledger_frozen", journal_left=loss.left, journal_seen=loss.seen, proven=loss.proven
            )
        elif loss is None and before is not None:
            _log.warning("ledger_open_again")
