"""How long the book is kept: a checkpoint a day, and what is old is forgotten behind one."""

from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from adapters.store.client import Store
from service.books import verify
from service.flat import names_under
from service.journal import Journal
from service.keyspace import Keyspace
from service.periods import long_over
from service.scripts import CHECKPOINT, TRIM

_log = structlog.get_logger()
DAY_MS: Final = 24 * 3600 * 1000
LEASE_MS: Final = 10 * 60 * 1000  # of whoever does the day's work
BALANCES: Final = 500  # on one page of a checkpoint
ENTRIES: Final = 10_000  # forgotten in one script: some milliseconds
SHOWN: Final = 20  # differences in the log


class Retention:
    """Writes checkpoints and trims the journal. Raises StoreSilent, StoreRefused."""

    def __init__(self, store: Store, names: Keyspace, *, days: int) -> None:
        self._store = store
        self._names = names
        self._kept_ms = days * DAY_MS

    async def keep(self) -> bool:
        """Do the day's work, unless it is done or another replica does it just now."""
        if not await self._due():
            return False
        leased = await self._store.call("SET", self._names.upkeep, "1", "NX", "PX", LEASE_MS)
        if leased is None:
            return False
        await self._audit()
        await self.checkpoint()
        await self.trim()
        await self.prune()
        return True

    async def checkpoint(self, *, page: int = BALANCES) -> None:
        """Write down what every balance is by the journal, never by the counters: a difference must
        not become the truth. Days and weeks that are long over are left out.
        """
        journal = Journal(self._store, self._names)
        await journal.begin()
        await journal.read_to(b"+")
        today = await self._today()
        kept = {name: sums for name, sums in journal.sums.items() if not long_over(name, today)}
        if not kept:
            return
        rest = sorted(kept.items())
        first: bytes = b""
        while rest:
            some, rest = dict(rest[:page]), rest[page:]
            words = [
                journal.last,
                msgspec.json.encode(some),
                first,
                "more" if rest else "last",
            ]
            keys = [self._names.journal, self._names.checkpoints]
            entry = await self._store.run(CHECKPOINT, keys, words)
            first = first or entry

    async def trim(self, *, at_once: int = ENTRIES) -> int:
        """Forget what is older than it is to be kept, behind a checkpoint; says how many entries."""
        keys = [self._names.journal, self._names.checkpoints]
        forgotten = 0
        while some := int(await self._store.run(TRIM, keys, [self._kept_ms, at_once])):
            forgotten += some
        return forgotten

    async def prune(self) -> int:
        """Forget the balances of days and weeks that are long over, behind a checkpoint that does not
        carry them; says how many. Months and totals stay.
        """
        today = await self._today()
        found = [
            name
            async for name in names_under(self._store, self._names.balance(""))
            if long_over(name, today)
        ]
        for start in range(0, len(found), BALANCES):
            some = found[start : start + BALANCES]
            await self._store.call("DEL", *map(self._names.balance, some))
        return len(found)

    async def _today(self) -> datetime:
        return datetime.fromtimestamp(await self._store.time_ms() // 1000, UTC)

    async def _due(self) -> bool:
        newest = await self._store.call("ZREVRANGE", self._names.checkpoints, 0, 0, "WITHSCORES")
        if newest:
            since = int(newest[1])
        else:
            begun = await self._store.call("XRANGE", self._names.journal, "-", "+", "COUNT", 1)
            if not begun:
                return False
            since = int(begun[0][0].partition(b"-")[0])
        return await self._store.time_ms() - since >= DAY_MS

    async def _audit(self) -> None:
        differences = await verify(self._store, self._names, recent=True)
        for difference in differences[:SHOWN]:
            _log.error("books_differ", difference=str(difference))
        if not differences:
            _log.info("books_equal")
