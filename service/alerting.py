"""Tells whoever listens of every spend alert that was passed: each once, whatever replica does it.

The scripts that post money leave crossings behind (lua/alerts.lua). Every replica looks for those that
are due; one has a crossing for as long as a lease, sends it and marks it. A crossing is sent again only
when no 2xx was seen for it, or when the mark of one was lost with its replica or the store; it is the
same body under the same webhook-id then, so that the receiver can tell.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
import structlog

from adapters.store.client import Store, StoreRefused, StoreSilent
from adapters.webhook.client import ANSWER_SECONDS, Heard, Webhook
from config.money import MicroUSD
from service.alerts import alert_of
from service.flat import texts
from service.keyspace import Keyspace
from service.scripts import DUE, TOLD

_log = structlog.get_logger()
LOOK_SECONDS: Final = 1.0
LEASE_MS: Final = 15_000  # of a crossing: three times an attempt
CALM_SECONDS: Final = 3.0  # after an outage, whoever saw a 2xx marks it first
AT_ONCE: Final = 8  # crossings in work: one slow answer does not hold up the others
MARK_SECONDS: Final = 0.2
FIRST_SECONDS: Final = 2.0  # the widest first pause; it doubles
CEILING_SECONDS: Final = 3600.0
GIVEN_UP_MS: Final = 24 * 3600 * 1000
TYPE: Final = "spend_alert.crossed"
Sleep = Callable[[float], Awaitable[None]]
Between = Callable[[float, float], float]


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that was passed, as it was then. `tries` counts this one; times by the store."""

    id: str
    taken: str
    alert: str
    text: str
    scope: str
    project_name: str
    month: str
    threshold: MicroUSD
    posted: MicroUSD
    at_ms: int
    first_ms: int  # of the first try
    tries: int
    withdrawn: bool = False

    def body(self, organization: str) -> bytes:
        """What the receiver reads: the same bytes at every try."""
        kept = alert_of(self.text)
        project = self.scope.partition(":")[2] or None
        event = {
            "id": self.id,
            "object": "event",
            "type": TYPE,
            "created_at": self.at_ms // 1000,
            "data": {
                "alert_id": self.alert,
                "scope": self.scope.partition(":")[0],
                "organization": organization,
                "project_id": project,
                "project_name": self.project_name if project else None,
                "month": self.month,
                "threshold_microusd": self.threshold,
                "posted_microusd": self.posted,
                "recipients": kept.recipients,
                "subject_prefix": kept.subject_prefix,
            },
        }
        return msgspec.json.encode(event)

    def facts(self) -> Mapping[str, Any]:
        """What the log says of it."""
        return {
            "crossing": self.id,
            "alert": self.alert,
            "scope": self.scope,
            "month": self.month,
            "threshold_microusd": self.threshold,
            "posted_microusd": self.posted,
            "tries": self.tries,
        }


