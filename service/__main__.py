"""python -m service: serve, check, keys, ledger."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import click
from rich.console import Console

from adapters.store.client import StoreRefused, StoreSilent
from config.catalogue import BadCatalogue
from config.settings import BadSettings, Settings, load
from service import check as checking
from service import check_diff
from service import keys as key_forms
from service.books import Difference, verify
from service.serve import REFUSED, main
from service.storeroom import open_storeroom


def _settings() -> Settings:
    try:
        return load(os.environ, terminal=sys.stderr.isatty())
    except BadSettings as bad:
        raise click.ClickException(str(bad)) from bad


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Ideogate: OpenAI's Images API, drawn by Ideogram.

    Settings come from IDEOGATE_* variables; the README lists them.
    """


@cli.command()
def serve() -> None:
    """Listen and serve until SIGTERM; SIGHUP reads the configuration file again."""
    sys.exit(main(os.environ))


@cli.command()
@click.option(
    "--diff",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    nargs=2,
    metavar="OLD NEW",
    help="Say what NEW does to every price of OLD (two files of [[price]] rows).",
)
def check(diff: tuple[Path, Path] | None) -> None:
    """Check the settings, models, prices and sizes, and print them."""
    console = Console(highlight=False)
    if diff is not None:
        try:
            check_diff.diff(*diff, console)
        except (BadCatalogue, OSError) as bad:
            raise click.ClickException(str(bad)) from bad
        return
    checking.run(_settings(), console)


@cli.group()
def keys() -> None:
    """API keys."""


@keys.command("new")
@click.option("--admin", is_flag=True, help="An admin key (sk-ig-admin-...).")
def keys_new(admin: bool) -> None:
    """Print a new key that nobody knows yet, e.g. for IDEOGATE_BOOTSTRAP_KEY."""
    click.echo(key_forms.make(admin=admin))


@keys.command("create")
@click.option("--admin", is_flag=True, help="An admin key (sk-ig-admin-...).")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
def keys_create(admin: bool, name: str) -> None:
    """Make a key, write its digest into the store, and print it once."""
    try:
        click.echo(asyncio.run(_create(_settings(), admin=admin, name=name)))
    except (*REFUSED, StoreSilent, StoreRefused) as refusal:
        raise click.ClickException(str(refusal)) from refusal


@cli.group()
def ledger() -> None:
    """The books."""


@ledger.command("verify")
def ledger_verify() -> None:
    """Sum the journal and compare it with every balance; exit 1 and list what differs."""
    try:
        found = asyncio.run(_verify(_settings()))
    except (*REFUSED, StoreSilent, StoreRefused) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    for difference in found:
        click.echo(str(difference))
    click.echo(f"{len(found)} differences." if found else "The books are equal.")
    sys.exit(1 if found else 0)


async def _verify(settings: Settings) -> list[Difference]:
    async with AsyncExitStack() as stack:
        room = await open_storeroom(settings, stack)
        return await verify(room.store, room.names)


async def _create(settings: Settings, *, admin: bool, name: str) -> str:
    async with AsyncExitStack() as stack:
        room = await open_storeroom(settings, stack)
        made = key_forms.make(admin=admin)
        await key_forms.Keys(room.store, room.names, room.peppers).register(made, name=name)
    return made


if __name__ == "__main__":
    cli(prog_name="python -m service")
