"""Spend alerts as they are kept: of a project or of the organisation, made, changed and taken away.

What happens when one is passed is in lua/alerts.lua; who tells it, in alerting.py.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.store.client import Store
from config.money import MicroUSD
from service.commit import Actor, Change, Line
from service.flat import texts
from service.ids import order_id
from service.keyspace import Keyspace
from service.usage import day_of

MOST_ALERTS: Final = 20  # of one scope


class NoSuchAlert(Exception):
    """The scope has no alert of this id; the message says so."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of when a month has posted `threshold`, and to whom."""

    threshold: MicroUSD
    recipients: tuple[str, ...]
    subject_prefix: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it was read. `text` is how it lies there, for a change that expects no other."""

    id: str
    alert: Alert
    text: str


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scope is in the store's month: `crossed` by crossing, in Unix seconds."""

    now: int
    month: str
    posted: MicroUSD
    crossed: Mapping[str, int]

    def crossed_at(self, identity: str, alert: Alert) -> int | None:
        """When the alert was passed."""
        return self.crossed.get(crossing_of(identity, self.month, alert.threshold))

    def crosses_at(self, identity: str, alert: Alert) -> int | None:
        """The same of one that is about to be written: now, where it is passed already."""
        passed = self.now if self.posted >= alert.threshold else None
        return self.crossed_at(identity, alert) or passed


_read: Final = msgspec.json.Decoder(Alert).decode


def alert_id() -> str:
    """ "alert_" and a ULID."""
    return f"alert_{order_id()}"


def crossing_of(identity: str, month: str, threshold: MicroUSD) -> str:
    """What one crossing is called, whoever says so and however often (lua/alerts.lua)."""
    return f"{identity}-{month}-{threshold}"


def scope_of(project: str) -> str:
    """The scope of a project's alerts; of "", the organisation's."""
    return f"project:{project}" if project else "organization"


def alert_of(text: str | bytes) -> Alert:
    """From what is kept."""
    return _read(text)


def put_alert(
    change: Change, names: Keyspace, scope: str, identity: str, alert: Alert, before: Kept | None
) -> None:
    """Make an alert, or change `before`; where it is passed already, it is due at once."""
    key, thresholds = names.alerts(scope), names.thresholds(scope)
    change.expect(key, identity, before.text if before else "")
    if before is None:
        change.fewer(key, MOST_ALERTS)
    change.put(key, {identity: msgspec.json.encode(alert).decode()})
    change.file(thresholds, identity, alert.threshold)
    change.cross(thresholds, identity)


def drop_alert(change: Change, names: Keyspace, scope: str, kept: Kept) -> None:
    """Take it away. What it crossed and nobody was told yet is not told any more."""
    change.expect(names.alerts(scope), kept.id, kept.text)
    change.take(names.alerts(scope), kept.id)
    change.unfile(names.thresholds(scope), kept.id)


def alert_line(did: str, scope: str, identity: str, alert: Alert, actor: Actor) -> Line:
    """How the audit log tells of an alert. `did`: created, updated, deleted."""
    project = scope.partition(":")[2]
    details: dict[str, Any] = {"alert": identity, "microusd": alert.threshold}
    return Line(
        what="project.updated" if project else "organization.updated",
        did=f"spend alert {did}",
        resource=project or scope,
        actor=actor,
        project=project,
        details=details | {"recipients": alert.recipients, "subject_prefix": alert.subject_prefix},
    )


class Alerts:
    """Every method raises StoreSilent or StoreRefused."""

    def __init__(self, store: Store, names: Keyspace) -> None:
        self._store = store
        self._names = names

    async def every(self, scope: str) -> list[Kept]:
        """All of a scope, oldest first."""
        found = texts(await self._store.call("HGETALL", self._names.alerts(scope)))
        return [Kept(id=one, alert=_read(found[one]), text=found[one]) for one in sorted(found)]

    async def one(self, scope: str, identity: str) -> Kept:
        """Raises NoSuchAlert."""
        text = await self._store.call("HGET", self._names.alerts(scope), identity)
        if text is None:
            raise NoSuchAlert(f"There is no spend alert {identity}.")
        return Kept(id=identity, alert=_read(text), text=text.decode())

    async def month(self, scope: str) -> Month:
        """What the scope has posted this month, and which alerts it passed."""
        now = await self._store.time_ms() // 1000
        month = day_of(now)[:7]
        posted, crossed = await self._store.call_all(
            [
                ("HGET", f"{self._names.balance(scope)}:{month}", "posted"),
                ("HGETALL", self._names.alerted(scope, month)),
            ]
        )
        return Month(
            now=now,
            month=month,
            posted=MicroUSD(int(posted or 0)),
            crossed={name: int(at) for name, at in texts(crossed).items()},
        )
