"""What projects and keys inherit where nothing of their own is set: of the file, and of admins.

What admins set is kept by itself and goes before the file. Both together are written where every start
and every look-up of a key reads them (lua/limits.lua, lua/find.lua), so that a change reaches all who
have nothing of their own, at the next order.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from adapters.store.client import Store, StoreRefused, StoreSilent
from config.inherited import LIFETIME, MODELS, NAMES, OF_LIMITS
from service.commit import Actor, Change, Changed, Line, commit
from service.flat import texts
from service.keyspace import Keyspace

TRIES: Final = 5  # where an admin was quicker
RETRY_SECONDS: Final = 2.0
_log = structlog.get_logger()


class Defaults:
    """Every method raises StoreSilent or StoreRefused."""

    def __init__(self, store: Store, names: Keyspace) -> None:
        self._store = store
        self._names = names
        self._insisting: asyncio.Task[None] | None = None

    async def of_admins(self) -> dict[str, str]:
        """What admins have set, by the names of config/inherited.py."""
        kept = texts(await self._store.call("HGETALL", self._names.defaults))
        return {name: text for name, text in kept.items() if name in NAMES}

    async def put_in_force(self, file: Mapping[str, str]) -> None:
        """What this file says, where admins have said nothing. The gateway that read its file last
        decides for all of one store.
        """
        for _ in range(TRIES):
            admins = await self.of_admins()
            together = {**file, **admins}
            if await self._as_kept() == derived(together):
                return
            change = _unless_changed(self._names, admins)
            _derive(change, self._names, together)
            try:
                await commit(self._store, self._names, change, None)
            except Changed:
                continue
            return
        raise StoreSilent("others change the defaults all the time")

    def take(self, file: Mapping[str, str]) -> None:
        """The same of a file that was read again, as soon as the store lets it."""
        if self._insisting is not None:
            self._insisting.cancel()
        self._insisting = asyncio.create_task(self._insist(file))

    async def _insist(self, file: Mapping[str, str]) -> None:
        while True:
            try:
                await self.put_in_force(file)
            except (StoreSilent, StoreRefused) as why:
                _log.warning("defaults_not_in_force", reason=str(why))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _as_kept(self) -> tuple[dict[str, str], dict[str, str]]:
        asked = [("HGETALL", self._names.inherited(kind)) for kind in ("project", "key")]
        project, key = map(texts, await self._store.call_all(asked))
        return project, key

    def close(self) -> None:
        """End what `take` began."""
        if self._insisting is not None:
            self._insisting.cancel()


async def inherited(store: Store, names: Keyspace, kind: str) -> dict[str, str]:
    """What is in force for projects, or for keys: limits as limits.py keeps them, by name; models of
    projects, the lifetime of keys. Raises StoreSilent, StoreRefused.
    """
    return texts(await store.call("HGETALL", names.inherited(kind)))


def lifetime_of(behind: Mapping[str, str]) -> int:
    """Seconds that a new key has for whom nothing is said; 0: no end. `behind`: what keys inherit."""
    return int(behind.get("lifetime", 0))


def changing(
    names: Keyspace,
    file: Mapping[str, str],
    admins: Mapping[str, str],
    changes: Mapping[str, str],
) -> Change:
    """Set defaults as admins do; "" hands one back to the file. `admins`: what they had set."""
    change = _unless_changed(names, admins)
    change.put(names.defaults, {name: text for name, text in changes.items() if text})
    change.take(names.defaults, *(name for name, text in changes.items() if not text))
    _derive(change, names, {**file, **after(admins, changes)})
    return change


def after(admins: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """What admins have set once the changes are made."""
    return {name: text for name, text in {**admins, **changes}.items() if text}


def derived(together: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What projects, and what keys, inherit."""
    project, key = (
        {
            name.removeprefix(f"{kind}_"): text
            for name, text in together.items()
            if name in OF_LIMITS and name.startswith(f"{kind}_")
        }
        for kind in ("project", "key")
    )
    project |= {name: together[name] for name in MODELS if name in together}
    if LIFETIME in together:
        key["lifetime"] = together[LIFETIME]
    return project, key


def defaults_line(actor: Actor, changes: Mapping[str, str]) -> Line:
    """How the audit log tells of it."""
    details = {name: text or None for name, text in changes.items()}
    return Line(
        what="organization.updated",
        did="defaults set",
        resource="defaults",
        actor=actor,
        details={"defaults": details},
    )


def _unless_changed(names: Keyspace, admins: Mapping[str, str]) -> Change:
    change = Change()
    for name in NAMES:
        change.expect(names.defaults, name, admins.get(name, ""))
    return change


def _derive(change: Change, names: Keyspace, together: Mapping[str, str]) -> None:
    for kind, fields in zip(("project", "key"), derived(together), strict=True):
        change.drop(names.inherited(kind))
        change.put(names.inherited(kind), fields)
