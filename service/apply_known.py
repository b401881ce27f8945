"""What there is already of what `apply` is to bring about: read from the store, by name."""

from collections.abc import Mapping, Sequence

import msgspec

from adapters.store.client import Store
from service.alerts import Alerts, Kept, scope_of
from service.apply_wanted import Wanted
from service.flat import texts
from service.key_records import Record, record_of
from service.keyspace import Keyspace
from service.limits import limits_of_some
from service.projects import Project, Projects

MARK = "made_by"  # in a project's or key's record: what `apply` made, it may prune
APPLY = "apply"


class Ambiguous(Exception):
    """Two projects or keys have one name; the message says which. Nothing was written."""


class KnownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is not revoked, with its own limits. `ours`: made by `apply`."""

    record: Record
    limits: Mapping[str, str]
    ours: bool


class KnownProject(msgspec.Struct, frozen=True, kw_only=True):
    """An active project. `rates`: own limits of those models that the file names."""

    project: Project
    limits: Mapping[str, str]
    rates: Mapping[str, Mapping[str, str]]
    alerts: tuple[Kept, ...]
    keys: Mapping[str, KnownKey]
    ours: bool


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Projects by name, and what the organisation has."""

    projects: Mapping[str, KnownProject]
    limits: Mapping[str, str]
    alerts: tuple[Kept, ...]


async def known(store: Store, names: Keyspace, wanted: Wanted) -> Known:
    """Raises Ambiguous, StoreSilent, StoreRefused."""
    projects = Projects(store, names)
    active = [one for one in await projects.some(await projects.ids()) if not one.archived]
    marks = await store.call_all([("HGET", names.project(one.id), MARK) for one in active])
    rated = {one.name: tuple(one.rates) for one in wanted.projects}
    asked = set(rated)
    found: dict[str, KnownProject] = {}
    for project, mark in zip(active, marks, strict=True):
        if project.name not in asked and mark is None:
            continue
        if project.name in found:
            raise Ambiguous(
                f"Two active projects are named {project.name!r} ({found[project.name].project.id} "
                f"and {project.id}); rename or archive one of them first."
            )
        found[project.name] = await _project(
            store, names, project, rated.get(project.name, ()), ours=mark is not None
        )
    (limits,) = await limits_of_some(store, names, ["organization"])
    alerts = await Alerts(store, names).every(scope_of(""))
    return Known(projects=found, limits=limits, alerts=tuple(alerts))


async def _project(
    store: Store, names: Keyspace, project: Project, models: Sequence[str], *, ours: bool
) -> KnownProject:
    scope = f"project:{project.id}"
    rated = [f"{scope}:{model}" for model in models]
    limits, *rates = await limits_of_some(store, names, [scope, *rated])
    return KnownProject(
        project=project,
        limits=limits,
        rates=dict(zip(models, rates, strict=True)),
        alerts=tuple(await Alerts(store, names).every(scope)),
        keys=await _keys(store, names, project),
        ours=ours,
    )


async def _keys(store: Store, names: Keyspace, project: Project) -> dict[str, KnownKey]:
    ids = [one.decode() for one in await store.call("ZRANGE", names.keys_of(project.id), 0, -1)]
    records = map(texts, await store.call_all([("HGETALL", names.key(one)) for one in ids]))
    limits = await limits_of_some(store, names, [f"key:{one}" for one in ids])
    found: dict[str, KnownKey] = {}
    for identity, fields, own in zip(ids, records, limits, strict=True):
        record = record_of(identity, fields)
        if record.revoked:
            continue
        if record.name in found:
            raise Ambiguous(
                f"Two keys of the project {project.name!r} are named {record.name!r} "
                f"({found[record.name].record.id} and {identity}); revoke one of them first."
            )
        found[record.name] = KnownKey(record=record, limits=own, ours=MARK in fields)
    return found
