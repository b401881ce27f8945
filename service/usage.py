"""Usage and costs, read from the buckets that the ledger's scripts fill (lua/usage.lua).

A bucket is a hash: its field a row's dimensions, a JSON list of texts; its value what the row came to,
a JSON list of whole numbers. A row counts in the bucket of its order's hold, whenever its call ended.
Everything is UTC.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, Literal, cast

import msgspec

from adapters.store.client import Store
from service.keyspace import Keyspace

Width = Literal["minute", "hour", "day"]
Dimension = Literal[
    "project_id",
    "api_key_id",
    "model",
    "operation",
    "speed",
    "size",
    "source",
    "user_id",
    "line_item",
]
Where = Mapping[Dimension, Collection[str]]  # of each dimension, which values; all must fit

SECONDS: Final[Mapping[Width, int]] = {"minute": 60, "hour": 3600, "day": 86_400}
ADJUSTMENT: Final = "adjustment"  # the operation, and line item, of a correction
SOLD: Final[tuple[Dimension, ...]] = ("project_id", "api_key_id", "model", "operation", "speed")
ROWS: Final = 10_000  # in one answer of the store, which others wait for meanwhile

_MODEL, _OPERATION, _SPEED = 2, 3, 4  # where they stand in a row


class Counts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What some rows came to, as it is kept, in this order. Images and micro-USD.

    `microusd`: posted to the customer. `billed` by the supplier: `delivered`, `withheld`, and what
    came beyond what was asked. `requests`: orders, each in the row of its first call that was
    posted or parked. `assumed_microusd`: of `microusd`, at prices that nobody published.
    """

    microusd: int = 0
    billed: int = 0
    delivered: int = 0
    withheld: int = 0
    parked_microusd: int = 0
    house_microusd: int = 0
    requests: int = 0
    assumed_microusd: int = 0


Group = tuple[str, ...]  # a value of each dimension that was asked for; "" where there is none
_COUNTS: Final = msgspec.json.Decoder(list[Counts])
_COLUMNS: Final = tuple(map(attrgetter, Counts.__struct_fields__))
_ROW: Final = msgspec.json.Decoder(list[str])


class Bucket(msgspec.Struct, frozen=True):
    """`start` inclusive, `end` exclusive, Unix seconds; `groups` by their values, in no order."""

    start: int
    end: int
    groups: Mapping[Group, Counts]


