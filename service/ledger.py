"""The books: an order is held, its calls are sent and settled, each verb one script."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from adapters.store.client import Store
from adapters.store.wire import Part
from adapters.translate.plan import Plan
from config.money import MicroUSD
from config.settings import MOST_USERS
from service.allowance import Rates, Refused, rates_of, refused
from service.keyspace import ORDER_KEPT_MS, Keyspace
from service.price_lines import price_lines, prices_of
from service.scripts import BEAT, DROP, SENT, SETTLE, START
from service.seen import Seen
from service.terms import Terms, terms_of
from service.users import Nobody, Users

LEASE_MS: Final = 25_000  # what a dead replica held is free after this and a sweep: within 30 s
BEAT_SECONDS: Final = 5.0
RING_SECONDS: Final = 120.0  # more than any failover or restart loses (money 2.3)
PROOF_SECONDS: Final = RING_SECONDS - 10  # of this a replica can still tell every end

NOBODY: Final = Nobody()

Verb = Literal["post", "void", "park"]
Ending = Literal["POSTED", "VOIDED", "PARKED", "WRITTEN_OFF"]
STATES: Final[Mapping[Verb, Ending]] = {"post": "POSTED", "void": "VOIDED", "park": "PARKED"}


class Folio(msgspec.Struct, frozen=True, kw_only=True):
    """Where one order stands in the books: whose it is, and which account's places it takes.

    `user`: for whom it is drawn, as the books may say it; `most_users` of its project and month are
    told apart, all others are "other".
    """

    order: str
    key: str
    project: str
    account: str
    slots: int  # places of the account
    user: str = ""
    most_users: int = MOST_USERS


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The order is held and `calls` are marked sent: images of each, in order of index.

    `unit` is the dearest of `prices`, which are those in force at the hold, by upstream.
    """

    unit: MicroUSD
    period: str  # the day it counts in, "2026-11-22", UTC
    hold: MicroUSD
    prices: Mapping[str, MicroUSD]
    lead_prices: Mapping[str, MicroUSD]  # of a call that comes first; empty without one
    calls: tuple[int, ...]
    rates: Rates | None = None  # what is left of the rate limits
    terms: Terms = Terms()


class Full(msgspec.Struct, frozen=True):
    """No place is free; one is likely after `wait_ms`. Nothing was held."""

    wait_ms: int
    rates: Rates | None = None


class Unpriced(msgspec.Struct, frozen=True):
    """No price is in force now. Nothing was held."""


class Gone(msgspec.Struct, frozen=True):
    """It was taken back. Nothing is held."""


class Joined(msgspec.Struct, frozen=True):
    """It is a repeat of this order. Nothing more was held."""

    order: str


class Reused(msgspec.Struct, frozen=True):
    """Its idempotency key belongs to another request. Nothing was held."""


class Frozen(msgspec.Struct, frozen=True):
    """The journal has lost entries (lua/watch.lua). Nothing was held."""


NotHeld = Full | Refused | Unpriced | Gone | Reused | Frozen
Started = Held | Joined | NotHeld


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How one call ended, and the turn its order got next (`next_call` None: none)."""

    state: Ending
    amount: MicroUSD
    house: MicroUSD
    next_call: int | None
    next_images: int
    open_calls: int


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be settled: one call of an order and what it came to. Counts are images."""

    call: int
    verb: Verb
    upstream: str
    reason: str
    billed: int = 0
    delivered: int = 0
    withheld: int = 0
    stop: bool = False  # do not cut the rest of the order
    kept: bytes = b""  # what it came to, sealed for who asks again


