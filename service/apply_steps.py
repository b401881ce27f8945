"""The difference between what is wanted and what there is, as steps: each is one change. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec

from service.apply_deltas import (
    alert_puts,
    kept_key,
    kept_project,
    key_deltas,
    limit_deltas,
    project_deltas,
    put_deltas,
)
from service.apply_known import APPLY, MARK, Known, KnownKey, KnownProject
from service.apply_wanted import Models, Wanted, WantedKey, WantedProject
from service.commit import Actor, Change, Line
from service.key_records import key_line, revoking
from service.key_records import updating as updating_key
from service.keys import Keys
from service.keyspace import Keyspace
from service.new_key import MadeKey, NewKey, put_new_key
from service.new_project import NewProject, put_new_project
from service.projects import project_line, updating

Sign = Literal["+", "~", "-"]


class Ready(NamedTuple):
    """One commit. `made`: a new key, whose secret is nowhere else."""

    change: Change
    line: Line
    made: MadeKey | None = None


class Tools(NamedTuple):
    """What changes are made with. `now`: the store's clock, seconds; `behind`: what keys inherit."""

    names: Keyspace
    keys: Keys
    actor: Actor
    now: int
    behind: Mapping[str, str]
    ids: dict[str, str]  # of projects, by name: those made on the way too


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be done. `told`: in words, a line each; `key`: the name of a new key."""

    sign: Sign
    title: str
    told: tuple[str, ...]
    ready: Callable[[Tools], Ready]
    project: str = ""
    key: str = ""


def steps(wanted: Wanted, known: Known, *, prune: bool) -> list[Step]:
    """In the order in which they are to be done."""
    found = list(_organization(wanted, known))
    for project in wanted.projects:
        found += _of_project(project, known.projects.get(project.name), prune=prune)
    if prune:
        named = {project.name for project in wanted.projects}
        gone = (one for name, one in known.projects.items() if one.ours and name not in named)
        found += [_archive(one) for one in gone]
    return found


def _organization(wanted: Wanted, known: Known) -> Iterator[Step]:
    limits = limit_deltas("", wanted.limits, known.limits)
    alerts = alert_puts(wanted.alerts, known.alerts)
    told = (*map(str, limits), *(words for words, _ in alerts))
    if not told:
        return

    def ready(tools: Tools) -> Ready:
        change = Change()
        put_deltas(change, tools.names.limits("organization"), limits)
        for _, put in alerts:
            put(change, tools.names, "organization")
        line = Line(
            what="organization.updated",
            did="organization applied",
            resource="organization",
            actor=tools.actor,
            details={"changes": told},
        )
        return Ready(change, line)

    yield Step(sign="~", title="organization", told=told, ready=ready)


def _of_project(
    wanted: WantedProject, known: KnownProject | None, *, prune: bool
) -> Iterator[Step]:
    if known is None:
        yield _new_project(wanted)
    else:
        yield from _changed_project(wanted, known)
    for key in wanted.keys:
        there = known.keys.get(key.name) if known else None
        if there is None:
            yield _new_key(wanted.name, key)
        else:
            yield from _changed_key(wanted.name, key, there)
    if prune and known is not None:
        named = {key.name for key in wanted.keys}
        gone = (key for name, key in known.keys.items() if key.ours and name not in named)
        yield from (_revoke(wanted.name, key) for key in gone)


def _new_project(wanted: WantedProject) -> Step:
    limits = limit_deltas("", wanted.limits, {})
    rates = {model: limit_deltas(f"{model} ", own, {}) for model, own in wanted.rates.items()}
    alerts = alert_puts(wanted.alerts, ())
    fields = project_deltas(wanted, None)
    deltas = (*fields, *limits, *(one for some in rates.values() for one in some))
    told = (*map(str, deltas), *(words for words, _ in alerts))

    def ready(tools: Tools) -> Ready:
        change = Change()
        asked = NewProject(
            name=wanted.name,
            tags=wanted.tags or {},
            charge_withheld=wanted.charge_withheld or "",
            unknown_parameters=wanted.unknown_parameters or "",
            models_mode=(wanted.models or Models()).mode,
            models=(wanted.models or Models()).entries,
        )
        project = put_new_project(change, tools.names, asked, tools.now).project
        scope = f"project:{project.id}"
        change.put(tools.names.project(project.id), {MARK: APPLY})
        put_deltas(change, tools.names.limits(scope), limits)
        for model, own in rates.items():
            put_deltas(change, tools.names.limits(f"{scope}:{model}"), own)
        for _, put in alerts:
            put(change, tools.names, scope)
        tools.ids[wanted.name] = project.id
        line = project_line("created", project, tools.actor, "project applied", changes=told)
        return Ready(change, line)

    return Step(sign="+", title=f"project {wanted.name}", told=told, ready=ready)


def _changed_project(wanted: WantedProject, known: KnownProject) -> Iterator[Step]:
    fields = project_deltas(wanted, known)
    limits = limit_deltas("", wanted.limits, known.limits)
    rates = {
        model: limit_deltas(f"{model} ", own, known.rates.get(model, {}))
        for model, own in wanted.rates.items()
    }
    alerts = alert_puts(wanted.alerts, known.alerts)
    deltas = (*fields, *limits, *(one for some in rates.values() for one in some))
    told = (*map(str, deltas), *(words for words, _ in alerts))
    if not told:
        return

    def ready(tools: Tools) -> Ready:
        project = known.project
        scope = f"project:{project.id}"
        kept = {delta.name: kept_project(delta.name, wanted) for delta in fields}
        change = updating(
            tools.names, project, {n: v for one in kept.values() for n, v in one.items()}
        )
        put_deltas(change, tools.names.limits(scope), limits)
        for model, own in rates.items():
            put_deltas(change, tools.names.limits(f"{scope}:{model}"), own)
        for _, put in alerts:
            put(change, tools.names, scope)
        line = project_line("updated", project, tools.actor, "project applied", changes=told)
        return Ready(change, line)

    yield Step(sign="~", title=f"project {wanted.name}", told=told, ready=ready)


def _archive(known: KnownProject) -> Step:
    def ready(tools: Tools) -> Ready:
        change = updating(tools.names, known.project, {"archived": str(tools.now)})
        line = project_line("archived", known.project, tools.actor, "project pruned")
        return Ready(change, line)

    keys = f"{len(known.keys)} keys end with it" if known.keys else "it has no keys"
    return Step(sign="-", title=f"project {known.project.name}", told=(keys,), ready=ready)


def _new_key(project: str, wanted: WantedKey) -> Step:
    limits = limit_deltas("", wanted.limits, {})
    fields = key_deltas(wanted, None)
    told = tuple(map(str, (*fields, *limits)))

    def ready(tools: Tools) -> Ready:
        change = Change()
        models = wanted.models or Models()
        asked = NewKey(
            project=tools.ids[project],
            name=wanted.name,
            expires_in=wanted.expires_in,
            scopes=wanted.scopes or (),
            models_mode=models.mode,
            models=models.entries,
        )
        made = put_new_key(change, tools.names, tools.keys, asked, tools.now, behind=tools.behind)
        change.put(tools.names.key(made.record.id), {MARK: APPLY})
        put_deltas(change, tools.names.limits(f"key:{made.record.id}"), limits)
        line = key_line("created", made.record, tools.actor, did="key applied", changes=told)
        return Ready(change, line, made)

    return Step(
        sign="+",
        title=f"project {project}: key {wanted.name}",
        told=told,
        ready=ready,
        project=project,
        key=wanted.name,
    )


def _changed_key(project: str, wanted: WantedKey, known: KnownKey) -> Iterator[Step]:
    fields = key_deltas(wanted, known)
    limits = limit_deltas("", wanted.limits, known.limits)
    told = tuple(map(str, (*fields, *limits)))
    if not told:
        return

    def ready(tools: Tools) -> Ready:
        record = known.record
        kept = {name: text for delta in fields for name, text in kept_key(delta.name, wanted)}
        change = updating_key(tools.names, record, kept)
        put_deltas(change, tools.names.limits(f"key:{record.id}"), limits)
        line = key_line("updated", record, tools.actor, did="key applied", changes=told)
        return Ready(change, line)

    yield Step(sign="~", title=f"project {project}: key {wanted.name}", told=told, ready=ready)


def _revoke(project: str, known: KnownKey) -> Step:
    def ready(tools: Tools) -> Ready:
        change = revoking(tools.names, known.record, tools.now)
        return Ready(change, key_line("deleted", known.record, tools.actor, did="key pruned"))

    title = f"project {project}: key {known.record.name}"
    return Step(sign="-", title=title, told=(known.record.shown,), ready=ready)
