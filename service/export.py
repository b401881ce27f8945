"""The journal as a file: one line an entry, with ids that never change."""

import csv
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TextIO

import msgspec

from adapters.store.client import Store
from service.entries import COLUMNS, Entry, entries
from service.keyspace import Keyspace

Format = Literal["csv", "jsonl"]
CURSOR: Final = re.compile(r"[0-9]{1,15}-[0-9]{1,19}", re.ASCII)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


class Exported(msgspec.Struct, frozen=True):
    """How many entries were written, and the last one's id: the next export goes on behind it."""

    count: int
    last: str


def cell(value: str | int | bool) -> str:
    """As a spreadsheet takes it: numbers as they are, no text that it would reckon with."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    harmless = isinstance(value, int) or _NUMBER.fullmatch(text) or not text.startswith(_FORMULA)
    return text if harmless else f"'{text}"


@contextmanager
def whole_file(path: Path, *, replace: bool) -> Iterator[TextIO]:
    """A file that is there with all of it or not at all, readable by its owner alone.

    Raises FileExistsError unless it may `replace` one.
    """
    if not replace and path.exists():
        raise FileExistsError(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: behind one, and written in this time."""

    after: str = ""
    from_ms: int = 0
    until_ms: int = 2**53


async def export(
    store: Store,
    names: Keyspace,
    out: TextIO,
    form: Format,
    part: Part,
    tick: Callable[[Entry], None],
) -> Exported:
    """Write every entry; `tick` hears of each. Raises StoreSilent, StoreRefused, OSError."""
    write = _writer(out, form)
    count, last = 0, part.after
    found = entries(store, names, after=part.after, from_ms=part.from_ms, until_ms=part.until_ms)
    async for entry in found:
        write(entry.plain())
        tick(entry)
        count, last = count + 1, entry.id
    return Exported(count, last)


def _writer(out: TextIO, form: Format) -> Callable[[dict[str, Any]], None]:
    if form == "csv":
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        return lambda told: rows.writerow([cell(told[name]) for name in COLUMNS])
    encode = msgspec.json.Encoder().encode
    return lambda told: print(encode(told).decode(), file=out)
