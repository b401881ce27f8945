"""python -m service usage: what was drawn and what it cost, and a month's statement."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.bar import Bar
from rich.table import Table

from config.money import MicroUSD, usd
from service.at_store import at_store
from service.day_options import Day, Month, Zone
from service.key_commands import plain_console
from service.key_records import KeyRecords
from service.keys import Keys
from service.showing import named
from service.statements import AnotherMonth, Statements, bounds
from service.storeroom import Storeroom
from service.usage import Counts, Dimension, total
from service.usage_views import HOURS_DAYS, Row, Views

BAR: Final = 24  # columns
LONGEST_DAYS: Final = 3 * 366


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Days, both included."""

    by: str
    first: date
    last: date
    zone: ZoneInfo
    where: dict[Dimension, tuple[str, ...]]


@click.command()
@click.option("--by", default="day", show_default=True, metavar="day|key|project|model|tag:NAME")
@click.option("--from", "since", type=Day(), help="The first day; 6 days before the last.")
@click.option("--to", "until", type=Day(), help="The last day; today.")
@click.option("--month", type=Month(), help="A whole month instead.")
@click.option("--tz", "zone", type=Zone(), default="UTC", show_default=True, help="For --by day.")
@click.option("--project", "project_ids", multiple=True, metavar="ID", help="Of these only.")
@click.option("--key", "key_ids", multiple=True, metavar="ID", help="Of these only.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@click.option(
    "--statement",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the month's statement into this folder: a CSV for each project and one for all.",
)
@click.option("--force", is_flag=True, help="Write over a statement that is there.")
def usage(  # noqa: PLR0913  each is an option of its own
    *,
    by: str,
    since: datetime | None,
    until: datetime | None,
    month: str | None,
    zone: ZoneInfo,
    project_ids: tuple[str, ...],
    key_ids: tuple[str, ...],
    as_json: bool,
    folder: Path | None,
    force: bool,
) -> None:
    """Show what was drawn and what it cost, or write a month's statement.

    Days are UTC unless --tz says otherwise; --statement is always UTC.
    """
    if folder is not None:
        if month is None:
            raise click.UsageError("--statement needs --month, such as --month 2026-11.")
        _state(month, folder, force=force)
        return
    first, last = _days(since, until, month, zone)
    where: dict[Dimension, tuple[str, ...]] = {}
    if project_ids:
        where["project_id"] = project_ids
    if key_ids:
        where["api_key_id"] = key_ids
    asked = _Asked(by=by, first=first, last=last, zone=zone, where=where)
    rows = at_store(lambda room: _rows(asked, _views(room)))
    if by != "day":
        rows.sort(key=lambda row: (-row.counts.microusd, row.label))
    _show(asked, rows, as_json=as_json)


def _days(
    since: datetime | None, until: datetime | None, month: str | None, zone: ZoneInfo
) -> tuple[date, date]:
    today = datetime.now(zone).date()
    if month is not None:
        if since or until:
            raise click.UsageError("--month and --from or --to exclude each other.")
        first, last = (
            datetime.fromtimestamp(moment, UTC).date()
            for moment in (bounds(month)[0], bounds(month)[1] - 1)
        )
    else:
        last = until.date() if until else today
        first = since.date() if since else last - timedelta(days=6)
    if first > last:
        raise click.UsageError(f"--from {first} is later than --to {last}.")
    if (last - first).days > LONGEST_DAYS:
        raise click.UsageError(f"That is more than {LONGEST_DAYS} days; days are kept that long.")
    if zone.key != "UTC" and (today - first).days >= HOURS_DAYS:
        raise click.UsageError(
            f"Days of {zone.key} are put together of hours, which are kept {HOURS_DAYS} days; "
            "leave --tz out for days of UTC."
        )
    return first, last


async def _rows(asked: _Asked, views: Views) -> list[Row]:
    if asked.by != "day" and asked.zone.key != "UTC":
        raise click.UsageError("--tz is for --by day; everything else is summed in days of UTC.")
    kind, _, tag = asked.by.partition(":")
    match kind, bool(tag):
        case "day", False:
            return await views.by_day(asked.first, asked.last, asked.where, asked.zone)
        case "model", False:
            return await views.by_model(asked.first, asked.last, asked.where)
        case "key" | "project", False:
            return await views.by_name(kind, asked.first, asked.last, asked.where)
        case "tag", True:
            return await views.by_tag(tag, asked.first, asked.last, asked.where)
        case _:
            raise click.UsageError(
                f"--by takes day, key, project, model or tag:NAME, such as tag:cost_center; not {asked.by}."
            )


def _show(asked: _Asked, rows: list[Row], *, as_json: bool) -> None:
    whole = total([Counts(), *(row.counts for row in rows)])
    if as_json:
        told = [{asked.by: row.label, **msgspec.structs.asdict(row.counts)} for row in rows]
        click.echo(json.dumps({"zone": asked.zone.key, "rows": told}, indent=2, ensure_ascii=False))
        return
    span = f"{asked.first} to {asked.last}, {asked.zone.key}"
    note = "* at prices that nobody published" if whole.assumed_microusd else None
    if asked.zone.key != "UTC":
        span += ", without corrections"  # they are of days of UTC
    table = Table(box=None, pad_edge=False, title=span, caption=note, show_footer=True)
    table.title_justify = table.caption_justify = "left"
    columns = ("", "Images", "Withheld", "Cost", "Parked", "")
    sums = ("total", *_told(whole), "")
    for place, (title, footer) in enumerate(zip(columns, sums, strict=True)):
        justify: Any = "right" if 0 < place < len(columns) - 1 else "left"
        table.add_column(title, footer, justify=justify, overflow="fold")
    most = max((row.counts.microusd for row in rows), default=0)
    for row in rows:
        bar = Bar(max(1, most), 0, max(0, row.counts.microusd), width=BAR)
        table.add_row(named(row.label or "(none)"), *_told(row.counts), bar)
    plain_console().print(table)


def _told(counts: Counts) -> tuple[str, str, str, str]:
    cost, parked = usd(MicroUSD(counts.microusd)), usd(MicroUSD(counts.parked_microusd))
    assumed = "*" if counts.assumed_microusd else ""
    return str(counts.billed), str(counts.withheld), f"${cost}{assumed}", f"${parked}"


def _views(room: Storeroom) -> Views:
    return Views(room.store, room.names, _records(room))


def _records(room: Storeroom) -> KeyRecords:
    return KeyRecords(room.store, room.names, Keys(room.store, room.names, room.peppers))


def _state(month: str, folder: Path, *, force: bool) -> None:
    def statements(room: Storeroom) -> Statements:
        return Statements(room.store, room.names, _records(room))

    try:
        done = at_store(lambda room: statements(room).write(month, folder, replace=force))
    except AnotherMonth as why:
        raise click.ClickException(str(why)) from why
    except FileExistsError as there:
        raise click.ClickException(f"{there.args[0]} is there; --force writes over it.") from there
    except OSError as bad:
        raise click.ClickException(f"{bad.filename or folder}: {bad.strerror or bad}") from bad
    click.echo(f"{month}: ${usd(done.microusd)} in {len(done.files)} files in {folder}.")
    for difference in done.differences:
        click.echo(difference)
    if done.differences:
        click.echo("The books are not equal: this statement cannot be vouched for.")
        sys.exit(1)
    click.echo("The books are equal.")
