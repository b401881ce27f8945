"""The book, read: sums of every balance up to any entry, from the newest checkpoint on."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from adapters.store.client import Store
from service.keyspace import Keyspace, balances_of

COLUMNS: Final = ("held", "posted", "parked", "house")
PAGE: Final = 500  # entries in one answer
_BALANCES: Final = msgspec.json.Decoder(dict[str, list[int]])


class Entry(msgspec.Struct, frozen=True):
    """One change of balances; of a correction that belongs to no day, the first of its month.

    `changes`: what each of COLUMNS grows by, micro-USD.
    """

    day: str
    key: str
    project: str
    changes: tuple[int, ...]


class Journal:
    """The sums of the journal up to `last`, by balance ("SCOPE:PERIOD").

    `months`: those that entries behind the newest checkpoint belong to.
    """

    def __init__(self, store: Store, names: Keyspace, page: int = PAGE) -> None:
        self._store = store
        self._names = names
        self._page = page
        self.last = b"0-0"
        self.sums: dict[str, list[int]] = {}
        self.months: set[str] = set()

    async def begin(self) -> None:
        """Take the sums of the newest checkpoint; without one the first entry is the beginning."""
        newest = await self._store.call("ZREVRANGE", self._names.checkpoints, 0, 0)
        if not newest:
            return
        as_of, first, last = newest[0].split()
        start = first
        while True:
            page = await self._page_from(start, last)
            for identity, fields in page:
                start = b"(" + identity
                entry = _entry(fields)
                if entry[b"verb"] == b"checkpoint" and entry[b"as_of"] == as_of:
                    self.sums |= _BALANCES.decode(entry[b"balances"])
            if len(page) < self._page:
                self.last = as_of
                return

    async def read_to(self, end: bytes) -> None:
        """Go on to an entry, page by page; "+" is the last one."""
        async for _ in self._on_to(end):
            pass

    async def entries_to(self, end: bytes) -> list[Entry]:
        """The same; says what it has read."""
        return [entry async for entry in self._on_to(end)]

    async def _on_to(self, end: bytes) -> AsyncIterator[Entry]:
        while True:
            page = await self._page_from(b"(" + self.last, end)
            for identity, fields in page:
                self.last = identity
                entry = self._add(_entry(fields))
                if entry is not None:
                    yield entry
            if len(page) < self._page:
                return

    async def _page_from(self, start: bytes, end: bytes) -> Any:
        return await self._store.call(
            "XRANGE", self._names.journal, start, end, "COUNT", self._page
        )

    def _add(self, entry: dict[bytes, bytes]) -> Entry | None:
        if entry[b"verb"] == b"checkpoint":  # says again what is summed already
            return None
        changes = tuple(int(entry[column.encode()]) for column in COLUMNS)
        day = (entry.get(b"day") or entry[b"period"]).decode()
        key, project = entry[b"key"].decode(), entry[b"project"].decode()
        for balance in balances_of(key=key, project=project, day=day):
            sums = self.sums.setdefault(balance, [0, 0, 0, 0])
            sums[:] = (old + change for old, change in zip(sums, changes, strict=True))
        self.months.add(day[:7])
        return Entry(day if day[7:] else f"{day}-01", key, project, changes)


def _entry(fields: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(fields[::2], fields[1::2], strict=True))
