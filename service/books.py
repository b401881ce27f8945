"""Do the books add up: every balance, summed from the journal, against its counter, and the costs."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from adapters.store.client import Store
from service.costs_audit import costs_differences
from service.differences import Difference
from service.flat import names_under
from service.journal import COLUMNS, PAGE, Journal
from service.keyspace import Keyspace
from service.periods import long_over
from service.scripts import BALANCES

AT_ONCE: Final = 200  # balances in one snapshot


async def verify(
    store: Store,
    names: Keyspace,
    *,
    page: int = PAGE,
    at_once: int = AT_ONCE,
    recent: bool = False,
) -> list[Difference]:
    """Every difference, none when the books are right; also while orders are in work. Balances of days
    and weeks that are long over do not count: retention.py forgets them.

    From the newest checkpoint on, which says what the journal came to, not the counters.
    Counters are read in snapshots that name the journal's last entry, and compared with the sums
    up to exactly that entry. So are the costs of each month; with `recent` of those that something
    was written to behind that checkpoint. Raises StoreSilent, StoreRefused.
    """
    journal = Journal(store, names, page)
    await journal.begin()
    await journal.read_to(b"+")
    counted = {name async for name in names_under(store, names.balance(""))}
    today = datetime.fromtimestamp(await store.time_ms() // 1000, UTC)
    balances = sorted(name for name in counted | set(journal.sums) if not long_over(name, today))
    accounts = sorted([name async for name in names_under(store, names.account(""))])
    found: list[Difference] = []
    for start in range(0, len(balances), at_once):
        chunk = balances[start : start + at_once]
        last, *counters = await _snapshot(store, names, chunk, ())
        await journal.read_to(last)
        found += _differences(chunk, journal, counters)
    found += await costs_differences(store, names, journal, recent=recent)
    _, *places = await _snapshot(store, names, (), accounts)
    return found + [
        Difference(
            scope=f"account:{account}", period="", column="used", journal=taken, counter=used
        )
        for account, (taken, used) in zip(accounts, places, strict=True)
        if taken != used
    ]


async def _snapshot(
    store: Store, names: Keyspace, balances: Sequence[str], accounts: Sequence[str]
) -> Any:
    keys = [names.journal, *map(names.balance, balances)]
    for account in accounts:
        keys += names.places(account), names.account(account)
    last, *rows = await store.run(BALANCES, keys, [len(balances)])
    return last, *[[int(count) for count in row] for row in rows]


def _differences(
    balances: Sequence[str], journal: Journal, counters: Sequence[Sequence[int]]
) -> Iterator[Difference]:
    for balance, counts in zip(balances, counters, strict=True):
        sums = journal.sums.get(balance, [0, 0, 0, 0])
        scope, _, period = balance.rpartition(":")
        for column, total, count in zip(COLUMNS, sums, counts, strict=True):
            if total != count:
                yield Difference(
                    scope=scope, period=period, column=column, journal=total, counter=count
                )
