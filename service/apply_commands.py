"""python -m service apply: projects, keys and limits from a file, again and again."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.text import Text

from config.catalogue import Catalogue
from service.apply_files import read_file
from service.apply_known import Ambiguous, known
from service.apply_secrets import YAML, CannotKeepSecrets, Secret, SecretsFile, label
from service.apply_steps import Ready, Step, Tools, steps
from service.apply_wanted import BadFile, Wanted, twice
from service.at_store import at_store, settings_now
from service.commit import AT_THE_STORE, Changed, commit
from service.defaults import inherited
from service.key_commands import plain_console
from service.keys import Keys
from service.showing import named
from service.storeroom import Storeroom

MOST_BYTES: Final = 16 * 1024 * 1024
_STYLES: Final = {"+": "green", "~": "yellow", "-": "red"}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the difference and write nothing.")
@click.option(
    "--prune",
    is_flag=True,
    help="Archive projects and revoke keys that an earlier apply made and FILE does not name.",
)
@click.option("--yes", is_flag=True, help="Prune without being asked on a terminal.")
@click.option(
    "--secrets-out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where secrets of new keys go, once: .csv, or .yaml for Kubernetes Secrets. Mode 0600.",
)
@click.option("--force", is_flag=True, help="Write over the file of --secrets-out.")
def apply(
    *, file: Path, dry_run: bool, prune: bool, yes: bool, secrets_out: Path | None, force: bool
) -> None:
    """Bring projects, limits and keys to what FILE says (.toml, or .csv with a row for each key).

    Shows the difference first; what FILE does not mention stays as it is. Safe to repeat.
    """
    wanted = _read(file, settings_now().catalogue)

    async def work(room: Storeroom) -> None:
        todo = steps(wanted, await known(room.store, room.names, wanted), prune=prune)
        _show(todo, dry_run=dry_run)
        if dry_run or not todo:
            return
        _ask(todo, yes=yes)
        with _secrets(todo, secrets_out, force=force) as secrets:
            await _do(room, todo, wanted, secrets, file.name)

    try:
        at_store(work)
    except (Ambiguous, CannotKeepSecrets) as why:
        raise click.ClickException(str(why)) from why


def _read(file: Path, catalogue: Catalogue) -> Wanted:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise click.ClickException(f"{file} is larger than {MOST_BYTES >> 20} MiB.")
        text = file.read_text("utf-8")
        return read_file(text, catalogue, table=file.suffix.lower() == ".csv")
    except BadFile as bad:
        lines = "\n".join(f"  {problem}" for problem in bad.problems)
        raise click.ClickException(f"{file} cannot be applied:\n{lines}") from bad
    except (OSError, UnicodeDecodeError) as bad:
        raise click.ClickException(f"{file} cannot be read: {bad}") from bad


def _show(todo: Sequence[Step], *, dry_run: bool) -> None:
    console: Console = plain_console()
    for step in todo:
        console.print(Text.assemble((f"{step.sign} ", _STYLES[step.sign]), named(step.title)))
        for line in step.told:
            console.print(Text("    ") + named(line))
    if not todo:
        click.echo("Nothing to change.")
        return
    counts = {sign: sum(step.sign == sign for step in todo) for sign in _STYLES}
    would = "Would add" if dry_run else "Adding"
    click.echo(f"{would} {counts['+']}, change {counts['~']}, remove {counts['-']}.")


def _ask(todo: Sequence[Step], *, yes: bool) -> None:
    gone = sum(step.sign == "-" for step in todo)
    if gone and not yes and sys.stdin.isatty():
        click.confirm(f"{gone} are archived or revoked for good. Go on?", abort=True)


def _secrets(
    todo: Sequence[Step], path: Path | None, *, force: bool
) -> AbstractContextManager[SecretsFile | None]:
    """Open before the first change. Raises CannotKeepSecrets."""
    new = [step for step in todo if step.key]
    if not new:
        return nullcontext()
    if path is None:
        raise CannotKeepSecrets(
            f"{len(new)} new keys have secrets, which are shown once: say where they go with "
            "--secrets-out FILE. Nothing was written."
        )
    labels = [label(step.project, step.key) for step in new]
    if path.suffix.lower() in YAML and (twice(labels) or not all(labels)):
        which = ", ".join(twice(labels)) or "a name without a letter or digit"
        raise CannotKeepSecrets(
            f"As Kubernetes Secrets two keys would have one name ({which}): write them as .csv, or "
            "name them otherwise. Nothing was written."
        )
    return SecretsFile(path, replace=force)


async def _do(
    room: Storeroom,
    todo: Sequence[Step],
    wanted: Wanted,
    secrets: SecretsFile | None,
    source: str,
) -> None:
    """Step by step, each whole or not at all; what was done stays when one cannot be."""
    there = await known(room.store, room.names, wanted)
    tools = Tools(
        names=room.names,
        keys=Keys(room.store, room.names, room.peppers),
        actor=msgspec.structs.replace(AT_THE_STORE, request=source),
        now=await room.store.time_ms() // 1000,
        behind=await inherited(room.store, room.names, "key"),
        ids={name: one.project.id for name, one in there.projects.items()},
    )
    for done, step in enumerate(todo):
        ready = step.ready(tools)
        if ready.made is not None and secrets is not None:
            secrets.add(Secret(step.project, step.key, ready.made.record.id, ready.made.secret))
        try:
            await commit(room.store, room.names, ready.change, ready.line)
        except Changed as changed:
            _undone(ready, secrets)
            raise click.ClickException(
                f"{step.title} was changed by another administrator meanwhile; {done} of "
                f"{len(todo)} steps are done. Run it again."
            ) from changed
    click.echo("Done.")


def _undone(ready: Ready, secrets: SecretsFile | None) -> None:
    if ready.made is not None and secrets is not None:
        secrets.take_back()
