"""The audit log read back: every write of administration, found by what it was and who did it."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, Final, Literal

import msgspec

from adapters.store.client import Store
from service.flat import texts
from service.keyspace import Keyspace

PAGE: Final = 500  # entries in one answer of the store
Order = Literal["asc", "desc"]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, as commit.py wrote it. `id` is the stream's; `at_ms` by the store's clock."""

    id: str
    at_ms: int
    what: str
    did: str
    resource: str
    project: str
    actor: str
    name: str
    address: str
    request: str
    details: Mapping[str, Any]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: an empty collection leaves all in. Times in milliseconds, both inclusive."""

    from_ms: int = 0
    until_ms: int = 2**53
    whats: Collection[str] = ()
    projects: Collection[str] = ()
    actors: Collection[str] = ()
    resources: Collection[str] = ()

    def fits(self, entry: Mapping[str, str]) -> bool:
        """Whether the entry is one of them; its time is looked at where it is read."""
        named = (
            (self.whats, "what"),
            (self.projects, "project"),
            (self.actors, "actor"),
            (self.resources, "resource"),
        )
        return all(not some or entry.get(field, "") in some for some, field in named)


async def there(store: Store, names: Keyspace, identity: str) -> bool:
    """Whether an entry has this id. Raises StoreSilent, StoreRefused."""
    return bool(await store.call("XRANGE", names.audit, identity, identity))


async def changes(
    store: Store, names: Keyspace, wanted: Wanted, *, order: Order, beyond: str = ""
) -> AsyncIterator[Written]:
    """Those wanted, one by one; `beyond` an entry's id, in this direction. Raises StoreSilent,
    StoreRefused.
    """
    if wanted.from_ms > wanted.until_ms:
        return
    low, high = str(wanted.from_ms), str(wanted.until_ms)
    if beyond:
        low, high = _from(beyond, low, high, order)
    while True:
        found = await _read(store, names, low, high, order)
        for identity, flat in found:
            fields = texts(flat)
            if wanted.fits(fields):
                yield _written(identity.decode(), fields)
        if len(found) < PAGE:
            return
        last = found[-1][0].decode()
        low, high = (low, f"({last}") if order == "desc" else (f"({last}", high)


async def _read(store: Store, names: Keyspace, low: str, high: str, order: Order) -> list[Any]:
    if order == "desc":
        return list(await store.call("XREVRANGE", names.audit, high, low, "COUNT", PAGE))
    return list(await store.call("XRANGE", names.audit, low, high, "COUNT", PAGE))


def _from(beyond: str, low: str, high: str, order: Order) -> tuple[str, str]:
    """The bounds, the nearer one at the entry unless it is narrower already."""
    at = int(beyond.partition("-")[0])
    if order == "desc":
        return low, f"({beyond}" if at <= int(high) else high
    return f"({beyond}" if at >= int(low) else low, high


def _written(identity: str, fields: Mapping[str, str]) -> Written:
    return Written(
        id=identity,
        at_ms=int(identity.partition("-")[0]),
        details=msgspec.json.decode(fields.get("details") or "{}", type=dict[str, Any]),
        **{
            name: fields.get(name, "")
            for name in (
                "what",
                "did",
                "resource",
                "project",
                "actor",
                "name",
                "address",
                "request",
            )
        },
    )
