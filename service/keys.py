"""API keys: their form, their digests, and who they belong to."""

import hashlib
import hmac
import re
import secrets
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from adapters.store.client import Store
from service.ids import order_id
from service.keyspace import Keyspace
from service.scripts import REGISTER

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX: Final = "sk-ig-"
ADMIN_PREFIX: Final = "sk-ig-admin-"
_FORM: Final = re.compile(r"sk-ig-(?:admin-)?[0-9A-Za-z]{38}", re.ASCII)
CACHE_SECONDS: Final = 2.0  # a revocation is seen this soon
CACHE_ENTRIES: Final = 10_000

Kind = Literal["project", "admin"]


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is. `shown` is all of it that may be printed: prefix and last four."""

    id: str
    kind: Kind
    project: str
    name: str
    shown: str
    revoked: bool = False


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

    def _digests(self, key: str) -> list[str]:
        return [hmac.new(p, key.encode(), hashlib.sha256).hexdigest() for p in self._peppers]

    async def find(self, key: str) -> Credential | None:
        """The record of a well-formed key, at most two seconds old; None when nobody has it.

        Raises StoreSilent, StoreRefused.
        """
        digests = self._digests(key)
        known = self._seen.get(digests[0])
        if known is not None and known[0] > self._now():
            return known[1]
        found = None
        for digest in digests:
            found = found or await self._read(digest)
        if len(self._seen) >= CACHE_ENTRIES:
            self._seen.clear()
        self._seen[digests[0]] = (self._now() + CACHE_SECONDS, found)
        return found

    async def _read(self, digest: str) -> Credential | None:
        flat = await self._store.call("HGETALL", self._names.credential(digest))
        fields = _texts(flat)
        if not fields:
            return None
        return Credential(
            id=fields["id"],
            kind="admin" if fields["kind"] == "admin" else "project",
            project=fields["project"],
            name=fields["name"],
            shown=fields["shown"],
            revoked=bool(fields.get("revoked")),
        )

    async def register(self, key: str, *, name: str, project: str = "proj_default") -> bool:
        """Write the record unless the digest is known; True when it was new.

        A digest that was revoked stays revoked. Raises ValueError for a key of another form.
        """
        if not well_formed(key):
            raise ValueError("not a key of the form that `python -m service keys new` prints")
        fields = {
            "id": f"key_{order_id()}",
            "kind": "admin" if is_admin(key) else "project",
            "project": "" if is_admin(key) else project,
            "name": name,
            "shown": shown(key),
            "created": str(int(time.time())),
            "revoked": "",
        }
        flat = [text for pair in fields.items() for text in pair]
        digest, *older = self._digests(key)
        for one in older:  # else a key that was revoked under the old pepper would come back
            if await self._read(one) is not None:
                return False
        record = self._names.credential(digest)
        return bool(await self._store.run(REGISTER, [record], flat) == b"made")


def _texts(flat: object) -> dict[str, str]:
    """HGETALL's answer, as a flat list (RESP2) or a map (RESP3), as text."""
    if isinstance(flat, dict):
        return {key.decode(): value.decode() for key, value in flat.items()}
    assert isinstance(flat, list)  # noqa: S101  HGETALL answers nothing else
    return {flat[i].decode(): flat[i + 1].decode() for i in range(0, len(flat), 2)}
