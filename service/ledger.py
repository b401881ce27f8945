"""The books: an order is held, its calls are sent and settled, each verb one script."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from adapters.store.client import Store
from adapters.translate.plan import Plan
from config.money import MicroUSD
from service.keyspace import ORDER_KEPT_MS, Keyspace
from service.scripts import BEAT, SENT, SETTLE, START

LEASE_MS: Final = 30_000  # what a dead replica held is free after this
BEAT_SECONDS: Final = 5.0

Verb = Literal["post", "void", "park"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The order is held and `calls` are marked sent: images of each, in order of index."""

    unit: MicroUSD
    period: str  # "2026-11", UTC
    hold: MicroUSD
    calls: tuple[int, ...]


class Full(msgspec.Struct, frozen=True):
    """No place is free; one is likely after `wait_ms`. Nothing was held."""

    wait_ms: int


class Short(msgspec.Struct, frozen=True):
    """A spend limit would be passed; `scope` 0 key, 1 project, 2 organisation. Nothing was held."""

    scope: int
    limit: MicroUSD
    spent: MicroUSD


class Unpriced(msgspec.Struct, frozen=True):
    """No price is in force now. Nothing was held."""


Started = Held | Full | Short | Unpriced


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How one call ended, and the turn its order got next (`next_call` None: none)."""

    state: Literal["POSTED", "VOIDED", "PARKED"]
    amount: MicroUSD
    house: MicroUSD
    next_call: int | None
    next_images: int
    open_calls: int


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be settled: one call of an order and what it came to."""

    order: str
    call: int
    verb: Verb
    upstream: str
    reason: str
    billed: int = 0
    delivered: int = 0
    withheld: int = 0
    stop: bool = False  # do not cut the rest of the order


class Ledger:
    """Holds, sends and settles. Every method raises StoreSilent or StoreRefused: the caller decides
    what a silent store means there (money fails closed before sending, and is sent again after).
    """

    def __init__(self, store: Store, names: Keyspace) -> None:
        self._store = store
        self._names = names

    async def start(
        self,
        order: str,
        plan: Plan,
        *,
        key: str,
        project: str,
        limits: Sequence[MicroUSD | None] = (),
    ) -> Started:
        """Hold the price of a plan and take the free places. Safe to repeat with the same id."""
        names, account = self._names, plan.candidates[0].upstream.account
        answer = await self._store.run(
            START,
            [
                names.order(order),
                names.journal,
                names.places(account),
                names.account(account),
                names.open,
                *names.balances(key=key, project=project),
            ],
            [
                order,
                plan.images,
                plan.per_call,
                plan.candidates[0].upstream.slots,
                LEASE_MS,
                ORDER_KEPT_MS,
                price_lines(plan),
                ",".join("" if limit is None else str(limit) for limit in limits),
                plan.candidates[0].unit,
                *_facts(plan, key=key, project=project),
            ],
        )
        return _started(answer)

    async def sent(self, order: str, call: int, plan: Plan) -> bool:
        """Mark a granted call sent; False when it ended meanwhile and must not go out."""
        account = plan.candidates[0].upstream.account
        keys = [self._names.order(order), self._names.account(account)]
        return bool(await self._store.run(SENT, keys, [call]) in (b"sent", b"again"))

    async def settle(self, leg: Leg, plan: Plan, *, key: str, project: str) -> Settled | None:
        """Post, void or park one call; None when the store does not know it (lost in a failover)."""
        names, upstream = self._names, plan.candidates[0].upstream
        answer = await self._store.run(
            SETTLE,
            [
                names.order(leg.order),
                names.journal,
                names.places(upstream.account),
                names.account(upstream.account),
                names.open,
                *names.balances(key=key, project=project),
            ],
            [
                leg.order,
                leg.call,
                leg.verb,
                leg.upstream,
                leg.billed,
                leg.delivered,
                leg.withheld,
                leg.reason,
                "stop" if leg.stop else "go",
                upstream.slots,
                LEASE_MS,
            ],
        )
        return _settled(answer)

    async def beat(self, account: str, members: Sequence[str]) -> int:
        """Renew the leases of orders ("ORDER") and places ("ORDER.CALL:IMAGES")."""
        keys = [self._names.places(account), self._names.open]
        return int(await self._store.run(BEAT, keys, [LEASE_MS, *members]))


def price_lines(plan: Plan) -> str:
    """Every candidate's price steps, for the script to choose by the store's clock."""
    return ";".join(
        f"{c.upstream.name}=" + ",".join(f"{s.effective_from_ms}:{s.microusd}" for s in c.schedule)
        for c in plan.candidates
    )


def _facts(plan: Plan, *, key: str, project: str) -> list[str]:
    facts = {
        "project": project,
        "key": key,
        "model": plan.model.name,
        "operation": plan.operation,
        "speed": plan.speed or "",
        "table": plan.table_version,
    }
    return [text for pair in facts.items() for text in pair]


def _started(answer: list[Any]) -> Started:
    word, *rest = answer
    if word in (b"held", b"again"):
        unit, period, hold, *calls = rest
        return Held(
            unit=MicroUSD(int(unit)),
            period=period.decode(),
            hold=MicroUSD(int(hold)),
            calls=tuple(int(images) for images in calls),
        )
    if word == b"full":
        return Full(int(rest[0]))
    if word == b"short":
        return Short(int(rest[0]) - 1, MicroUSD(int(rest[1])), MicroUSD(int(rest[2])))
    return Unpriced()


def _settled(answer: list[Any]) -> Settled | None:
    if answer[0] == b"none":
        return None
    state, amount, house, call, images, open_calls = answer
    return Settled(
        state=state.decode(),
        amount=MicroUSD(int(amount)),
        house=MicroUSD(int(house)),
        next_call=None if int(call) < 0 else int(call),
        next_images=int(images),
        open_calls=int(open_calls),
    )
