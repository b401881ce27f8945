"""python -m service projects: which there are."""

import click
from rich.table import Table

from config.money import MicroUSD, usd
from service.at_store import at_store
from service.key_commands import plain_console, when
from service.limits import limits_of_some
from service.projects import Project, Projects
from service.showing import named
from service.storeroom import Storeroom


@click.group()
def projects() -> None:
    """Projects."""


@projects.command("list")
@click.option("--archived", is_flag=True, help="Those that are archived too.")
def projects_list(archived: bool) -> None:
    """Show every project: its id, name, tags, and what it may spend a month."""

    async def read(room: Storeroom) -> list[tuple[Project, dict[str, str]]]:
        known = Projects(room.store, room.names)
        some = await known.some(await known.ids())
        scopes = [f"project:{one.id}" for one in some]
        return list(zip(some, await limits_of_some(room.store, room.names, scopes), strict=True))

    table = Table(box=None, pad_edge=False, caption="times in UTC")
    for column in ("ID", "Name", "Tags", "A month", "Created", "Archived"):
        table.add_column(column, no_wrap=column == "ID", overflow="fold")
    for one, limits in at_store(read):
        if one.archived and not archived:
            continue
        tags = " ".join(f"{name}={value}" for name, value in sorted(one.tags.items()))
        month = limits.get("spend_month")
        may = f"${usd(MicroUSD(int(month)))}" if month else "-"
        table.add_row(
            one.id, named(one.name), named(tags), may, when(one.created), when(one.archived)
        )
    plain_console().print(table if table.row_count else "There are no projects.")
