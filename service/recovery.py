"""What this gateway can still tell a store that has lost something: the ends of its last calls."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import structlog

from adapters.store.client import Store
from config.money import MicroUSD
from service.keyspace import ORDER_KEPT_MS, Keyspace
from service.ledger import (
    LEASE_MS,
    RING_SECONDS,
    Folio,
    Ledger,
    Leg,
    Settled,
    facts_of,
    settled_of,
)
from service.order import Order
from service.scripts import RECOVER, REHOLD

_log = structlog.get_logger()
SCOPES: Final = ("key", "project", "organization")
NOTHING: Final = Settled(
    state="VOIDED",
    amount=MicroUSD(0),
    house=MicroUSD(0),
    next_call=None,
    next_images=0,
    open_calls=0,
)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """All of a call that its record said, beside the leg."""

    images: int
    unit: MicroUSD
    prices: Mapping[str, MicroUSD]  # by upstream
    priced: str  # "output" | "input"
    period: str  # "2026-11-22"
    facts: tuple[str, ...]  # pairs
    word: str = ""  # of what it may be found as a repeat (ticket.py)


class End(msgspec.Struct, frozen=True):
    """One settled call."""

    folio: Folio
    leg: Leg
    origin: Origin


class Dropped(msgspec.Struct, frozen=True):
    """An order that was taken back."""

    folio: Folio


def origin_of(order: Order, leg: Leg, images: int) -> Origin:
    """From an order in work."""
    facts = (*facts_of(order.plan, order.folio), *order.held.terms.facts())
    word = order.ticket.own_word if order.ticket else ""
    lead = order.plan.lead
    if lead is None or not order.leads(leg.call):
        return Origin(
            images=images,
            unit=order.held.unit,
            prices=order.held.prices,
            priced=order.candidate.unit,
            period=order.held.period,
            facts=facts,
            word=word,
        )
    own = ("model", lead.model.name, "operation", lead.operation, "speed", "", "size", "")
    prices = order.held.lead_prices
    return Origin(
        images=images,
        unit=max(prices.values(), default=order.held.unit),
        prices=prices,
        priced="input",
        period=order.held.period,
        facts=facts + own + order.held.terms.facts(lead=True),  # the later of two counts
        word=word,
    )


class Recovery:
    """Books what was lost, and tells all of its last two minutes again when it is asked to."""

    def __init__(
        self, store: Store, names: Keyspace, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._names = names
        self._now = now
        self._ring: deque[tuple[float, End | Dropped]] = deque()

    def remember(self, folio: Folio, leg: Leg, origin: Origin) -> None:
        """A call was settled."""
        self._ring.append((self._now(), End(folio, leg, origin)))
        self._forget_old()

    def remember_drop(self, folio: Folio) -> None:
        """An order was taken back; a failover may know of its hold and not of that."""
        self._ring.append((self._now(), Dropped(folio)))
        self._forget_old()

    async def recover(self, folio: Folio, leg: Leg, origin: Origin) -> Settled | None:
        """Book a call that the store does not know. None: it does know it.

        What was void needs no book: its hold is lost too. Raises StoreSilent, StoreRefused.
        """
        if leg.verb == "void":
            return NOTHING
        keys = self._keys(folio)
        prices = _line(origin.prices)
        answer = await self._store.run(
            RECOVER,
            keys,
            [
                folio.order,
                leg.call,
                leg.verb,
                leg.upstream,
                leg.billed,
                leg.delivered,
                leg.withheld,
                leg.reason,
                origin.images,
                origin.unit,
                prices,
                origin.priced,
                origin.period,
                ORDER_KEPT_MS,
                self._names.root,
                leg.kept,
                origin.word,
                *origin.facts,
            ],
        )
        if answer == [b"known"]:
            return None
        _log.error("call_recovered", order=folio.order, call=leg.call, verb=leg.verb)
        _report_overshoot(folio, answer[6:])
        return settled_of(answer[:6])

    async def hold_again(self, ledger: Ledger, order: Order, call: int, images: int) -> bool:
        """Hold a granted turn that the store has lost, and what comes after it, and mark it sent; once,
        and only where every limit lets it. The calls before it are told first: their places are free.

        Raises StoreSilent, StoreRefused.
        """
        folio, plan, held = order.folio, order.plan, order.held
        await self._tell(ledger, [end for _, end in self._ring if end.folio.order == folio.order])
        said = await self._store.run(
            REHOLD,
            self._keys(folio),
            [
                folio.order,
                call,
                images,
                order.uncut,
                plan.images,
                plan.per_call,
                folio.slots,
                LEASE_MS,
                ORDER_KEPT_MS,
                held.unit,
                _line(held.prices),
                order.candidate.unit,
                held.period,
                held.hold,
                plan.lead.operation if plan.lead else "",
                self._names.root,
                order.ticket.own_word if order.ticket else "",
                *facts_of(plan, folio),
                *order.held.terms.facts(),
            ],
        )
        _log.error("hold_lost", order=folio.order, call=call, again=said.decode())
        return said in (b"held", b"again")

    async def replay(self, ledger: Ledger) -> int:
        """Settle all of it again, which changes nothing that the store still knows; says how many.

        No turn is granted on the way: nobody would send it. Raises StoreSilent, StoreRefused.
        """
        self._forget_old()
        ends = [end for _, end in self._ring]
        await self._tell(ledger, ends)
        return len(ends)

    async def _tell(self, ledger: Ledger, ends: Sequence[End | Dropped]) -> None:
        for end in ends:
            if isinstance(end, Dropped):
                await ledger.drop(end.folio)
                continue
            leg = msgspec.structs.replace(end.leg, stop=True)
            if await ledger.settle(end.folio, leg) is None:
                await self.recover(end.folio, leg, _answered(end.origin))

    def _keys(self, folio: Folio) -> list[str]:
        return self._names.money(
            folio.order, account=folio.account, key=folio.key, project=folio.project
        )

    def _forget_old(self) -> None:
        oldest = self._now() - RING_SECONDS
        while self._ring and self._ring[0][0] < oldest:
            self._ring.popleft()


def _answered(origin: Origin) -> Origin:
    """Its caller may have been answered: only with an idempotency key is it asked for again."""
    return msgspec.structs.replace(origin, word="") if origin.word.startswith(",") else origin


def _line(prices: Mapping[str, MicroUSD]) -> str:
    return ",".join(f"{name},{price}" for name, price in prices.items())


def _report_overshoot(folio: Folio, passed: Sequence[bytes]) -> None:
    """The holds that were lost let others in: by so much more than the limit is spent."""
    if not passed:
        return
    scope, limit, spent = (int(word) for word in passed[:3])
    _log.error(
        "budget_overshoot",
        order=folio.order,
        scope=SCOPES[scope - 1],
        period=passed[3].decode(),
        limit_microusd=limit,
        budget_overshoot_microusd=spent - limit,
    )
