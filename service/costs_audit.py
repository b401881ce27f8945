"""Do the costs add up: the buckets of a month against what the journal says was spent in it."""

from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from adapters.store.client import Store
from service.differences import Difference
from service.flat import names_under
from service.journal import COLUMNS, Journal
from service.keyspace import Keyspace, scopes
from service.scripts import BUCKET
from service.usage import Counts

SINCE: Final = (1, 2)  # the layout of books that began to meter
KEPT_DAYS: Final = 1129  # a bucket of a day: three years and a month (lua/usage.lua)

ROWS: Final = 2000  # of buckets in one script

_ROW: Final = msgspec.json.Decoder(list[str])
_COUNTS: Final = msgspec.json.Decoder(Counts)

Sums = dict[str, list[int]]  # by scope: posted, parked, house


async def costs_equal_balances(store: Store, names: Keyspace, month: str) -> list[Difference]:
    """Where the costs of a month are not its balances, of the organisation, a project or a key.

    Raises StoreSilent, StoreRefused.
    """
    journal = Journal(store, names)
    await journal.begin()
    await journal.read_to(b"+")
    return list(await _of_month(store, names, month, journal))


async def costs_differences(
    store: Store, names: Keyspace, journal: Journal, *, recent: bool = False
) -> list[Difference]:
    """The same of every month whose buckets are all there still; `recent`: of those that the journal
    wrote to behind its newest checkpoint. `journal` has been read, and is read on.
    """
    months = set(journal.months)
    if not recent:
        months |= {name.rpartition(":")[2] for name in journal.sums if name.startswith("org")}
        months |= {day[:7] async for day in names_under(store, names.costs(""))}
    found: list[Difference] = []
    for month in sorted(await _whole(store, names, months)):
        found += await _of_month(store, names, month, journal)
    return found


async def begin_metering(store: Store, names: Keyspace) -> None:
    """Books of an older layout are metered from now on, so the first month that can be looked at is
    the next; while replicas are renewed one by one, the old ones do not meter.
    """
    today = datetime.fromtimestamp(await store.time_ms() // 1000, UTC).date()
    soon = today + timedelta(days=1)
    after = (soon.replace(day=1) + timedelta(days=32)).replace(day=1)
    await store.call("SET", names.metered_from, after.isoformat()[:7], "NX")


async def _whole(store: Store, names: Keyspace, months: Collection[str]) -> Iterator[str]:
    """Those that were metered from their first day on, of which no bucket has been forgotten."""
    begun = (await store.call("GET", names.metered_from) or b"").decode()
    today = datetime.fromtimestamp(await store.time_ms() // 1000, UTC).date()
    oldest = (today - timedelta(days=KEPT_DAYS - 1)).isoformat()[:7]  # of which days may be gone
    return (month for month in months if month >= begun and month > oldest)


async def _of_month(
    store: Store, names: Keyspace, month: str, journal: Journal
) -> Iterator[Difference]:
    """Some days at once, as of one entry of the journal: what the journal then says of days that had
    been read is not in their rows, and is left out on both sides.
    """
    counted: Sums = {}
    later: Sums = {}
    seen: set[str] = set()
    for days in await _parted(store, names, month):
        last, *buckets = await store.run(BUCKET, [names.journal, *map(names.costs, days)], [])
        for entry in await journal.entries_to(last):
            if entry.day in seen:
                _add(later, entry.key, entry.project, entry.changes[1:])
        seen.update(days)
        for flat in buckets:
            _count(counted, flat)
    return _compared(month, counted, later, journal.sums)


async def _parted(store: Store, names: Keyspace, month: str) -> list[list[str]]:
    """The days of a month, as many at once as have few rows: a script holds everybody up."""
    days = days_of(month)
    sizes = await store.call_all([("HLEN", names.costs(day)) for day in days])
    parts: list[list[str]] = [[]]
    rows = 0
    for day, size in zip(days, sizes, strict=True):
        if parts[-1] and rows + size > ROWS:
            parts.append([])
            rows = 0
        parts[-1].append(day)
        rows += size
    return parts


def days_of(month: str) -> list[str]:
    """ "2026-11-01", ..."""
    year, number = int(month[:4]), int(month[5:])
    return [date(year, number, day + 1).isoformat() for day in range(monthrange(year, number)[1])]


def _count(sums: Sums, flat: Sequence[bytes]) -> None:
    for row, came in zip(flat[::2], flat[1::2], strict=True):
        project, key, *_ = _ROW.decode(row)
        counts = _COUNTS.decode(came)
        _add(sums, key, project, (counts.microusd, counts.parked_microusd, counts.house_microusd))


def _add(sums: Sums, key: str, project: str, changes: Sequence[int]) -> None:
    for scope in scopes(key=key, project=project):
        old = sums.get(scope, (0, 0, 0))
        sums[scope] = [one + change for one, change in zip(old, changes, strict=True)]


def _compared(
    month: str, counted: Sums, later: Sums, balances: Mapping[str, Sequence[int]]
) -> Iterator[Difference]:
    end = f":{month}"
    known = {name.removesuffix(end) for name in balances if name.endswith(end)}
    for scope in sorted(known | counted.keys()):
        told = balances.get(scope + end, (0, 0, 0, 0))[1:]
        since = later.get(scope, (0, 0, 0))
        rows = counted.get(scope, (0, 0, 0))
        for column, says, after, counter in zip(COLUMNS[1:], told, since, rows, strict=True):
            if says - after != counter:
                yield Difference(
                    scope=f"costs of {scope}",
                    period=month,
                    column=column,
                    journal=says - after,
                    counter=counter,
                )
