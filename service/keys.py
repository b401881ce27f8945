"""API keys: their form, their digests, and who they belong to."""

import hashlib
import hmac
import re
import secrets
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Literal

import msgspec

from adapters.store.client import Store, StoreRefused, StoreSilent
from adapters.store.wire import Part
from service.flat import texts
from service.ids import order_id
from service.keyspace import Keyspace
from service.scripts import FIND, REGISTER, REHASH

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX: Final = "sk-ig-"
ADMIN_PREFIX: Final = "sk-ig-admin-"
_FORM: Final = re.compile(r"sk-ig-(?:admin-)?[0-9A-Za-z]{38}", re.ASCII)
CACHE_SECONDS: Final = 2.0  # a revocation is seen this soon
CACHE_ENTRIES: Final = 10_000
PROJECT: Final = "proj_default"

Kind = Literal["project", "admin"]


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is. `shown` is all of it that may be printed: prefix and last four. `ended`: it
    has expired, or its rotation is over. `digest` tells its secret from others, and nothing else.
    """

    id: str
    kind: Kind
    project: str
    name: str
    shown: str
    revoked: bool = False
    ended: bool = False
    digest: str = ""


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
        answer = await self._store.run(FIND, records, [self._names.key("")])
        if not answer:
            return None
        place, now, secret, key = answer[0], answer[1], texts(answer[2]), texts(answer[3])
        if place > 1:
            await self._rehash(records[place - 1], digests[0], secret["id"])
        ends = [int(end) for end in (secret.get("ends"), key.get("expires")) if end and end != "0"]
        return Credential(
            id=secret["id"],
            kind="admin" if key["kind"] == "admin" else "project",
            project=key["project"],
            name=key["name"],
            shown=secret["shown"],
            revoked=bool(key.get("revoked")),
            ended=any(end <= now for end in ends),
            digest=digests[0],
        )

    async def _rehash(self, old: str, digest: str, identity: str) -> None:
        """At the first use after a change of pepper. A store that cannot is asked again next time."""
        with suppress(StoreSilent, StoreRefused):
            keys = [old, self._names.credential(digest), self._names.key(identity)]
            await self._store.run(REHASH, keys, [digest])

    async def register(
        self, key: str, *, name: str, project: str = PROJECT, expires_in: int = 0
    ) -> str | None:
        """Write the records of a key; says its id, or None when the secret is known already, also
        under an older pepper. `expires_in`: seconds, 0 for never.

        A secret that was revoked stays revoked. Raises ValueError for a key of another form.
        """
        if not well_formed(key):
            raise ValueError("not a key of the form that `python -m service keys new` prints")
        identity = f"key_{order_id()}"
        fields = {
            "kind": "admin" if is_admin(key) else "project",
            "project": "" if is_admin(key) else project,
            "name": name,
            "revoked": "",
        }
        flat = [text for pair in fields.items() for text in pair]
        digests = self.digests(key)
        records = [self._names.credential(digest) for digest in digests]
        keys = [self._names.keys, self._names.key(identity), *records]
        words: list[Part] = [identity, digests[0], shown(key), expires_in, *flat]
        made = await self._store.run(REGISTER, keys, words) == b"made"
        return identity if made else None
