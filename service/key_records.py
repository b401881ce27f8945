"""What administration does with keys: list, revoke, rotate."""

import msgspec

from adapters.store.client import Store
from service.flat import texts
from service.keys import Keys, Kind, make, shown
from service.keyspace import Keyspace
from service.scripts import REVOKE, ROTATE


class NoSuchKey(Exception):
    """Nobody has this id, or the key is over; the message says which."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `shown` of its newest secret; times in Unix seconds by the store's clock, 0: never."""

    id: str
    kind: Kind
    project: str
    name: str
    shown: str
    created: int
    used: int
    expires: int
    revoked: int


class KeyRecords:
    """Every method raises StoreSilent or StoreRefused; those that name a key raise NoSuchKey."""

    def __init__(self, store: Store, names: Keyspace, keys: Keys) -> None:
        self._store = store
        self._names = names
        self._keys = keys

    async def every(self) -> list[Record]:
        """All keys, oldest first."""
        ids = await self._store.call("ZRANGE", self._names.keys, 0, -1)
        return [await self.one(identity.decode()) for identity in ids]

    async def one(self, identity: str) -> Record:
        fields = texts(await self._store.call("HGETALL", self._names.key(identity)))
        if not fields:
            raise NoSuchKey(f"No key has the id {identity}; `keys list` shows those there are.")
        times = {
            name: int(fields.get(name) or 0) for name in ("created", "used", "expires", "revoked")
        }
        return Record(
            id=identity,
            kind="admin" if fields["kind"] == "admin" else "project",
            project=fields["project"],
            name=fields["name"],
            shown=fields["shown"],
            **times,
        )

    async def revoke(self, identity: str) -> bool:
        """For good, with all its secrets; every replica knows within two seconds. False when it was
        revoked before.
        """
        said = await self._store.run(REVOKE, [self._names.key(identity)], [])
        if said == b"none":
            raise NoSuchKey(f"No key has the id {identity}; `keys list` shows those there are.")
        return bool(said == b"revoked")

    async def rotate(self, identity: str, *, overlap: int) -> str:
        """A further secret for the same key, whose limits and spends stay as they are. The secrets it
        had end after `overlap` seconds. Says the new one, once.
        """
        record = await self.one(identity)
        secret = make(admin=record.kind == "admin")
        digest = self._keys.digests(secret)[0]
        said = await self._store.run(
            ROTATE,
            [self._names.key(identity), self._names.credential(digest)],
            [identity, digest, shown(secret), overlap, self._names.credential("")],
        )
        if said != b"rotated":
            raise NoSuchKey(f"{identity} is revoked or has expired: make a new key.")
        return secret