class Ledger:
    """Holds, sends and settles. Every method raises StoreSilent or StoreRefused: the caller decides
    what a silent store means there (money fails closed before sending, and is sent again after).
    A refusal wrote nothing.
    """

    def __init__(
        self,
        store: Store,
        names: Keyspace,
        *,
        lease_ms: int = LEASE_MS,
        users: Users | Nobody = NOBODY,
    ) -> None:
        self._store = store
        self._users = users
        self.names = names
        self._lease_ms = lease_ms
        self.seen = Seen(PROOF_SECONDS)

    def folio(self, order: str, plan: Plan, *, key: str, project: str) -> Folio:
        """Where an order of this plan will stand, and for whom it is drawn."""
        folio = folio_of(order, plan, key=key, project=project)
        user, most = self._users.booked(plan.user), self._users.most
        return msgspec.structs.replace(folio, user=user, most_users=most)

    async def start(self, folio: Folio, plan: Plan, *, ticket: str = "") -> Started:
        """Hold the price of a plan and take the free places, where every limit lets it. Safe to
        repeat with the same order. `ticket`: of which order it may be a repeat (replay.py).
        """
        words: list[Part] = [
            folio.order,
            plan.images,
            plan.per_call,
            folio.slots,
            self._lease_ms,
            ORDER_KEPT_MS,
            price_lines(plan.candidates),
            self.names.root,
            plan.candidates[0].unit,
            *_lead(plan),
            ticket,
            self.seen.newest,
            folio.most_users,
        ]
        facts = facts_of(plan, folio)
        return _started(await self._store.run(START, self._keys(folio), [*words, *facts]))

    async def sent(self, folio: Folio, call: int) -> bool | None:
        """Mark a granted call sent; False when it ended meanwhile and must not go out. None when the
        store does not know it (lost in a failover).
        """
        answer = await self._store.run(SENT, self._keys(folio), [folio.order, call])
        return None if answer == b"lost" else answer in (b"sent", b"again")

    async def settle(self, folio: Folio, leg: Leg) -> Settled | None:
        """Post, void or park one call; None when the store does not know it (lost in a failover).

        A call that was settled before keeps its state, whatever this leg says.
        """
        words: list[Part] = [
            folio.order,
            leg.call,
            leg.verb,
            leg.upstream,
            leg.billed,
            leg.delivered,
            leg.withheld,
            leg.reason,
            "stop" if leg.stop else "go",
            folio.slots,
            self._lease_ms,
            leg.kept,
        ]
        return settled_of(await self._store.run(SETTLE, self._keys(folio), words))

    async def drop(self, folio: Folio) -> MicroUSD:
        """Take back an order of which nothing was sent, held or not; a start that is still under
        way will hold nothing. Says what is free again.
        """
        answer = await self._store.run(DROP, self._keys(folio), [folio.order, ORDER_KEPT_MS])
        return MicroUSD(int(answer[1]) if answer[0] == b"dropped" else 0)

    async def beat(self, account: str, members: Sequence[str]) -> int:
        """Renew the leases of orders ("ORDER") and places ("ORDER.CALL:IMAGES")."""
        keys = [self.names.places(account), self.names.open]
        return int(await self._store.run(BEAT, keys, [self._lease_ms, *members]))

    def _keys(self, folio: Folio) -> list[str]:
        return self.names.money(
            folio.order, account=folio.account, key=folio.key, project=folio.project
        )


def folio_of(order: str, plan: Plan, *, key: str, project: str) -> Folio:
    """The same, for nobody in particular."""
    upstream = plan.candidates[0].upstream
    return Folio(
        order=order, key=key, project=project, account=upstream.account, slots=upstream.slots
    )


def _lead(plan: Plan) -> tuple[Part, ...]:
    lead = plan.lead
    if lead is None:
        return "", "", ""
    return price_lines(lead.candidates), lead.model.name, lead.operation


def facts_of(plan: Plan, folio: Folio) -> Iterator[str]:
    """What the order's record and its lines in the journal say of it: names and values in turn."""
    facts = {
        "project": folio.project,
        "key": folio.key,
        "model": plan.model.name,
        "operation": plan.operation,
        "speed": plan.speed or "",
        "table": plan.table_version,
        "size": plan.delivery.size or "",
        "source": plan.source,
        "user": folio.user,
        "account": folio.account,  # for the sweeper, which gives its places back
    }
    return (text for pair in facts.items() for text in pair)


def _started(answer: list[Any]) -> Started:
    match answer:
        case [b"held" | b"again", unit, period, hold, prices, lead, rates, terms, *calls]:
            return Held(
                unit=MicroUSD(int(unit)),
                period=period.decode(),
                hold=MicroUSD(int(hold)),
                prices=prices_of(prices.decode()),
                lead_prices=prices_of(lead.decode()),
                calls=tuple(int(images) for images in calls),
                rates=rates_of(rates.decode()),
                terms=terms_of(terms.decode()),
            )
        case [b"barred" | b"slow" | b"short", *_]:
            return refused(answer)
        case _:
            return _not_held(answer)


def _not_held(answer: list[Any]) -> Started:
    match answer:
        case [b"full", wait_ms, rates]:
            return Full(int(wait_ms), rates_of(rates.decode()))
        case [b"gone"]:
            return Gone()
        case [b"joined", order]:
            return Joined(order.decode())
        case [b"reused"]:
            return Reused()
        case [b"unpriced"]:
            return Unpriced()
        case [b"frozen"]:
            return Frozen()
        case _:
            raise ValueError(f"the books said {answer!r} to a start, which nobody knows")


def settled_of(answer: list[Any]) -> Settled | None:
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
