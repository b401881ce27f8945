"""Parsed TOML -> rows: reads each one strictly, names it in every complaint, merges by key."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from config.catalogue import Model, Price, Sizes

R = TypeVar("R", bound="Model | Alias | Price | Sizes")


class Alias(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another name for a model. A trailing `*` stands for any ending."""

    name: str
    model: str


def label(row: "Model | Alias | Price | Sizes") -> str:
    """What a complaint calls a row; also its key, so that an operator's row can replace it."""
    if isinstance(row, Price):
        return _price_label(msgspec.structs.asdict(row))
    # names are found in any case, so they are compared in none
    return f"{type(row).__name__.lower()} {row.name}".lower()


def _price_label(raw: Mapping[str, Any]) -> str:
    names = (raw.get(part) for part in ("upstream", "model", "operation", "speed"))
    shown = " ".join(str(name) for name in names if name is not None)
    return f"price {shown} from {raw.get('effective_from')}"


def parse(source: str, text: str, problems: list[str]) -> dict[str, Any]:
    """The tables of one TOML text; a text that cannot be read is a problem and gives none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        problems.append(f"{source}: not TOML: {err}")
        return {}


def models(raw: object, problems: list[str]) -> list[Model]:
    """`[[model]]` rows. Every reader here adds what is wrong to `problems` and goes on."""
    return _read("model", raw, Model, problems)


def aliases(raw: object, problems: list[str]) -> list[Alias]:
    """`[[alias]]` rows."""
    return _read("alias", raw, Alias, problems)


def sizes(raw: object, problems: list[str]) -> list[Sizes]:
    """`[[sizes]]` rows."""
    return _read("sizes", raw, Sizes, problems)


def prices(raw: object, problems: list[str]) -> list[Price]:
    """`[[price]]` rows, their moments rewritten in UTC so that equal moments are equal text."""
    return _read("price", raw, Price, problems, _in_utc)


def merged(own: Iterable[R], over: Iterable[R]) -> list[R]:
    """Our rows, each replaced by the operator's row of the same key, then the operator's new ones."""
    rows = {label(row): row for row in own}
    rows.update((label(row), row) for row in over)
    return list(rows.values())


def _read(
    kind: str,
    raw: object,
    row_type: type[R],
    problems: list[str],
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> list[R]:
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        problems.append(f"{kind}: must be rows, written [[{kind}]]")
        return []
    found: dict[str, R] = {}
    for item in raw:
        try:
            row = msgspec.convert(prepare(item), row_type)
        except (msgspec.ValidationError, ValueError) as err:
            problems.append(f"{_raw_label(kind, item)}: {plain(err)}")
            continue
        if label(row) in found:
            why = "overlap: two rows from this moment" if kind == "price" else "written twice"
            problems.append(f"{label(row)}: {why}")
        found[label(row)] = row
    return list(found.values())


def _raw_label(kind: str, raw: Mapping[str, Any]) -> str:
    return _price_label(raw) if kind == "price" else f"{kind} {raw.get('name', '(no name)')}"


def plain(err: Exception) -> str:
    """msgspec's "Expected `int`, got `float` - at `$.microusd`", the field first."""
    what, _, where = str(err).replace("`", "").partition(" - at ")
    field = where.removeprefix("$").removeprefix(".")
    return f"{field}: {what}" if field else what


def _in_utc(raw: dict[str, Any]) -> dict[str, Any]:
    moments: dict[str, Any] = {
        key: _utc(key, raw[key]) for key in ("effective_from", "effective_until") if key in raw
    }
    return raw | moments


def _utc(key: str, moment: object) -> str:
    """TOML may hold a moment as text or as a date and time of its own."""
    try:
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        if isinstance(read, datetime) and read.tzinfo is not None:
            return read.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        f"{key}: holds {moment}, must be a moment with its time zone, such as 2026-01-01T00:00:00Z"
    )