class Alerting:
    """`webhook` None: crossings are written to the log, once each, and forgotten."""

    def __init__(
        self,
        store: Store,
        names: Keyspace,
        webhook: Webhook | None,
        *,
        organization: str,
        sleep: Sleep = asyncio.sleep,
        between: Between = random.uniform,
        lease_ms: int = LEASE_MS,
    ) -> None:
        self._store = store
        self._names = names
        self._webhook = webhook
        self._organization = organization
        self._sleep = sleep
        self._between = between
        self._lease_ms = lease_ms
        self._connections = 0
        self._working: set[asyncio.Task[None]] = set()

    async def look(self) -> int:
        """Take what is due and tell it; says how many crossings. Raises StoreSilent, StoreRefused."""
        began = asyncio.get_running_loop().time()
        now, found = await self._take()
        late = began + self._lease_ms / 1000 - ANSWER_SECONDS
        tasks = {asyncio.create_task(self._tell(*one, now, late)) for one in found}
        self._working |= tasks
        if tasks:
            await asyncio.wait(tasks)
            self._working -= tasks
        return len(found)

    async def keep_looking(self) -> None:
        """Without an end. A silent store is tried again; then those who saw a 2xx come first."""
        missed = False
        while True:
            try:
                await self._store.ping()
                before, self._connections = self._connections, self._store.connections
                if before not in {0, self._connections}:
                    await self._sleep(CALM_SECONDS)
                while await self.look() == AT_ONCE:
                    pass
                missed = False
            except (StoreSilent, StoreRefused) as silence:
                if not missed:  # one line an outage
                    _log.warning("spend_alerts_missed", reason=str(silence))
                missed = True
            except Exception:  # noqa: BLE001  one broken look must not be the last
                _log.exception("spend_alerts_broke")
            await self._sleep(LOOK_SECONDS)

    async def drain(self) -> None:
        """Until what is being sent has been answered and marked; a silent store ends the wait."""
        if self._working:
            await asyncio.wait(self._working, timeout=2 * ANSWER_SECONDS)
        for task in self._working:
            task.cancel()

    async def _take(self) -> tuple[int, list[tuple[str, Mapping[str, str]]]]:
        """The store's clock in ms, and crossings with what is kept of them."""
        taken = secrets.token_hex(8)
        keys = [self._names.alerts_due, self._names.crossing(""), self._names.alerts("")]
        now, *found = await self._store.run(DUE, keys, [AT_ONCE, self._lease_ms, taken])
        return int(now), [(name.decode(), texts(flat)) for name, *flat in found]

    async def _tell(self, name: str, fields: Mapping[str, str], now: int, late: float) -> None:
        try:
            await self._tell_one(_crossing(name, fields), now, late)
        except Exception:  # noqa: BLE001  one that is broken holds up no other
            _log.exception("spend_alert_broke", crossing=name)

    async def _tell_one(self, crossing: Crossing, now: int, late: float) -> None:
        if crossing.withdrawn:
            _log.info("spend_alert_withdrawn", **crossing.facts())
            return
        if self._webhook is None:
            _log.warning("spend_alert_crossed", **crossing.facts())
            await self._mark(crossing, "done")
            return
        if asyncio.get_running_loop().time() > late:
            return  # this process stood still: others may have it by now
        body = crossing.body(self._organization)
        heard = await self._webhook.tell(crossing.id, body, seconds=now // 1000)
        if heard.good:
            _log.info("spend_alert_told", status=heard.status, **crossing.facts())
            await self._mark(crossing, "done")
            return
        await self._again(crossing, heard, now)

    async def _again(self, crossing: Crossing, heard: Heard, now: int) -> None:
        told = {"status": heard.status, "why": heard.why, **crossing.facts()}
        wait_ms = pause_ms(crossing.tries, self._between)
        if now + wait_ms > crossing.first_ms + GIVEN_UP_MS:
            _log.error("spend_alert_given_up", **told)
            await self._mark(crossing, "done")
            return
        _log.warning("spend_alert_not_heard", again_ms=wait_ms, **told)
        with suppress(StoreSilent, StoreRefused):  # then its lease is the pause
            await self._run_told(crossing, wait_ms)

    async def _mark(self, crossing: Crossing, word: str) -> None:
        """Surely: whoever saw a 2xx goes on until the store has heard of it."""
        while True:
            with suppress(StoreSilent, StoreRefused):
                await self._run_told(crossing, word)
                return
            await self._sleep(MARK_SECONDS)

    async def _run_told(self, crossing: Crossing, word: str | int) -> None:
        keys = [self._names.alerts_due, self._names.crossing(crossing.id)]
        await self._store.run(TOLD, keys, [crossing.id, crossing.taken, word])


def pause_ms(tries: int, between: Between) -> int:
    """Full jitter: between nothing and the doubled step, at most an hour."""
    widest = min(CEILING_SECONDS, FIRST_SECONDS * 2 ** min(tries - 1, 30))
    return int(between(0.0, widest) * 1000)


def _crossing(name: str, fields: Mapping[str, str]) -> Crossing:
    return Crossing(
        id=name,
        taken=fields.get("taken", ""),
        alert=fields["alert"],
        text=fields["text"],
        scope=fields["scope"],
        project_name=fields["project_name"],
        month=fields["month"],
        threshold=MicroUSD(int(fields["threshold"])),
        posted=MicroUSD(int(fields["posted"])),
        at_ms=int(fields["at_ms"]),
        first_ms=int(fields.get("first_ms", fields["at_ms"])),
        tries=int(fields["tries"]),
        withdrawn="withdrawn" in fields,
    )
