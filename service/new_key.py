"""What a new key begins with: the one place where its fields are put together."""

from collections.abc import Mapping

import msgspec

from service.accounts import Account, on_active_project, put_newest
from service.commit import Change
from service.defaults import lifetime_of
from service.key_records import Record, record_of
from service.keys import Keys, Role, make, shown
from service.keyspace import Keyspace
from service.limits import checked, put_limits


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a project, as it is asked for. `account`: who owns it, None for nobody.

    `expires_in` seconds, None: nothing is said. `limits` as they are typed (limits.py).
    """

    project: str
    name: str
    account: Account | None = None
    expires_in: int | None = None
    scopes: tuple[str, ...] = ()
    models_mode: str = ""
    models: tuple[str, ...] = ()
    limits: Mapping[str, str | None] = {}


class NewAdminKey(msgspec.Struct, frozen=True, kw_only=True):
    """An admin key, as it is asked for. `projects` it is bound to, none: to all."""

    name: str
    role: Role = "owner"
    projects: tuple[str, ...] = ()
    expires_in: int | None = None


class MadeKey(msgspec.Struct, frozen=True):
    """The secret, which is nowhere else; the record, the limits as they are kept, and what it
    inherits behind them.
    """

    secret: str
    record: Record
    limits: Mapping[str, str] = {}
    behind: Mapping[str, str] = {}


def put_new_key(
    change: Change,
    names: Keyspace,
    keys: Keys,
    asked: NewKey,
    now: int,
    *,
    behind: Mapping[str, str],
) -> MadeKey:
    """Make it, in an active project and for an account that is not deleted; one that is made in the
    same change need not be there yet. `now` in Unix seconds by the store's clock. `behind`: what keys
    inherit (defaults.py), of which a lifetime is given to it now. Raises BadLimit.
    """
    lifetime = lifetime_of(behind) if asked.expires_in is None else asked.expires_in
    secret = make(admin=False)
    fields = {
        "kind": "project",
        "project": asked.project,
        "name": asked.name,
        "created": str(now),
        "expires": _ends(lifetime, now),
        "account": asked.account.id if asked.account else "",
        "scopes": _list(asked.scopes),
        "models_mode": asked.models_mode,
        "models": _list(asked.models),
    }
    on_active_project(change, names, asked.project)
    identity = keys.put(change, secret, fields)
    if asked.account is not None:
        put_newest(change, names, asked.account, identity)
    scope = f"key:{identity}"
    put_limits(change, names, scope, asked.limits)
    kept = checked(scope, asked.limits)
    return MadeKey(
        secret,
        _record(identity, secret, fields),
        {name: text for name, text in kept.items() if text},
        behind,
    )


def put_new_admin_key(
    change: Change, names: Keyspace, keys: Keys, asked: NewAdminKey, now: int
) -> MadeKey:
    """Make it; the projects it is bound to must be there. `now` as above."""
    secret = make(admin=True)
    fields = {
        "kind": "admin",
        "project": "",
        "name": asked.name,
        "created": str(now),
        "expires": _ends(asked.expires_in, now),
        "role": asked.role,
        "projects": _list(asked.projects) if asked.projects else "",
    }
    for project in asked.projects:
        change.present(names.project(project))
    return MadeKey(secret, _record(keys.put(change, secret, fields), secret, fields))


def _record(identity: str, secret: str, fields: Mapping[str, str]) -> Record:
    return record_of(identity, {**fields, "shown": shown(secret), "digests": ""})


def _ends(expires_in: int | None, now: int) -> str:
    return str(now + expires_in if expires_in else 0)


def _list(words: tuple[str, ...]) -> str:
    return msgspec.json.encode(words).decode()
