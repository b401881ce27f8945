"""The journal as others read it: one entry after the other, each with all it says."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec

from adapters.store.client import Store
from service.flat import texts
from service.keyspace import Keyspace

PAGE: Final = 500  # entries in one answer of the store
AMOUNTS: Final = ("held", "posted", "parked", "house")  # micro-USD, by which a balance changed
COUNTS: Final = ("images", "billed", "delivered", "withheld")
WORDS: Final = (
    "verb", "order", "call", "period", "day", "project", "key", "model", "operation", "speed",
    "size", "source", "user", "upstream", "reason", "table",
)  # fmt: skip
MARKS: Final = ("assumed", "recovered", "resolved")
COLUMNS: Final = ("id", "at_ms", *WORDS, *AMOUNTS, *COUNTS, "price", *MARKS)


class Entry(msgspec.Struct, frozen=True):
    """One change of the books. `id` is the stream's and never changes; `told` by the names of COLUMNS."""

    id: str
    told: Mapping[str, str]

    @property
    def at_ms(self) -> int:
        """When it was written, by the store's clock."""
        return int(self.id.partition("-")[0])

    def plain(self) -> dict[str, str | int | bool]:
        """By the names of COLUMNS: amounts in micro-USD and counts as numbers, marks as yes or no."""
        whole = {name: int(self.told.get(name) or 0) for name in (*AMOUNTS, *COUNTS, "price")}
        marks = {name: self.told.get(name, "") not in ("", "0") for name in MARKS}
        words = {name: self.told.get(name, "") for name in WORDS}
        return {"id": self.id, "at_ms": self.at_ms, **words, **whole, **marks}


async def entries(
    store: Store, names: Keyspace, *, after: str = "", from_ms: int = 0, until_ms: int = 2**53
) -> AsyncIterator[Entry]:
    """Those written from `from_ms` to before `until_ms`, behind the entry `after`; without
    checkpoints, which change nothing. Raises StoreSilent, StoreRefused.
    """
    start = f"({after}" if after else str(from_ms)
    if after and int(after.partition("-")[0]) < from_ms:
        start = str(from_ms)
    while True:
        found = await store.call("XRANGE", names.journal, start, str(until_ms - 1), "COUNT", PAGE)
        for identity, flat in found:
            told = texts(flat)
            if told["verb"] != "checkpoint":
                yield Entry(identity.decode(), told)
        if len(found) < PAGE:
            return
        start = f"({found[-1][0].decode()}"


async def forgotten(store: Store, names: Keyspace, after: str) -> bool:
    """Whether entries behind `after` may be gone: the journal is kept for some months. Raises
    StoreSilent, StoreRefused.
    """
    found = await store.call("XRANGE", names.journal, "-", "+", "COUNT", 1)
    if not found or _place(after) >= _place(found[0][0].decode()):
        return False
    added, kept = await _ever(store, names)
    return added > kept


async def _ever(store: Store, names: Keyspace) -> tuple[int, int]:
    """How many entries the journal ever had, and how many it has."""
    told = await store.call("XINFO", "STREAM", names.journal)
    told = told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))
    return int(told[b"entries-added"]), int(told[b"length"])


def _place(identity: str) -> tuple[int, int]:
    time, _, number = identity.partition("-")
    return int(time), int(number)
