"""Adopts what a dead replica left, and ends what is parked. Every replica runs one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog

from adapters.store.client import Store, StoreRefused, StoreSilent
from config.money import MicroUSD
from service.keyspace import Keyspace
from service.ledger import BEAT_SECONDS
from service.retention import Retention
from service.scripts import SWEEP

_log = structlog.get_logger()
SWEEP_SECONDS: Final = 2.0
CALM_SECONDS: Final = 2 * BEAT_SECONDS  # after an outage the living renew their leases first
UPKEEP_SECONDS: Final = 60.0
PAGE: Final = 100
Sleep = Callable[[float], Awaitable[None]]


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What one look came to, in calls and micro-USD."""

    voided: int = 0
    void_microusd: MicroUSD = MicroUSD(0)
    parked: int = 0
    park_microusd: MicroUSD = MicroUSD(0)
    written_off: int = 0
    house_microusd: MicroUSD = MicroUSD(0)


class Sweeper:
    """Looks for orders whose lease has ended. Several at once are safe: each look is one script."""

    def __init__(
        self,
        store: Store,
        names: Keyspace,
        retention: Retention,
        *,
        park_seconds: int,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._names = names
        self._retention = retention
        self._park_ms = park_seconds * 1000
        self._sleep = sleep
        self._connections = 0

    async def sweep(self) -> list[Swept]:
        """One look at every order that is due; says those that changed. Raises StoreSilent."""
        found: list[Swept] = []
        passed = 0  # orders that stay due: their script was refused
        while True:
            due = await self._due(passed)
            for order in due:
                try:
                    swept = await self._sweep(order)
                except StoreRefused as refusal:
                    _log.error("sweep_refused", order=order, reason=str(refusal))
                    passed += 1
                else:
                    found += [swept] if swept != Swept() else []
            if len(due) < PAGE:
                return found

    async def _due(self, passed: int) -> list[str]:
        now = await self._store.time_ms()
        due = await self._store.call(
            "ZRANGEBYSCORE", self._names.open, "-inf", now, "LIMIT", passed, PAGE
        )
        return [order.decode() for order in due]

    async def _sweep(self, order: str) -> Swept:
        whose = await self._store.call(
            "HMGET", self._names.order(order), "account", "key", "project"
        )
        account, key, project = ((word or b"").decode() for word in whose)
        keys = self._names.money(order, account=account, key=key, project=project)
        answer = await self._store.run(SWEEP, keys, [order, self._park_ms])
        swept = _swept(answer)
        for end in answer[7:] if swept != Swept() else ():
            _note(order, key, project, end.decode())
        if swept.voided or swept.parked:
            _log.warning(
                "order_adopted",
                order=order,
                voided=swept.voided,
                void_microusd=swept.void_microusd,
                parked=swept.parked,
                park_microusd=swept.park_microusd,
            )
        if swept.written_off:
            _log.error(
                "written_off",
                order=order,
                calls=swept.written_off,
                house_microusd=swept.house_microusd,
            )
        return swept

    async def keep_sweeping(self) -> None:
        """Without an end. A silent store is tried again; then the living are let renew first."""
        loop = asyncio.get_running_loop()
        upkeep = loop.time()
        while True:
            await self._sleep(SWEEP_SECONDS)
            try:
                await self._store.ping()
                before, self._connections = self._connections, self._store.connections
                if before not in {0, self._connections}:
                    await self._sleep(CALM_SECONDS)
                await self.sweep()
                if loop.time() >= upkeep:
                    upkeep = loop.time() + UPKEEP_SECONDS
                    await self._retention.keep()
            except (StoreSilent, StoreRefused) as silence:
                _log.warning("sweep_missed", reason=str(silence))
            except Exception:  # noqa: BLE001  one broken look must not be the last
                _log.exception("sweep_broke")


def _swept(answer: list[Any]) -> Swept:
    match answer:
        case [b"swept", *words]:
            voided, void_sum, parked, park_sum, written_off, off_sum = map(int, words[:6])
            return Swept(
                voided=voided,
                void_microusd=MicroUSD(void_sum),
                parked=parked,
                park_microusd=MicroUSD(park_sum),
                written_off=written_off,
                house_microusd=MicroUSD(off_sum),
            )
        case _:
            return Swept()


def _note(order: str, key: str, project: str, end: str) -> None:
    """One line per ended call, as orders.py writes it for those that end with their replica."""
    call, verb, images, amount = end.split(",")
    _log.info(
        "call_ended",
        order=order,
        call=call,
        key=key,
        project=project,
        verb=verb,
        reason="park_ended" if verb == "write_off" else "lease_ended",
        images=int(images),
        microusd=int(amount),
    )
