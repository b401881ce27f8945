"""Do the books add up: every balance, summed from the journal, against its counter."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from adapters.store.client import Store
from service.keyspace import Keyspace, scopes
from service.scripts import BALANCES

COLUMNS: Final = ("held", "posted", "parked", "house")
PAGE: Final = 500  # journal entries in one answer
AT_ONCE: Final = 200  # balances in one snapshot


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A counter that is not what the journal says; for places, not what the places add up to."""

    scope: str  # "organization", "project:ID", "key:ID", "account:ID"
    period: str  # "2026-11"; "" for places
    column: str
    journal: int
    counter: int

    def __str__(self) -> str:
        where = f"{self.scope} {self.period}".strip()
        return f"{where} {self.column}: counted {self.counter}, the journal says {self.journal}"


class _Journal:
    """The sums of the journal up to `last`, by balance ("SCOPE:MONTH")."""

    def __init__(self, store: Store, names: Keyspace, page: int) -> None:
        self._store = store
        self._names = names
        self._page = page
        self.last = b"0-0"
        self.sums: dict[str, list[int]] = {}

    async def read_to(self, end: bytes) -> None:
        """Go on to an entry, page by page; "+" is the last one."""
        while True:
            page: list[Any] = await self._store.call(
                "XRANGE", self._names.journal, b"(" + self.last, end, "COUNT", self._page
            )
            for identity, fields in page:
                self.last = identity
                self._add(fields)
            if len(page) < self._page:
                return

    def _add(self, fields: Sequence[bytes]) -> None:
        entry = dict(zip(fields[::2], fields[1::2], strict=True))
        changes = [int(entry[column.encode()]) for column in COLUMNS]
        for scope in scopes(key=entry[b"key"].decode(), project=entry[b"project"].decode()):
            sums = self.sums.setdefault(f"{scope}:{entry[b'period'].decode()}", [0, 0, 0, 0])
            sums[:] = (old + change for old, change in zip(sums, changes, strict=True))


async def verify(
    store: Store, names: Keyspace, *, page: int = PAGE, at_once: int = AT_ONCE
) -> list[Difference]:
    """Every difference, none when the books are right; also while orders are in work.

    Counters are read in snapshots that name the journal's last entry, and compared with the sums
    up to exactly that entry. Raises StoreSilent, StoreRefused.
    """
    journal = _Journal(store, names, page)
    await journal.read_to(b"+")
    counted = {name async for name in _names(store, names.balance(""))}
    balances = sorted(counted | set(journal.sums))
    accounts = sorted([name async for name in _names(store, names.account(""))])
    found: list[Difference] = []
    for start in range(0, len(balances), at_once):
        chunk = balances[start : start + at_once]
        last, *counters = await _snapshot(store, names, chunk, ())
        await journal.read_to(last)
        found += _differences(chunk, journal, counters)
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
    balances: Sequence[str], journal: _Journal, counters: Sequence[Sequence[int]]
) -> Iterator[Difference]:
    for balance, counts in zip(balances, counters, strict=True):
        sums = journal.sums.get(balance, [0, 0, 0, 0])
        scope, _, period = balance.rpartition(":")
        for column, total, count in zip(COLUMNS, sums, counts, strict=True):
            if total != count:
                yield Difference(
                    scope=scope, period=period, column=column, journal=total, counter=count
                )


async def _names(store: Store, root: str) -> Any:
    """The names of all keys that begin so, without their root."""
    cursor = b"0"
    while True:
        cursor, keys = await store.call("SCAN", cursor, "MATCH", f"{_plain(root)}*", "COUNT", 1000)
        for key in keys:
            yield key.decode().removeprefix(root)
        if cursor == b"0":
            return


def _plain(root: str) -> str:
    """For a pattern: nothing in it stands for anything else."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^" else letter for letter in root)
