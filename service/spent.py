"""What was spent so far, as limits count it. Amounts in micro-USD, periods UTC."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from adapters.store.client import Store
from config.money import MicroUSD
from service.keyspace import Keyspace
from service.periods import TOTAL, periods_of

Interval = Literal["day", "week", "month", "total"]


class Spent(NamedTuple):
    """One balance. `so_far` is posted or parked; held comes on top of it while orders run."""

    so_far: MicroUSD
    held: MicroUSD

    def fills(self, limit: MicroUSD) -> bool:
        """Whether nothing more fits, as a start sees it (lua/limits.lua)."""
        return self.so_far + self.held >= limit


def periods_at(now: int) -> Mapping[Interval, str]:
    """The names of the periods that a moment, in Unix seconds, lies in (periods.py)."""
    month, _, week, day = periods_of(datetime.fromtimestamp(now, UTC).date().isoformat())
    return {"day": day, "week": week, "month": month, "total": TOTAL}


async def spent(store: Store, names: Keyspace, balances: Sequence[str]) -> list[Spent]:
    """Of each balance, "SCOPE:PERIOD", what it holds now; nothing where there is none.

    Raises StoreSilent, StoreRefused.
    """
    asked = [("HMGET", names.balance(one), "posted", "parked", "held") for one in balances]
    rows = [[int(text or 0) for text in row] for row in await store.call_all(asked)]
    return [Spent(MicroUSD(posted + parked), MicroUSD(held)) for posted, parked, held in rows]
