"""python -m service ledger export: the journal as a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from service.at_store import at_store
from service.day_options import Day
from service.entries import Entry, forgotten
from service.export import CURSOR, Exported, Format, Part, export, whole_file
from service.storeroom import Storeroom


@click.command("export")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True
)
@click.option("--after", default="", metavar="ID", help="Only what came behind this entry.")
@click.option("--from", "since", type=Day(), help="From this day on, UTC.")
@click.option("--to", "until", type=Day(), help="To the end of this day.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def ledger_export(
    form: Format,
    after: str,
    since: datetime | None,
    until: datetime | None,
    output: Path | None,
    force: bool,
) -> None:
    """Write every entry of the journal, with ids that never change; the last one goes to --after."""
    if after and CURSOR.fullmatch(after) is None:
        raise click.BadParameter("an entry's id, such as 1790000000000-0", param_hint="--after")
    if since and until and since > until:
        raise click.UsageError(f"--from {since:%Y-%m-%d} is later than --to {until:%Y-%m-%d}.")
    part = Part(
        after=after,
        from_ms=_ms(since, 0) if since else 0,
        until_ms=_ms(until, 1) if until else 2**53,
    )

    async def write(room: Storeroom) -> Exported:
        if after and await forgotten(room.store, room.names, after):
            raise click.ClickException(
                f"Entries behind {after} may be forgotten by now, so this would begin behind a gap; "
                "without --after it is all that the journal still has."
            )
        entries = await room.store.call("XLEN", room.names.journal)
        with _progress(None if after or since or until else int(entries)) as tick:
            if output is None:
                return await export(room.store, room.names, sys.stdout, form, part, tick)
            with whole_file(output, replace=force) as file:
                return await export(room.store, room.names, file, form, part, tick)

    try:
        done = at_store(write)
    except FileExistsError as there:
        raise click.ClickException(f"{output} is there; --force writes over it.") from there
    except OSError as bad:
        raise click.ClickException(f"{output or 'output'}: {bad.strerror or bad}") from bad
    click.echo(f"{done.count} entries; go on with --after {done.last or '0-0'}", err=True)


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[Entry], None]]:
    """A bar on a terminal; of a part nobody knows how long it is, so it says how far it came."""
    columns = (BarColumn(), TextColumn("{task.completed} entries, {task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)

        def tick(entry: Entry) -> None:
            day = datetime.fromtimestamp(entry.at_ms // 1000, UTC)
            progress.update(task, advance=1, description=f"{day:%Y-%m-%d %H:%M} UTC")

        yield tick


def _ms(day: datetime, more: int) -> int:
    return int((day.replace(tzinfo=UTC) + timedelta(days=more)).timestamp()) * 1000
