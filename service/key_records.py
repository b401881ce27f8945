"""What administration does with keys: list, change, revoke, rotate."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

import msgspec

from adapters.store.client import Store
from service.commit import Actor, Change, Changed, Line, commit
from service.flat import texts
from service.keys import Keys, Kind, Role, make, shown
from service.keyspace import Keyspace
from service.projects import listed

TRIES: Final = 5  # where another admin was quicker


class NoSuchKey(Exception):
    """Nobody has this id, or the key is over; the message says which."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `shown` of its newest secret; times in Unix seconds by the store's clock, 0: never.

    `role` and `projects` of an admin key (none: all); `account`, `scopes` and the list of models of
    a project's key (`models_mode` "" where nothing is said). `digests` of all its secrets.
    """

    id: str
    kind: Kind
    project: str
    name: str
    shown: str
    created: int
    used: int
    expires: int
    revoked: int
    role: Role = "owner"
    projects: tuple[str, ...] = ()
    account: str = ""
    scopes: tuple[str, ...] = ()
    models_mode: str = ""
    models: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


def record_of(identity: str, fields: Mapping[str, str]) -> Record:
    """From what is kept."""

    def moment(name: str) -> int:
        return int(fields.get(name) or 0)

    def names(name: str) -> tuple[str, ...]:
        return listed(fields.get(name, ""))

    return Record(
        id=identity,
        kind="admin" if fields["kind"] == "admin" else "project",
        project=fields["project"],
        name=fields["name"],
        shown=fields["shown"],
        role=cast("Role", fields.get("role") or "owner"),
        account=fields.get("account", ""),
        models_mode=fields.get("models_mode", ""),
        digests=tuple(fields["digests"].split(",")),
        created=moment("created"),
        used=moment("used"),
        expires=moment("expires"),
        revoked=moment("revoked"),
        projects=names("projects"),
        scopes=names("scopes"),
        models=names("models"),
    )


class KeyRecords:
    """Every method raises StoreSilent or StoreRefused; those that name a key raise NoSuchKey."""

    def __init__(self, store: Store, names: Keyspace, keys: Keys) -> None:
        self._store = store
        self._names = names
        self._keys = keys

    async def every(self) -> list[Record]:
        """All keys, oldest first."""
        return await self.some(await self._ids(self._names.keys))

    async def of_project(self, project: str) -> list[str]:
        """The ids of its keys, oldest first, revoked ones too."""
        return await self._ids(self._names.keys_of(project))

    async def admin(self) -> list[str]:
        """The ids of admin keys, oldest first, revoked ones too."""
        return await self._ids(self._names.admin_keys)

    async def some(self, ids: Sequence[str]) -> list[Record]:
        """The records of these, in their order."""
        asked = [("HGETALL", self._names.key(identity)) for identity in ids]
        found = map(texts, await self._store.call_all(asked))
        return [record_of(*pair) for pair in zip(ids, found, strict=True) if pair[1]]

    async def one(self, identity: str) -> Record:
        found = await self.some([identity])
        if not found:
            raise NoSuchKey(f"No key has the id {identity}; `keys list` shows those there are.")
        return found[0]

    async def revoke(self, identity: str, actor: Actor) -> bool:
        """For good, with all its secrets; every replica knows within two seconds. False when it was
        revoked before.
        """
        record = await self.one(identity)
        if record.revoked:
            return False
        change = revoking(self._names, record, await self._store.time_ms() // 1000)
        try:
            await commit(self._store, self._names, change, key_line("deleted", record, actor))
        except Changed:
            return False
        return True

    async def rotate(self, identity: str, *, overlap: int, actor: Actor) -> str:
        """A further secret for the same key, whose limits and spends stay as they are. The secrets it
        had end after `overlap` seconds. Says the new one, once.
        """
        for _ in range(TRIES):
            try:
                return await self._rotate(await self.one(identity), overlap, actor)
            except Changed:  # by another admin, or by the first use under a new pepper
                continue
        raise NoSuchKey(f"{identity} is being changed by others; try again.")

    async def _rotate(self, record: Record, overlap: int, actor: Actor) -> str:
        now = await self._not_over(record)
        last = now + overlap
        secret = make(admin=record.kind == "admin")
        digest = self._keys.digests(secret)[0]
        key, change = self._names.key(record.id), Change()
        change.expect(key, "digests", ",".join(record.digests))
        change.expect(key, "revoked", "")
        places = [self._names.credential(digest) for digest in record.digests]
        ends = await self._store.call_all([("HGET", place, "ends") for place in places])
        for place, end in zip(places, ends, strict=True):
            change.put(place, {"ends": str(min(int(end or last), last))})
        fields = {"id": record.id, "shown": shown(secret)}
        change.put(self._names.credential(digest), fields)
        digests = ",".join((*record.digests, digest))
        change.put(key, {"digests": digests, "shown": shown(secret)})
        line = key_line("updated", record, actor, did="key rotated", overlap_seconds=overlap)
        await commit(self._store, self._names, change, line)
        return secret

    async def _not_over(self, record: Record) -> int:
        now = await self._store.time_ms() // 1000
        if record.revoked or 0 < record.expires <= now:
            raise NoSuchKey(f"{record.id} is revoked or has expired: make a new key.")
        return now

    async def _ids(self, place: str) -> list[str]:
        found = await self._store.call("ZRANGE", place, 0, -1)
        return [identity.decode() for identity in found]


def updating(names: Keyspace, record: Record, fields: Mapping[str, str]) -> Change:
    """A change of a key that is not revoked; more can be added to it."""
    change = Change()
    change.present(names.key(record.id))
    change.expect(names.key(record.id), "revoked", "")
    change.put(names.key(record.id), fields)
    return change


def revoking(names: Keyspace, record: Record, now: int) -> Change:
    """The end of a key that is not revoked yet."""
    return updating(names, record, {"revoked": str(now)})


def key_line(event: str, record: Record, actor: Actor, *, did: str = "", **details: object) -> Line:
    """How the audit log tells of a key. `event`: created, updated, deleted."""
    return Line(
        what=f"api_key.{event}",
        did=did or f"key {event}",
        resource=record.id,
        actor=actor,
        project=record.project,
        details={"name": record.name, "kind": record.kind, **details},
    )
