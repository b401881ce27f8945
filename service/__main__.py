"""python -m service: serve, check, keys, limits, projects, apply, usage, ledger."""

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from config.catalogue import BadCatalogue
from service import check as checking
from service import check_diff, limitless
from service.apply_commands import apply
from service.at_store import settings_now
from service.key_commands import keys, limits
from service.ledger_commands import ledger
from service.project_commands import projects
from service.serve import main
from service.usage_commands import usage


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
    """Check the settings, models, prices and sizes, print them, and who has no spend limit."""
    console = Console(highlight=False)
    if diff is not None:
        try:
            check_diff.diff(*diff, console)
        except (BadCatalogue, OSError) as bad:
            raise click.ClickException(str(bad)) from bad
        return
    settings = settings_now()
    checking.run(settings, console)
    limitless.run(settings, console)


cli.add_command(keys)
cli.add_command(limits)
cli.add_command(ledger)
cli.add_command(projects)
cli.add_command(apply)
cli.add_command(usage)


if __name__ == "__main__":
    cli(prog_name="python -m service")
