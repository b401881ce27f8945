"""Who may spend without end, for `check`: looked up where there is a store, and said where not."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from rich.console import Console

from adapters.store.folder import Folder
from config.settings import Settings
from service.check import add, many, titled
from service.defaults import inherited
from service.key_records import KeyRecords, Record
from service.keys import Keys
from service.limits import limits_of, limits_of_some
from service.projects import Project, Projects
from service.serve import REFUSED
from service.storeroom import Storeroom, look_into_storeroom

SHOWN: Final = 30  # rows; the rest is counted
NOTHING: Final = "nothing"
SPENDS: Final = ("spend_day", "spend_week", "spend_month", "spend_total")


class Limitless(NamedTuple):
    """One that has no spend limit, neither of its own nor inherited. `bounds`: whose limits hold it
    even so, or NOTHING.
    """

    kind: str
    id: str
    name: str
    bounds: str


class Survey(NamedTuple):
    """Those without a limit, those that nothing bounds first, of so many projects and keys."""

    found: tuple[Limitless, ...]
    projects: int
    keys: int


def run(settings: Settings, console: Console) -> None:
    """Print it."""
    folder = settings.store_folder
    if folder is not None and not Folder(folder).ledger.exists():
        _say(console, f"No store is in {folder} yet, so nobody has a key or a spend limit.")
        return
    try:
        survey = asyncio.run(_looked(settings))
    except REFUSED as why:
        _say(console, f"Who has no spend limit cannot be said: {why}")
        return
    _print(survey, console)


async def _looked(settings: Settings) -> Survey:
    async with AsyncExitStack() as stack:
        return await survey(await look_into_storeroom(settings, stack))


async def survey(room: Storeroom) -> Survey:
    """Archived projects, and keys that are over, are left out. Raises StoreSilent, StoreRefused."""
    store, names = room.store, room.names
    now = await store.time_ms() // 1000
    everyone = Projects(store, names)
    projects = [one for one in await everyone.some(await everyone.ids()) if not one.archived]
    known = {one.id for one in projects}
    records = await KeyRecords(store, names, Keys(store, names, room.peppers)).every()
    keys = [one for one in records if _draws(one, now) and one.project in known]
    organization = "spend_month" in await limits_of(store, names, "organization")
    of_projects = await _limited(room, "project", [one.id for one in projects])
    of_keys = await _limited(room, "key", [one.id for one in keys])
    found = [
        *_organization(room, limited=organization),
        *_projects(projects, of_projects, organization=organization),
        *_keys(keys, of_keys, of_projects, organization=organization),
    ]
    found.sort(key=lambda one: one.bounds != NOTHING)
    return Survey(tuple(found), len(projects), len(keys))


def _draws(record: Record, now: int) -> bool:
    over = record.revoked or 0 < record.expires <= now
    return record.kind == "project" and not over


async def _limited(room: Storeroom, kind: str, ids: list[str]) -> dict[str, bool]:
    """Whether each has a spend limit, of its own or inherited."""
    behind = await inherited(room.store, room.names, kind)
    own = await limits_of_some(room.store, room.names, [f"{kind}:{one}" for one in ids])
    return {
        one: any(name in SPENDS for name in (*kept, *behind))
        for one, kept in zip(ids, own, strict=True)
    }


def _organization(room: Storeroom, *, limited: bool) -> Iterator[Limitless]:
    if not limited:
        name = room.names.root.partition("{")[2].removesuffix("}")
        yield Limitless("organization", name, "", NOTHING)


def _projects(
    projects: list[Project], limited: Mapping[str, bool], *, organization: bool
) -> Iterator[Limitless]:
    bounds = "the organization" if organization else NOTHING
    for one in projects:
        if not limited[one.id]:
            yield Limitless("project", one.id, one.name, bounds)


def _keys(
    keys: list[Record],
    limited: Mapping[str, bool],
    projects: Mapping[str, bool],
    *,
    organization: bool,
) -> Iterator[Limitless]:
    for one in keys:
        if not limited[one.id]:
            wider = [("its project", projects[one.project]), ("the organization", organization)]
            bounds = ", ".join(who for who, has in wider if has) or NOTHING
            yield Limitless("key", one.id, one.name, bounds)


def _print(survey: Survey, console: Console) -> None:
    table = titled("Without a spend limit", "what", "id", "name", "bounded by")
    for one in survey.found[:SHOWN]:
        add(table, *one, style="yellow" if one.bounds == NOTHING else None)
    if table.row_count:
        console.print(table)
        console.print()
    if len(survey.found) > SHOWN:
        _say(console, f"... and {len(survey.found) - SHOWN} more.")
    _say(console, _summary(survey))


def _summary(survey: Survey) -> str:
    counts = dict.fromkeys(("organization", "project", "key"), 0)
    for one in survey.found:
        counts[one.kind] += 1
    has = "no" if counts["organization"] else "a"
    return (
        f"Without a spend limit: {counts['project']} of {many(survey.projects, 'project')}, "
        f"{counts['key']} of {many(survey.keys, 'key')}; the organization has {has} spend limit."
    )


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False)
