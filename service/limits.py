"""Limits as they are kept, and how they are read and set (which there are: config/limits.py)."""

import re
from collections.abc import Mapping, Sequence

from adapters.store.client import Store
from config.limits import LIMITS
from service.commit import Actor, Change, Line, commit
from service.flat import names_under, texts
from service.keyspace import Keyspace


class BadLimit(Exception):
    """It cannot be set; the message says what it may be."""


def kind_of(scope: str) -> str:
    """key, project, organization, or "model" for a project's limits on one model. Raises BadLimit."""
    if re.fullmatch(r"key:[\w-]+|project:[\w-]+|organization", scope, re.ASCII):
        return scope.partition(":")[0]
    if re.fullmatch(r"project:[\w-]+:\S+", scope, re.ASCII):  # an operator names models freely
        return "model"
    raise BadLimit(
        f"{scope!r} has no limits: organization, project:ID, project:ID:MODEL and key:ID have."
    )


def checked(scope: str, changes: Mapping[str, str | None]) -> dict[str, str]:
    """What is to be kept: "" takes a limit away. Raises BadLimit."""
    kind = kind_of(scope)
    kept: dict[str, str] = {}
    for name, text in changes.items():
        limit = LIMITS.get(name)
        if limit is None or kind not in limit.scopes:
            known = ", ".join(one.name for one in LIMITS.values() if kind in one.scopes)
            raise BadLimit(f"{scope} has no limit {name!r}; it has {known}.")
        try:
            kept[name] = "" if text is None else limit.read(text)
        except ValueError as bad:
            raise BadLimit(f"{name} cannot be {text!r}; it may be {limit.may}.") from bad
    return kept


def put_limits(
    change: Change, names: Keyspace, scope: str, changes: Mapping[str, str | None]
) -> None:
    """Limits as they are typed; None takes one away. Raises BadLimit."""
    kept = checked(scope, changes)
    key = names.limits(scope)
    change.put(key, {name: text for name, text in kept.items() if text})
    change.take(key, *(name for name, text in kept.items() if not text))


async def set_limits(
    store: Store,
    names: Keyspace,
    scope: str,
    changes: Mapping[str, str | None],
    actor: Actor,
) -> None:
    """Set limits as they are typed, take away those that are None; all of them or none. They hold
    for every order that starts later. Raises BadLimit, StoreSilent, StoreRefused.
    """
    change = Change()
    put_limits(change, names, scope, changes)
    await commit(store, names, change, limit_line(scope, changes, actor))


def limit_line(scope: str, changes: Mapping[str, str | None], actor: Actor) -> Line:
    """How the audit log tells of limits that were set."""
    kind, _, name = scope.partition(":")
    what = {"key": "api_key.updated", "organization": "organization.updated"}
    return Line(
        what=what.get(kind, "project.updated"),
        did="limits set",
        resource=scope if kind == "organization" else name.partition(":")[0],
        actor=actor,
        project=name.partition(":")[0] if kind == "project" else "",
        details={"scope": scope, "limits": dict(changes)},
    )


async def limits_of(store: Store, names: Keyspace, scope: str) -> dict[str, str]:
    """Those that are set, as they are kept: spends in micro-USD. Raises BadLimit, StoreSilent,
    StoreRefused.
    """
    kind_of(scope)
    kept = texts(await store.call("HGETALL", names.limits(scope)))
    return {name: kept[name] for name in LIMITS if name in kept}


async def limits_of_some(
    store: Store, names: Keyspace, scopes: Sequence[str]
) -> list[dict[str, str]]:
    """The same of several scopes, in their order. Raises StoreSilent, StoreRefused."""
    found = map(texts, await store.call_all([("HGETALL", names.limits(one)) for one in scopes]))
    return [{name: kept[name] for name in LIMITS if name in kept} for kept in found]


async def all_limits(store: Store, names: Keyspace) -> dict[str, dict[str, str]]:
    """Every scope that has limits. Raises StoreSilent, StoreRefused."""
    found = {name async for name in names_under(store, names.limits(""))}
    return {scope: await limits_of(store, names, scope) for scope in sorted(found)}
