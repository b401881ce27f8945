"""A month's statement: what each project owes, as files that add up, and what vouches for them."""

import csv
import hashlib
import io
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from adapters.store.client import Store
from config.money import MicroUSD, usd
from service.books import verify
from service.entries import entries, forgotten
from service.export import cell, whole_file
from service.key_records import KeyRecords
from service.keyspace import Keyspace
from service.projects import Project, Projects
from service.usage import Counts, Dimension, Group, Metering, line_item, total

GROUPS: Final[tuple[Dimension, ...]] = ("project_id", "api_key_id", "model", "speed", "operation")
SUMS: Final = (
    "images_billed", "images_delivered", "images_withheld", "microusd", "usd", "parked_microusd",
    "house_microusd", "assumed_microusd",
)  # fmt: skip
ROW: Final = ("project_id", "project", "tags", "key_id", "key", *GROUPS[2:], "line_item", *SUMS)
TOTAL: Final = ("project_id", "project", "tags", *SUMS)
MANIFEST: Final = "manifest.json"
WHOLE: Final = "total.csv"
LONGEST: Final = 200  # letters of an id in a file's name, which may have 255
_MADE: Final = msgspec.json.Decoder(dict[str, Any])


class AnotherMonth(Exception):
    """The folder has the statement of another month, whose files would stay among this one's."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. `differences` of the books, as `ledger verify` says them; none: equal."""

    files: tuple[str, ...]
    microusd: MicroUSD
    differences: tuple[str, ...]


def bounds(month: str) -> tuple[int, int]:
    """Of "2026-11", Unix seconds: its first, and the first of the next one, UTC."""
    year, number = int(month[:4]), int(month[5:])
    first = datetime(year, number, 1, tzinfo=UTC)
    return int(first.timestamp()), int(first.timestamp()) + monthrange(year, number)[1] * 86_400


class Statements:
    """Every method raises StoreSilent, StoreRefused."""

    def __init__(self, store: Store, names: Keyspace, records: KeyRecords) -> None:
        self._store = store
        self._names = names
        self._records = records
        self._projects = Projects(store, names)

    async def write(self, month: str, folder: Path, *, replace: bool) -> Statement:
        """One file for each project that owes something, one for all, and what vouches for them.

        Raises AnotherMonth and, unless it may `replace` them, FileExistsError (nothing was written
        then), OSError.
        """
        _check_month(folder, month)
        rows = await self._rows(month)
        projects = await self._named(rows)
        keys = await self._keys(rows)
        tables = {_file_of(one): _of_project(one, rows, keys) for one in projects}
        tables[WHOLE] = _of_all(projects, rows)
        told = await self._vouched(month, tables)
        texts = {**tables, MANIFEST: msgspec.json.format(msgspec.json.encode(told)).decode() + "\n"}
        _write(folder, texts, replace=replace)
        sums = total([Counts(), *rows.values()])
        return Statement(
            files=tuple(texts), microusd=MicroUSD(sums.microusd), differences=tuple(told["verify"])
        )

    async def _rows(self, month: str) -> Mapping[Group, Counts]:
        """What the month came to, by GROUPS."""
        buckets = await Metering(self._store, self._names).costs(*bounds(month), group_by=GROUPS)
        found: dict[Group, list[Counts]] = {}
        for bucket in buckets:
            for group, counts in bucket.groups.items():
                found.setdefault(group, []).append(counts)
        return {group: total(some) for group, some in sorted(found.items())}

    async def _named(self, rows: Mapping[Group, Counts]) -> list[Project]:
        """The projects in them, gone ones too; what is of none has one without an id."""
        ids = sorted({group[0] for group in rows})
        known = {one.id: one for one in await self._projects.some([name for name in ids if name])}
        return [known.get(name, Project(id=name, name="", created=0)) for name in ids]

    async def _keys(self, rows: Mapping[Group, Counts]) -> Mapping[str, str]:
        ids = sorted({group[1] for group in rows} - {""})
        return {record.id: record.name for record in await self._records.some(ids)}

    async def _vouched(self, month: str, tables: Mapping[str, str]) -> dict[str, Any]:
        start, end = bounds(month)
        ids: list[str] = []
        prices: set[str] = set()
        async for entry in entries(self._store, self._names, from_ms=start * 1000):
            if entry.told.get("period") == month:
                ids = [ids[0] if ids else entry.id, entry.id]
                prices |= {entry.told.get("table", "")}
        whole = not await forgotten(self._store, self._names, f"{start * 1000}-0")
        now = await self._store.time_ms()
        found = await verify(self._store, self._names)
        return {
            "month": month,
            "zone": "UTC",
            "made_at": datetime.fromtimestamp(now // 1000, UTC).isoformat(),
            "over": end * 1000 <= now,  # a month that is not over goes on growing
            # Of a month long over the beginning may be forgotten; what it came to is kept longer.
            "journal": {"first": ids[0], "last": ids[1], "whole": whole} if ids else None,
            "price_tables": sorted(prices - {""}),
            "verify": [str(one) for one in found],
            "sha256": {n: hashlib.sha256(t.encode()).hexdigest() for n, t in tables.items()},
        }


def _check_month(folder: Path, month: str) -> None:
    try:
        made = _MADE.decode((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError, UnicodeDecodeError):
        return
    if made.get("month") != month:
        raise AnotherMonth(f"{folder} has a statement of another month; each takes its own folder.")


def _file_of(project: Project) -> str:
    """A name of a file whatever the id: corrections may name a project that there never was."""
    if not project.id:
        return "no-project.csv"
    name = quote(project.id, safe="")
    if len(name) > LONGEST:
        name = hashlib.sha256(project.id.encode()).hexdigest()
    return f"project-{name}.csv"


def _write(folder: Path, texts: Mapping[str, str], *, replace: bool) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = [name for name in texts if (folder / name).exists()]
    if there and not replace:
        raise FileExistsError(folder / there[0])
    for name, text in texts.items():
        with whole_file(folder / name, replace=replace) as file:
            file.write(text)


def _of_project(project: Project, rows: Mapping[Group, Counts], keys: Mapping[str, str]) -> str:
    lines = []
    for group, counts in rows.items():
        owner, key, model, speed, operation = group
        if owner == project.id:
            item = line_item(model, speed, operation)
            lines.append([*_who(project), key, keys.get(key, ""), *group[2:], item, *_sums(counts)])
    return _table(ROW, [*lines, _last(ROW, [c for g, c in rows.items() if g[0] == project.id])])


def _of_all(projects: Sequence[Project], rows: Mapping[Group, Counts]) -> str:
    lines = [
        [*_who(one), *_sums(total([c for group, c in rows.items() if group[0] == one.id]))]
        for one in projects
    ]
    return _table(TOTAL, [*lines, _last(TOTAL, list(rows.values()))])


def _who(project: Project) -> list[str]:
    tags = " ".join(f"{name}={value}" for name, value in sorted(project.tags.items()))
    return [project.id, project.name, tags]


def _last(columns: Sequence[str], some: Sequence[Counts]) -> list[str | int]:
    sums = _sums(total([Counts(), *some]))
    return ["total", *[""] * (len(columns) - len(sums) - 1), *sums]


def _sums(counts: Counts) -> list[str | int]:
    return [
        counts.billed,
        counts.delivered,
        counts.withheld,
        counts.microusd,
        usd(MicroUSD(counts.microusd)),
        counts.parked_microusd,
        counts.house_microusd,
        counts.assumed_microusd,
    ]


def _table(columns: Sequence[str], lines: Sequence[Sequence[str | int]]) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows([cell(value) for value in line] for line in lines)
    return out.getvalue()
