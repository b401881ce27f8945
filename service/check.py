"""What an operator sees of models, sizes and prices: `check`. Knows the catalogue and rich."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.catalogue import Catalogue, Model, Price, moment_ms
from config.money import MicroUSD, usd
from config.settings import Settings

MIB: Final = 1024 * 1024
COUNTED: Final = {"output": "image", "input": "file"}

Part = tuple[str, str, str | None]  # upstream model, operation, speed


def run(settings: Settings, console: Console) -> None:
    """Prints the checked catalogue: upstreams, models, sizes, prices, and what has no price."""
    catalogue = settings.catalogue
    tables = [_upstreams(settings), _models(catalogue), _aliases(catalogue), _sizes(catalogue)]
    for name in sorted(_tables(catalogue)):
        tables += _prices(name, settings)
    tables += [
        _unpriced(name, catalogue)
        for name in dict.fromkeys(row.prices for row in settings.upstreams)
    ]
    for table in tables:
        if table.row_count:
            console.print(table)
            console.print()
    for line in (_alerts(settings), *_summary(catalogue)):
        console.print(line, markup=False, highlight=False)


def titled(
    title: str, *columns: str, right: Collection[str] = (), widest: Mapping[str, int] | None = None
) -> Table:
    """An empty table, its title on the left; columns in `right` hold numbers.

    The last column wraps where the terminal ends, those in `widest` at their width.
    """
    widths = widest or {}
    table = Table(
        title=Text(title, "bold", justify="left"),
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=column not in {*widths, columns[-1]},
            max_width=widths.get(column),
            overflow="fold",
        )
    return table


def add(table: Table, *cells: str, style: str | None = None) -> None:
    """One row, its cells taken literally: a name in brackets is no markup."""
    table.add_row(*(Text(cell) for cell in cells), style=style)


def day(moment_ms: int) -> str:
    """A UTC moment, as short as it can be said: 2026-12-01, or 2026-12-01 23:30."""
    read = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{read:%Y-%m-%d %H:%M:%S}".removesuffix(":00").removesuffix(" 00:00")


def money(microusd: int, *, assumed: bool) -> str:
    """An amount as the tables show it: a price that nobody published is marked."""
    return usd(MicroUSD(microusd)) + ("?" if assumed else "")


def many(count: int, noun: str) -> str:
    """A count and its noun: "1 price", "2 prices"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _upstreams(settings: Settings) -> Table:
    columns = ("upstream", "kind", "prices", "slots", "keys", "file MiB", "URL")
    table = titled("Upstreams, in the order tried", *columns, right=columns[3:6])
    for row in settings.upstreams:
        keys = len(settings.upstream_keys.get(row.name, ()))
        size = f"{row.max_file / MIB:g}"
        add(table, row.name, row.kind, row.prices, str(row.slots), str(keys), size, row.base_url)
    return table


def _models(catalogue: Catalogue) -> Table:
    table = titled(
        f"Models ({catalogue.default_model} when a request names none)",
        *("name", "draws with", "sizes", "speeds", "operations"),
        widest={"speeds": 15},
    )
    for row in catalogue.models.values():
        speeds, operations = " ".join(row.speeds), " ".join(row.operations)
        add(table, row.name, row.upstream_model, row.sizes, speeds, operations)
    return table


def _aliases(catalogue: Catalogue) -> Table:
    table = titled("Other names, in any case", "model", "also called")
    names = [*catalogue.aliases.items(), *((f"{stem}*", to) for stem, to in catalogue.patterns)]
    for target in dict.fromkeys(to for _, to in names):
        add(table, target, ", ".join(name for name, to in names if to == target))
    return table


def _sizes(catalogue: Catalogue) -> Table:
    columns = ("list", "sizes", "ratios", "ratio=pixels drawn for it")
    table = titled("Sizes", *columns, right=columns[1:3])
    for row in catalogue.sizes.values():
        add(
            table,
            row.name,
            str(len(row.resolutions)),
            str(len(row.ratios)),
            " ".join(f"{ratio}={pixels}" for ratio, pixels in row.ratios.items())
            or "the picture that comes in decides",
        )
    return table


