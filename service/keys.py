"""API keys: their form, their digests, and who they belong to."""

import hashlib
import hmac
import re
import secrets
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, Literal, cast

import msgspec

from adapters.store.client import Store, StoreRefused, StoreSilent
from config.entries import Mode
from config.inherited import MODELS
from service.commit import Change, Changed, commit
from service.flat import texts
from service.ids import order_id
from service.keyspace import Keyspace
from service.permits import Permit
from service.projects import Project, listed, put_project
from service.scripts import FIND, REHASH

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX: Final = "sk-ig-"
ADMIN_PREFIX: Final = "sk-ig-admin-"
_FORM: Final = re.compile(r"sk-ig-(?:admin-)?[0-9A-Za-z]{38}", re.ASCII)
CACHE_SECONDS: Final = 2.0  # a revocation is seen this soon
CACHE_ENTRIES: Final = 10_000
PROJECT: Final = "proj_default"

Kind = Literal["project", "admin"]
Role = Literal["owner", "member", "reader"]  # of an admin key
READ_ONLY: Final = "api.all.read"  # the one scope a project's key can be narrowed to


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is. `shown` is all of it that may be printed: prefix and last four. `ended`: it
    has expired, or its rotation is over. `digest` tells its secret from others, and nothing else.
    `role`, and the `projects` it is bound to (none: to all), are an admin key's; `archived`, of its
    project, and `permits` a project key's.
    """

    id: str
    kind: Kind
    project: str
    name: str
    shown: str
    revoked: bool = False
    ended: bool = False
    digest: str = ""
    role: Role = "owner"
    projects: tuple[str, ...] = ()
    account: str = ""  # its service account
    scopes: tuple[str, ...] = ()
    archived: bool = False
    permits: tuple[Permit, ...] = ()
    unknown_parameters: str = ""  # the project's rule; "" as the gateway's


def checksum(text: str) -> str:
    """CRC-32 of all characters before it, six base62 digits, padded with 0."""
    number = zlib.crc32(text.encode())
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return digits.rjust(6, "0")


def make(*, admin: bool) -> str:
    """A new key: prefix, 32 random base62 characters, checksum."""
    body = (ADMIN_PREFIX if admin else PREFIX) + "".join(secrets.choice(BASE62) for _ in range(32))
    return body + checksum(body)


def well_formed(key: str) -> bool:
    """True when the form and the checksum are right; says nothing about who it belongs to."""
    return _FORM.fullmatch(key) is not None and hmac.compare_digest(checksum(key[:-6]), key[-6:])


def is_admin(key: str) -> bool:
    return key.startswith(ADMIN_PREFIX)


def shown(key: str) -> str:
    """What may be printed of a key."""
    return f"{ADMIN_PREFIX if is_admin(key) else PREFIX}...{key[-4:]}"


class Keys:
    """The key records of the store. `peppers`: the current one first, the old one during rotation."""

    def __init__(
        self,
        store: Store,
        names: Keyspace,
        peppers: Sequence[bytes],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._names = names
        self._peppers = tuple(peppers)
        self._now = now
        self._seen: dict[str, tuple[float, Credential | None]] = {}

    def digests(self, key: str) -> list[str]:
        """Under each pepper, the current one first."""
        return [hmac.new(p, key.encode(), hashlib.sha256).hexdigest() for p in self._peppers]

    async def find(self, key: str) -> Credential | None:
        """The record of a well-formed key, at most two seconds old; None when nobody has it.

        Raises StoreSilent, StoreRefused.
        """
        digests = self.digests(key)
        known = self._seen.get(digests[0])
        if known is not None and known[0] > self._now():
            return known[1]
        found = await self._read(digests)
        if len(self._seen) >= CACHE_ENTRIES:
            self._seen.clear()
        self._seen[digests[0]] = (self._now() + CACHE_SECONDS, found)
        return found

    async def _read(self, digests: Sequence[str]) -> Credential | None:
        records = [self._names.credential(digest) for digest in digests]
        names = self._names
        told = [names.key(""), names.project(""), names.inherited("project")]
        answer = await self._store.run(FIND, records, told)
        if not answer:
            return None
        place, now, *found = answer
        secret, key, project, inherited = map(texts, found)
        if place > 1:
            await self._rehash(records[place - 1], digests[0], secret["id"])
        if key["kind"] == "project" and not project.get("models_mode"):
            project |= {name: inherited[name] for name in MODELS if name in inherited}
        return _credential(secret, key, project, now=now, digest=digests[0])

    async def _rehash(self, old: str, digest: str, identity: str) -> None:
        """At the first use after a change of pepper. A store that cannot is asked again next time."""
        with suppress(StoreSilent, StoreRefused):
            keys = [old, self._names.credential(digest), self._names.key(identity)]
            await self._store.run(REHASH, keys, [digest])

    async def register(
        self, key: str, *, name: str, project: str = PROJECT, expires_in: int = 0
    ) -> str | None:
        """Write the records of a key, and of its project where nobody has made it yet; says the
        key's id, or None when the secret is known already, also under an older pepper.
        `expires_in`: seconds, 0 for never.

        A secret that was revoked stays revoked. Raises ValueError for a key of another form.
        """
        if not well_formed(key):
            raise ValueError("not a key of the form that `python -m service keys new` prints")
        admin = is_admin(key)
        now = await self._store.time_ms() // 1000
        change = Change()
        fields = {
            "kind": "admin" if admin else "project",
            "project": "" if admin else project,
            "name": name,
            "created": str(now),
            "expires": str(now + expires_in if expires_in else 0),
        }
        identity = self.put(change, key, fields)
        record = self._names.project(project)
        if not admin and not await self._store.call("EXISTS", record):
            put_project(change, self._names, Project(id=project, name=project, created=now))
        try:
            await commit(self._store, self._names, change, None)
        except Changed as changed:
            if changed.key != record:
                return None
            return await self.register(key, name=name, project=project, expires_in=expires_in)
        return identity

    def put(self, change: Change, key: str, fields: Mapping[str, str]) -> str:
        """Make the key, where nobody has its secret yet; says its id. `fields` of its record:
        kind, project, name, created and expires at least.
        """
        identity = f"key_{order_id()}"
        digests = self.digests(key)
        for digest in digests:
            change.absent(self._names.credential(digest))
        change.put(self._names.credential(digests[0]), {"id": identity, "shown": shown(key)})
        record = {"digests": digests[0], "shown": shown(key), "revoked": "", **fields}
        change.put(self._names.key(identity), record)
        created = int(fields["created"])
        of_project = fields["kind"] == "project"
        index = self._names.keys_of(fields["project"]) if of_project else self._names.admin_keys
        for place in (self._names.keys, index):
            change.file(place, identity, created)
        return identity


def _credential(
    secret: Mapping[str, str],
    key: Mapping[str, str],
    project: Mapping[str, str],
    *,
    now: int,
    digest: str,
) -> Credential:
    ends = [int(end) for end in (secret.get("ends"), key.get("expires")) if end and end != "0"]
    return Credential(
        id=secret["id"],
        kind="admin" if key["kind"] == "admin" else "project",
        project=key["project"],
        name=key["name"],
        shown=secret["shown"],
        revoked=bool(key.get("revoked")),
        ended=any(end <= now for end in ends),
        digest=digest,
        role=cast("Role", key.get("role") or "owner"),
        projects=listed(key.get("projects", "")),
        account=key.get("account", ""),
        scopes=listed(key.get("scopes", "")),
        archived=bool(project.get("archived")),
        permits=(*_permits("project", project), *_permits("key", key)),
        unknown_parameters=project.get("unknown_parameters", ""),
    )


def _permits(whose: Literal["project", "key"], fields: Mapping[str, str]) -> tuple[Permit, ...]:
    mode = fields.get("models_mode", "")
    if not mode:
        return ()
    entries = listed(fields.get("models", ""))
    return (Permit(whose=whose, mode=cast("Mode", mode), entries=entries),)
