"""python -m service keys and limits: what an operator does with keys, and what they may spend."""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from config.limits import LIMITS
from config.values import DURATION, duration
from service.at_store import at_store
from service.commit import AT_THE_STORE
from service.defaults import inherited, lifetime_of
from service.key_records import KeyRecords, Record
from service.keys import PROJECT, Keys, make
from service.limits import all_limits, checked, limits_of, set_limits
from service.showing import named
from service.storeroom import Storeroom

WIDE: Final = 200  # columns in a file or a pipe, where nothing is to be cut off


class Duration(click.ParamType[int]):
    """ "90s", "15m", "24h", "30d" -> seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return duration(str(value))
        except ValueError:
            self.fail(f"{value!r} is not {DURATION.may}", param, ctx)


class _ProjectId(click.ParamType[str]):
    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if re.fullmatch(r"[\w-]{1,64}", str(value), re.ASCII) is None:
            self.fail(f"{value!r} is not an id: letters, digits, _ and -", param, ctx)
        return str(value)


@click.group()
def keys() -> None:
    """API keys."""


@keys.command("new")
@click.option("--admin", is_flag=True, help="An admin key (sk-ig-admin-...).")
def keys_new(admin: bool) -> None:
    """Print a new key that nobody knows yet, e.g. for IDEOGATE_BOOTSTRAP_KEY."""
    click.echo(make(admin=admin))


def _limit_options(command: Callable[..., None]) -> Callable[..., None]:
    for limit in reversed(tuple(LIMITS.values())):
        if "key" in limit.scopes:
            flag = "--" + limit.name.replace("_", "-")
            command = click.option(flag, limit.name, help=f"Limit: {limit.may}.")(command)
    return command


@keys.command("create")
@click.option("--admin", is_flag=True, help="An admin key (sk-ig-admin-...).")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
@click.option("--project", type=_ProjectId(), default=PROJECT, show_default=True)
@click.option("--expires", type=Duration(), help="It ends after this, e.g. 30d.")
@_limit_options
def keys_create(
    admin: bool, name: str, project: str, expires: int | None, **limits: str | None
) -> None:
    """Make a key, write its digest into the store, and print it once. Limits, and an end, that are
    not given are those of the defaults.
    """
    asked = {limit: text for limit, text in limits.items() if text is not None}

    async def create(room: Storeroom) -> str:
        checked("key:new", asked)  # before anything is written
        made = make(admin=admin)
        lifetime = 0 if admin else lifetime_of(await inherited(room.store, room.names, "key"))
        known = Keys(room.store, room.names, room.peppers)
        identity = await known.register(
            made,
            name=name,
            project=project,
            expires_in=max(1, expires) if expires is not None else lifetime,
        )
        if asked:
            await set_limits(room.store, room.names, f"key:{identity}", asked, AT_THE_STORE)
        return made

    click.echo(at_store(create))


@keys.command("list")
def keys_list() -> None:
    """Show every key: its id, what may be shown of it, when it was made and last used."""
    rows = at_store(lambda room: _records(room).every())
    table = _table("ID", "Key", "Project", "Name", "Created", "Last used", "Expires", "Revoked")
    for row in rows:
        table.add_row(*map(named, _told(row)))
    plain_console().print(table)


@keys.command("revoke")
@click.argument("identity", metavar="ID")
def keys_revoke(identity: str) -> None:
    """End a key for good; every replica refuses it within two seconds."""
    now = at_store(lambda room: _records(room).revoke(identity, AT_THE_STORE))
    click.echo(f"{identity} is revoked." if now else f"{identity} was revoked before.")


@keys.command("rotate")
@click.argument("identity", metavar="ID")
@click.option(
    "--overlap",
    type=Duration(),
    default="24h",
    show_default=True,
    help="How long the old secret still works.",
)
def keys_rotate(identity: str, overlap: int) -> None:
    """Print a new secret for a key, once. Id, limits and what was spent stay; the old one ends."""

    async def rotate(room: Storeroom) -> str:
        return await _records(room).rotate(identity, overlap=overlap, actor=AT_THE_STORE)

    click.echo(at_store(rotate))


@click.group()
def limits() -> None:
    """What organisation, projects and keys may spend and ask for.

    SCOPE is organization, project:ID, project:ID:MODEL or key:ID.
    """


@limits.command("show")
@click.argument("scope", required=False)
def limits_show(scope: str | None) -> None:
    """Show the limits of a scope, or all that are set and those that are inherited."""

    async def read(room: Storeroom) -> dict[str, dict[str, str]]:
        if scope is not None:
            return {scope: await limits_of(room.store, room.names, scope)}
        found = await all_limits(room.store, room.names)
        for kind in ("project", "key"):
            found[f"any {kind} without"] = await inherited(room.store, room.names, kind)
        return found

    table = _table("Scope", "Limit", "Value")
    for one, kept in at_store(read).items():
        for name, limit in LIMITS.items():
            if name in kept:
                table.add_row(one, name, named(limit.show(kept[name])))
    plain_console().print(table if table.row_count else "No limits are set.")


@limits.command("set")
@click.argument("scope")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
def limits_set(scope: str, values: tuple[str, ...]) -> None:
    """Set limits, e.g. spend_month=10.00 requests_minute=60; NAME= takes one away; 0 stops all."""
    changes = {name: text or None for name, _, text in (value.partition("=") for value in values)}
    if any("=" not in value for value in values):
        raise click.ClickException("Limits are set as NAME=VALUE, and taken away as NAME=.")

    async def write(room: Storeroom) -> None:
        if scope.startswith("key:"):
            await _records(room).one(scope.removeprefix("key:"))
        await set_limits(room.store, room.names, scope, changes, AT_THE_STORE)

    at_store(write)
    click.echo(f"The limits of {scope} are set; they hold from the next order on.")


def _records(room: Storeroom) -> KeyRecords:
    return KeyRecords(room.store, room.names, Keys(room.store, room.names, room.peppers))


def _told(row: Record) -> tuple[str, ...]:
    times = (row.created, row.used, row.expires, row.revoked)
    return (row.id, row.shown, row.project, row.name, *(when(time) for time in times))


def when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}" if seconds else "-"


def _table(*columns: str) -> Table:
    table = Table(
        box=None, pad_edge=False, caption="times in UTC" if "Created" in columns else None
    )
    for column in columns:
        table.add_column(column, no_wrap=column in {"ID", "Key"}, overflow="fold")
    return table


def plain_console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