def _prices(name: str, settings: Settings) -> Iterator[Table]:
    """What is sold at a price table's prices, and what it prices for later."""
    sold, order = _sold(settings.catalogue), _order(settings.catalogue)
    rows = [row for row in settings.catalogue.prices if row.upstream == name]
    used = any(row.prices == name for row in settings.upstreams)
    note = "" if used else ", which no upstream here uses"
    yield _lines(
        f"Prices of an image at {name}{note}", [row for row in rows if _part(row) in sold], order
    )
    later = [row for row in rows if _part(row) not in sold]
    yield _lines(f"Prices at {name} of what is not sold yet", later, order)


def _lines(title: str, rows: list[Price], order: list[str]) -> Table:
    table = titled(title, "model, speed", "USD", "from", "for", right=("USD",))
    ordered = sorted(rows, key=lambda row: (_place(row.model, order), _line(row)))
    for (model, speed, start, amount, unit, assumed), same in groupby(ordered, key=_line):
        each = " (per file)" if unit == "input" else ""
        add(
            table,
            f"{model} {speed}",
            money(amount, assumed=assumed),
            day(start),
            " ".join(row.operation for row in same) + each,
        )
    return table


def _place(model: str, order: list[str]) -> int:
    return order.index(model) if model in order else len(order)


def _line(row: Price) -> tuple[str, str, int, int, str, bool]:
    """What the rows of one line have in common."""
    start, amount = moment_ms(row.effective_from), row.microusd
    return row.model, row.speed or "", start, amount, row.unit, row.assumed


def _unpriced(name: str, catalogue: Catalogue) -> Table:
    table = titled(f"Sold, but without a price at {name}: refused there", "model, speed", "for")
    priced = {_part(row) for row in catalogue.prices if row.upstream == name}
    missing = [part for part in _sold(catalogue) if part not in priced]
    for (model, speed), same in groupby(missing, key=lambda part: (part[0], part[2] or "")):
        add(table, f"{model} {speed}", " ".join(part[1] for part in same))
    return table


def _summary(catalogue: Catalogue) -> Iterator[str]:
    assumed = sum(row.assumed for row in catalogue.prices)
    if assumed:
        yield f"? marks {many(assumed, 'assumed price')}: nobody published any."
    counts = (
        many(len(catalogue.models), "model"),
        many(len(catalogue.aliases), "other name"),
        many(len(catalogue.patterns), "pattern"),
        many(len(catalogue.sizes), "size list"),
        many(len(catalogue.prices), "price"),
        many(len(_tables(catalogue)), "price table"),
    )
    yield f"{', '.join(counts)}: all sound."
    yield f"Price table version {catalogue.table_version}"


def _alerts(settings: Settings) -> str:
    """Where spend alerts go; of the URL no more than its host, since its path may be a secret."""
    if settings.alert_webhook_url is None:
        return "Spend alerts go to the log alone: IDEOGATE_ALERT_WEBHOOK_URL is not set."
    parts = urlsplit(settings.alert_webhook_url.reveal())
    return f"Spend alerts go to {parts.scheme}://{parts.netloc}, signed."


def _tables(catalogue: Catalogue) -> set[str]:
    return {row.upstream for row in catalogue.prices}


def _order(catalogue: Catalogue) -> list[str]:
    return list(dict.fromkeys(row.upstream_model for row in catalogue.models.values()))


def _part(row: Price) -> Part:
    return row.model, row.operation, row.speed


def _sold(catalogue: Catalogue) -> dict[Part, None]:
    """What every model sells, each once, in the models' order."""
    return dict.fromkeys(part for row in catalogue.models.values() for part in _parts(row))


def _parts(row: Model) -> Iterator[Part]:
    for speed in row.speeds or (None,):
        for operation in row.operations:
            yield row.upstream_model, operation, speed