class Metering:
    """Every method raises StoreSilent, StoreRefused."""

    def __init__(self, store: Store, names: Keyspace) -> None:
        self._store = store
        self._names = names

    async def usage(
        self,
        start: int,
        end: int,
        width: Width = "day",
        *,
        where: Where | None = None,
        group_by: Sequence[Dimension] = (),
    ) -> list[Bucket]:
        """What was drawn: the buckets of `spans`, empty ones too. Corrections are in costs alone."""
        starts = spans(start, end, width)
        keys = [self._names.usage(width, one) for one in starts]
        rows = _Sorting((*SOLD, "size", "source", "user_id"), where or {}, group_by)
        return await self._buckets(starts, width, keys, rows)

    async def costs(
        self,
        start: int,
        end: int,
        *,
        where: Where | None = None,
        group_by: Sequence[Dimension] = (),
    ) -> list[Bucket]:
        """What is owed, by day, corrections included: the sums of a month are its balances.

        By user it is made of the days' usage, and corrections are of no user.
        """
        starts, where = spans(start, end, "day"), where or {}
        keys = [self._names.costs(day_of(one)) for one in starts]
        if "user_id" not in {*where, *group_by}:
            return await self._buckets(starts, "day", keys, _Sorting(SOLD, where, group_by))
        drawn = await self.usage(start, end, where=where, group_by=group_by)
        corrections = _Sorting(SOLD, where, group_by, only=ADJUSTMENT)
        rest = await self._buckets(starts, "day", keys, corrections)
        return [_both(*pair) for pair in zip(drawn, rest, strict=True)]

    async def _buckets(
        self, starts: Sequence[int], width: Width, keys: Sequence[str], rows: "_Sorting"
    ) -> list[Bucket]:
        groups = {key: rows.grouped(flat) async for key, flat in self._read(keys)}
        return [
            Bucket(start, start + SECONDS[width], groups.get(key, {}))
            for start, key in zip(starts, keys, strict=True)
        ]

    async def _read(self, keys: Sequence[str]) -> AsyncIterator[tuple[str, Sequence[bytes]]]:
        """Every bucket that has rows, fields and values in turn; some at once, while they are few."""
        sizes = await self._store.call_all([("HLEN", key) for key in keys])
        some: list[str] = []
        rows = 0
        for key, size in zip(keys, sizes, strict=True):
            if size > ROWS:
                yield key, await self._long(key)
            elif size:
                if rows + size > ROWS:
                    for pair in await self._short(some):
                        yield pair
                    some, rows = [], 0
                some.append(key)
                rows += size
        for pair in await self._short(some):
            yield pair

    async def _short(self, keys: Sequence[str]) -> Iterable[tuple[str, Sequence[bytes]]]:
        found = await self._store.call_all([("HGETALL", key) for key in keys])
        return zip(keys, found, strict=True)

    async def _long(self, key: str) -> Sequence[bytes]:
        """In several answers; a row that comes twice counts once."""
        found: dict[bytes, bytes] = {}
        cursor = b"0"
        while True:
            cursor, flat = await self._store.call("HSCAN", key, cursor, "COUNT", ROWS // 2)
            found |= zip(flat[::2], flat[1::2], strict=True)
            if cursor == b"0":
                return [part for pair in found.items() for part in pair]


class _Sorting(dict[bytes, Group | None]):
    """Which group a row belongs to, by its field; None: it is not asked for. Each is read once."""

    def __init__(
        self,
        dimensions: Sequence[Dimension],
        where: Where,
        group_by: Sequence[Dimension],
        *,
        only: str = "",
    ) -> None:
        super().__init__()
        self._dimensions = dimensions
        self._where = where
        self._group_by = group_by
        self._only = only
        self._assumed: set[bytes] = set()

    def __missing__(self, field: bytes) -> Group | None:
        values = _ROW.decode(field)
        if values[-1]:
            self._assumed.add(field)
        row: dict[Dimension, str] = dict(zip(self._dimensions, values, strict=False))
        row["line_item"] = line_item(values[_MODEL], values[_SPEED], values[_OPERATION])
        fits = all(row.get(name, "") in some for name, some in self._where.items())
        asked = fits and (not self._only or row["operation"] == self._only)
        group = tuple(row.get(name, "") for name in self._group_by) if asked else None
        self[field] = group
        return group

    def grouped(self, flat: Sequence[bytes]) -> dict[Group, Counts]:
        """The rows of one bucket, fields and values in turn, summed."""
        fields = flat[::2]
        rows = _COUNTS.decode(b"[" + b",".join(flat[1::2]) + b"]")
        groups = [self[field] for field in fields]
        if self._assumed:
            pairs = zip(fields, rows, strict=True)
            rows = [_assumed(row) if field in self._assumed else row for field, row in pairs]
        alone = dict(zip(groups, rows, strict=True))
        if len(alone) < len(rows):
            return _summed(groups, rows)
        alone.pop(None, None)
        return cast("dict[Group, Counts]", alone)


def spans(start: int, end: int, width: Width) -> list[int]:
    """Where the buckets begin that hold the time from `start` to before `end`: the first of them
    may begin before it. Unix seconds.
    """
    seconds = SECONDS[width]
    return list(range(start - start % seconds, end, seconds)) if start < end else []


def day_of(start: int) -> str:
    """ "2026-11-22" """
    return datetime.fromtimestamp(start, UTC).date().isoformat()


def line_item(model: str, speed: str, operation: str) -> str:
    """ "ideogram-v3, TURBO, generate"; without a speed, "ideogram-v2, generate"; "adjustment"."""
    return ", ".join(word for word in (model, speed, operation) if word)


def total(rows: Sequence[Counts]) -> Counts:
    if len(rows) == 1:
        return rows[0]
    return Counts(*(sum(map(column, rows)) for column in _COLUMNS))


def _summed(groups: Sequence[Group | None], rows: Sequence[Counts]) -> dict[Group, Counts]:
    gathered: dict[Group, list[Counts]] = {}
    for group, row in zip(groups, rows, strict=True):
        if group is not None:
            gathered.setdefault(group, []).append(row)
    return {group: total(some) for group, some in gathered.items()}


def _assumed(row: Counts) -> Counts:
    return msgspec.structs.replace(row, assumed_microusd=row.microusd)


def _both(drawn: Bucket, rest: Bucket) -> Bucket:
    groups: dict[Group, Any] = {}
    for group in {*drawn.groups, *rest.groups}:
        groups[group] = total(
            [bucket.groups[group] for bucket in (drawn, rest) if group in bucket.groups]
        )
    return Bucket(drawn.start, drawn.end, groups)
