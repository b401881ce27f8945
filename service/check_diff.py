"""What a change of price rows does to every product: `check --diff OLD NEW`."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from config.catalogue import Offer, Price, Product, Unit, offers
from config.files import shipped
from config.merge import price_table, table_version
from service.check import COUNTED, add, day, many, money, titled

STYLES: Final = {"up": "red", "down": "green", "removed": "yellow"}


class Charge(NamedTuple):
    """What one unit of a product costs at some moment."""

    microusd: int
    unit: Unit
    assumed: bool


class Change(NamedTuple):
    """A stretch of time in which a product costs otherwise. None: it has no price.

    Unix milliseconds; `until` None = for good.
    """

    product: Product
    start_ms: int
    until_ms: int | None
    old: Charge | None
    new: Charge | None


def diff(old: Path, new: Path, console: Console) -> int:
    """Prints what NEW changes against OLD; answers how many changes there are.

    Each file is a whole price table (`complete = true`) or an operator's file, whose rows count
    over the prices as shipped. Raises BadCatalogue, OSError.
    """
    before, after = (
        price_table(path.read_text("utf-8"), str(path), shipped().prices) for path in (old, new)
    )
    found = list(changes(before, after))
    table = titled(
        f"Prices: {old} to {new}, times in UTC",
        *("from", "until", "old", "new", "change", "product"),
        right=("old", "new"),
        widest={"from": 10, "until": 10, "change": 12},
    )
    for change in found:
        what = described(change)
        add(
            table,
            day(change.start_ms),
            "" if change.until_ms is None else day(change.until_ms),
            _shown(change.old),
            _shown(change.new),
            what,
            " ".join(part for part in change.product if part),
            style=STYLES.get(what.split()[0]),
        )
    if found:
        console.print(table)
        console.print()
    same = offers(tuple(after)).keys() - {change.product for change in found}
    console.print(
        f"{many(len(found), 'change')}; {many(len(same), 'product')} as before.", highlight=False
    )
    console.print(
        f"Price table version {table_version(before)} to {table_version(after)}", highlight=False
    )
    return len(found)


def changes(old: Sequence[Price], new: Sequence[Price]) -> Iterator[Change]:
    """Every stretch of time in which a product costs otherwise, in the order of the rows."""
    before, after = offers(tuple(old)), offers(tuple(new))
    for product in dict.fromkeys([*after, *before]):
        here = [table[product] for table in (before, after) if product in table]
        moments = sorted({step.effective_from_ms for offer in here for step in offer.steps})
        charges = [(_at(before.get(product), at), _at(after.get(product), at)) for at in moments]
        stretches = [
            (at, pair)
            for pair, same in groupby(zip(moments, charges, strict=True), key=lambda each: each[1])
            for at, _ in [next(same)]
        ]
        for (start, (was, now)), (until, _) in pairwise([*stretches, (None, (None, None))]):
            if was != now and start is not None:
                yield Change(product, start, until, was, now)


def described(change: Change) -> str:
    """The change in words: "up 16.7 %", "added", "removed", "counts files, not images" ..."""
    old, new = change.old, change.new
    if old is None or new is None:
        return "added" if old is None else "removed"
    said = []
    if old.microusd != new.microusd:
        way = "up" if new.microusd > old.microusd else "down"
        said.append(f"{way} {percent(old.microusd, new.microusd)} %")
    if old.unit != new.unit:
        said.append(f"counts {COUNTED[new.unit]}s, not {COUNTED[old.unit]}s")
    if old.assumed != new.assumed:
        said.append("now assumed" if new.assumed else "no longer assumed")
    return ", ".join(said)


def percent(old: int, new: int) -> str:
    """How far apart two amounts are, in percent of the old one, from whole numbers alone."""
    tenths = (abs(new - old) * 2000 + old) // (2 * old)
    return f"{tenths // 10}.{tenths % 10}"


def _at(offer: Offer | None, moment_ms: int) -> Charge | None:
    steps = [step for step in offer.steps if step.effective_from_ms <= moment_ms] if offer else []
    if offer is None or not steps:
        return None
    return Charge(steps[-1].microusd, offer.unit, steps[-1].assumed)


def _shown(charge: Charge | None) -> str:
    return "" if charge is None else money(charge.microusd, assumed=charge.assumed)
