"""The spine: an order is held, its calls are sent and settled, whoever is still listening."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import msgspec
import structlog

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Delivered, Outcome, Refused, Unknown
from adapters.openai.errors import ApiError
from adapters.store.client import StoreRefused, StoreSilent
from adapters.translate.plan import Plan
from config.money import MicroUSD
from service.desk import Desk
from service.health import State
from service.ids import order_id
from service.kept import sealed
from service.keys import Credential
from service.ledger import Folio, Held, Joined, Ledger, Leg, Started
from service.order import Ended, Order
from service.recovery import origin_of
from service.refusals import not_started, store_full, unavailable
from service.safeguards import Safeguards
from service.settling import SILENT, Settling
from service.slots import Slots
from service.ticket import Ticket
from service.verdict import verdict

_log = structlog.get_logger()
UNGUARDED: Final = Safeguards()
NOT_SENT: Final = Refused(reason="unreachable", message="it was not sent")
STOPPED: Final = Unknown(message="the gateway was stopped during the call")


class Repeated(NamedTuple):
    """The order that a request repeats, and who drew it."""

    folio: Folio
    supplier: Ideogram


class Orders:
    """Places orders. `suppliers` by upstream name; `sleep` is the wait between settles."""

    def __init__(
        self,
        ledger: Ledger,
        suppliers: Mapping[str, Ideogram],
        desk: Desk,
        slots: Slots,
        state: State,
        *,
        guards: Safeguards = UNGUARDED,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._suppliers = suppliers
        self._desk = desk
        self._slots = slots
        self._state = state
        self._guards = guards
        self._settling = Settling(ledger, desk, slots, recovery=guards.recovery, sleep=sleep)

    async def begin(
        self, plan: Plan, caller: Credential, ticket: Ticket | None = None
    ) -> Order | Repeated:
        """Hold the order and send its first calls. Raises ApiError; then nothing was sent.

        With a ticket it may turn out to be a repeat: then nothing more was held either.
        """
        if self._state.draining:
            raise ApiError(
                "draining",
                "This replica is shutting down and takes no new order; another one will.",
                retry_after=1,
            )
        if self._guards.full():
            raise store_full()
        supplier = self._suppliers.get(plan.candidates[0].upstream.name)
        if supplier is None:
            raise ApiError(
                "upstream_unreachable",
                "The upstream of this plan has just been taken out of the configuration.",
                retry_after=1,
            )
        folio = self._ledger.folio(order_id(), plan, key=caller.id, project=caller.project)
        started = await self._start(folio, plan, ticket)
        if isinstance(started, Joined):
            return Repeated(msgspec.structs.replace(folio, order=started.order), supplier)
        if not isinstance(started, Held):
            raise not_started(started, plan)
        order = Order(folio, plan, started, supplier, ticket=ticket)
        self._slots.hold(order.id, folio.account, started.calls)
        first = 0
        for call, images in enumerate(started.calls):
            self._desk.keep(self._call(order, call, first, images))
            first += images
        return order

    async def _start(self, folio: Folio, plan: Plan, ticket: Ticket | None) -> Started:
        """Without the store's word, and its replicas', nothing goes out, and nothing stays held."""
        self._guards.at("before_start")
        try:
            word = ticket.word if ticket else ""
            started = await self._ledger.start(folio, plan, ticket=word)
            safe = not isinstance(started, Held) or await self._guards.replicated()
        except StoreRefused as refusal:
            raise unavailable() from refusal
        except StoreSilent as silence:
            self._settling.drop(folio)
            raise unavailable() from silence
        except BaseException:  # stopped, or an answer that nobody knows
            self._settling.drop(folio)
            raise
        if not safe:
            self._settling.drop(folio)
            raise unavailable()
        self._guards.at("held")
        return started

    async def _call(
        self, order: Order, call: int, first: int, images: int, *, granted: bool = False
    ) -> None:
        """One upstream request, from its bytes to its settled leg. `granted`: not marked sent yet."""
        outcome: Outcome = NOT_SENT
        try:
            payload = order.payload(call, first, images)
            if not granted or await self._may_go(order, call, images):
                outcome = STOPPED  # from here on it may be billed
                self._guards.at("submit")
                outcome = await order.supplier.submit(payload)
                self._guards.at("answered")
        except asyncio.CancelledError:
            # the second SIGTERM: what may have been billed is parked, never left open
            self._desk.keep(self._settle(order, call, first, images, outcome), firm=True)
            raise
        except Exception:  # noqa: BLE001  whatever broke, its money is parked
            _log.exception("call_broke", order=order.id, call=call)
        await self._settle(order, call, first, images, outcome)

    async def _may_go(self, order: Order, call: int, images: int) -> bool:
        """Marked sent; without the store's word no byte goes out. What it has lost is held again."""
        recovery = self._guards.recovery
        try:
            marked = await self._ledger.sent(order.folio, call)
            if marked is None and recovery is not None:
                marked = await recovery.hold_again(self._ledger, order, call, images)
        except SILENT:
            return False
        self._guards.at("sent")
        return bool(marked) and await self._guards.replicated()

    async def _settle(
        self, order: Order, call: int, first: int, images: int, outcome: Outcome
    ) -> None:
        ruling = verdict(outcome)
        leg = Leg(
            call=call,
            verb=ruling.verb,
            upstream=order.candidate.upstream.name,
            reason="not_sent" if outcome is NOT_SENT else ruling.reason,
            billed=ruling.billed,
            delivered=ruling.delivered,
            withheld=ruling.withheld,
            stop=not _goes_on(order, call, outcome),
            kept=sealed(order, call, first, outcome),
        )
        settled = await self._settling.settle(order.folio, leg, origin_of(order, leg, images))
        self._guards.at("settled")
        amount = order.expected(leg, images) if settled is None else settled.amount
        _note(order, leg, outcome, amount)
        shown = 0 if order.leads(call) else images
        ended = Ended(
            call=call, first=first, images=shown, outcome=outcome, verb=leg.verb, amount=amount
        )
        order.end(ended)
        if settled is not None and settled.next_call is not None:
            begins = order.went_on(settled.next_images)
            turn = self._call(order, settled.next_call, begins, settled.next_images, granted=True)
            self._desk.keep(turn)
        order.call_over()


def _goes_on(order: Order, call: int, outcome: Outcome) -> bool:
    """Whether the rest of the order may follow: what has failed once is not bought again."""
    if not isinstance(outcome, Delivered):
        return False
    try:
        return order.learn(outcome.descriptions) if order.leads(call) else True
    except Exception:  # noqa: BLE001  whatever broke, the description is paid and must be settled
        _log.exception("description_broke", order=order.id)
        return False


def _note(order: Order, leg: Leg, outcome: Outcome, amount: MicroUSD) -> None:
    """One line per ended call: a second, independent book (money 2.7)."""
    lead = order.plan.lead if order.leads(leg.call) else None
    sold = lead or order.plan
    _log.info(
        "call_ended",
        order=order.id,
        call=leg.call,
        key=order.folio.key,
        project=order.folio.project,
        model=sold.model.name,
        operation=sold.operation,
        upstream=leg.upstream,
        verb=leg.verb,
        reason=leg.reason,
        status=outcome.status,
        billed=leg.billed,
        delivered=leg.delivered,
        withheld=leg.withheld,
        microusd=amount,
        table=order.plan.table_version,
    )
