"""What is wrong with rows: every function yields one line a fault, naming the row."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby, pairwise
from typing import Final

from config.catalogue import NATIVE_FIELDS, Model, Price, Sizes, moment_ms, product
from config.rows import Alias, label

DEAREST: Final = 1_000_000_000  # 1,000 USD a picture: whatever is above is a slip of the pen
RATIO_SLACK: Final = 0.01  # the widest true one: 768x1232 for 10:16 is 0.26 % off (upstream 2.4)

_PIXELS: Final = re.compile(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}")
_RATIO: Final = re.compile(r"[1-9][0-9]?x[1-9][0-9]?")


def of_prices(prices: Sequence[Price]) -> Iterator[str]:
    """Amounts out of range; gaps and overlaps in time; a product counted in two ways."""
    for row in prices:
        if not 0 < row.microusd <= DEAREST:
            yield (
                f"{label(row)}: microusd holds {row.microusd}, "
                f"must be a whole number from 1 to {DEAREST}"
            )
    ordered = sorted(prices, key=lambda row: (_order(row), moment_ms(row.effective_from)))
    for _, rows in groupby(ordered, key=_order):
        yield from _of_steps(list(rows))


def _order(row: Price) -> tuple[str, ...]:
    return tuple(str(part) for part in product(row))


def _of_steps(rows: list[Price]) -> Iterator[str]:
    for row, after in pairwise(rows):
        if row.unit != after.unit:
            yield f"{label(after)}: counts {after.unit}, the row before it counts {row.unit}"
        until = moment_ms(row.effective_until) if row.effective_until else None
        start = moment_ms(after.effective_from)
        if until is not None and until < start:
            yield f"{label(row)}: gap: ends {row.effective_until}, next {after.effective_from}"
        if until is not None and until > start:
            yield f"{label(row)}: overlap: ends {row.effective_until}, next {after.effective_from}"
    for row in rows:
        if row.effective_until and moment_ms(row.effective_until) <= moment_ms(row.effective_from):
            yield f"{label(row)}: ends {row.effective_until}, before it begins"
    if rows[-1].effective_until:
        yield f"{label(rows[-1])}: gap: ends {rows[-1].effective_until} and no row follows"


def of_sizes(sizes: Collection[Sizes]) -> Iterator[str]:
    """Sizes not written as pixels, listed twice, or beside a ratio that they do not have."""
    for row in sizes:
        for size, times in Counter(row.resolutions).items():
            if not _PIXELS.fullmatch(size):
                yield f"{label(row)}: resolution {size} is not written 1024x768"
            if times > 1:
                yield f"{label(row)}: resolution {size} is listed {times} times"
        for ratio, pixels in row.ratios.items():
            wrong = _ratio_fault(ratio, pixels)
            if wrong:
                yield f"{label(row)}: ratio {ratio}: {wrong}"


def _ratio_fault(ratio: str, pixels: str) -> str:
    if not _RATIO.fullmatch(ratio):
        return "is not written 16x9"
    if not _PIXELS.fullmatch(pixels):
        return f"{pixels} is not written 1024x768"
    if abs(_quotient(pixels) / _quotient(ratio) - 1) > RATIO_SLACK:
        return f"{pixels} has another ratio"
    return ""


def _quotient(pair: str) -> float:
    width, height = pair.split("x")
    return int(width) / int(height)


def of_models(models: Collection[Model], sizes: Collection[str]) -> Iterator[str]:
    """Rows that name a size list, a field or a speed that is not there."""
    for row in models:
        if row.sizes not in sizes:
            yield f"{label(row)}: no size list is called {row.sizes}"
        if not row.operations:
            yield f"{label(row)}: offers no operation"
        for field in row.fields:
            if field not in NATIVE_FIELDS:
                yield f"{label(row)}: no field is called {field}{near(field, NATIVE_FIELDS)}"
        if (row.family == "v3") != bool(row.speeds):
            yield f"{label(row)}: a v3 row needs speeds, a legacy row has none"
        if row.speed is not None and row.speeds != (row.speed,):
            yield f"{label(row)}: the speed is fixed, so speeds must be [{row.speed!r}]"


def of_aliases(aliases: Collection[Alias], models: Collection[Model]) -> Iterator[str]:
    """Aliases that lead nowhere, hide a row, or are patterns of an unknown kind."""
    names = {row.name.lower() for row in models}
    for row in aliases:
        if row.name.lower() in names:
            yield f"{label(row)}: a model has that name"
        if row.model.lower() not in names:
            yield f"{label(row)}: no model is called {row.model}{near(row.model, names)}"
        if not row.name.removesuffix("*") or "*" in row.name.removesuffix("*"):
            yield f"{label(row)}: a pattern has one *, at the end of a name"


def of_unpriced(
    models: Collection[Model], prices: Sequence[Price], tables: Collection[str]
) -> Iterator[str]:
    """Sold speeds that nobody prices, and holes in the tables of the upstreams in use.

    An operation that those tables leave out altogether is another upstream's: it is not offered,
    which a request is told. FLASH may be missing anywhere; then it is refused by the request.
    """
    everywhere = {product(row)[1:] for row in prices}
    here = {product(row)[1:] for row in prices if not tables or row.upstream in tables}
    for model in models:
        for operation in model.operations:
            wanted = sold_at(model, operation)
            some_here = any(part in here for part in wanted)
            for part in wanted:
                speed = f" at {part[2]}" if part[2] else ""
                if part not in everywhere:
                    yield f"{label(model)}: {operation}{speed} has no price in any table"
                elif some_here and part not in here:
                    yield f"{label(model)}: {operation}{speed} has no price in {_list(tables)}"


def of_tables(prices: Collection[Price], tables: Collection[str]) -> Iterator[str]:
    """Price tables that an upstream names and nobody wrote."""
    written = {row.upstream for row in prices}
    for table in sorted(set(tables) - written):
        yield f"price table {table} has no row{near(table, written)}"


def sold_at(model: Model, operation: str) -> list[tuple[str, str, str | None]]:
    """Model, operation, speed of everything a row sells of an operation, FLASH aside."""
    speeds: tuple[str | None, ...] = model.speeds or (None,)
    return [(model.upstream_model, operation, speed) for speed in speeds if speed != "FLASH"]


def of_default(
    default: Model | None, asked: str, prices: Sequence[Price], tables: Collection[str]
) -> Iterator[str]:
    """A default model that is no model, or that no upstream in use prices."""
    if default is None:
        yield f"default_model: no model is called {asked}"
        return
    here = {product(row)[1:] for row in prices if not tables or row.upstream in tables}
    wanted = sold_at(default, "generate")
    if "generate" not in default.operations or not any(part in here for part in wanted):
        yield f"default_model: {asked} cannot generate at a price in {_list(tables) or 'any table'}"


def of_own_prices(
    own: Collection[Price],
    shipped: Collection[Price],
    models: Collection[Model],
    tables: Collection[str],
) -> Iterator[str]:
    """An operator's price that nothing would ever read, so that a typing slip is no free ride."""
    known: Mapping[str, set[str]] = {
        "table": {*tables, *(row.upstream for row in shipped)},
        "model": {row.upstream_model for row in models} | {row.model for row in shipped},
    }
    products = {product(row)[1:] for row in shipped} | {
        (model.upstream_model, operation, speed)
        for model in models
        for operation in model.operations
        for speed in (model.speeds or (None,))
    }
    for row in own:
        if row.upstream not in known["table"]:
            close = near(row.upstream, known["table"])
            yield f"{label(row)}: no upstream uses the price table {row.upstream}{close}"
        if row.model not in known["model"]:
            close = near(row.model, known["model"])
            yield f"{label(row)}: no model is {row.model} upstream{close}"
        elif product(row)[1:] not in products:
            yield f"{label(row)}: prices nothing that is sold: {_sold(row, products)}"


def _sold(row: Price, products: Collection[tuple[str, str, str | None]]) -> str:
    found = sorted(
        {f"{part[1]} {part[2] or ''}".strip() for part in products if part[0] == row.model}
    )
    return f"{row.model} has {', '.join(found)}"


def near(name: str, known: Collection[str]) -> str:
    """The end of a complaint, ", did you mean X?", where something known is close; else nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f", did you mean {close[0]}?" if close else ""


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
