"""The spine: an order is held, its calls are sent and settled, whoever is still listening."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final, TypeVar

import msgspec
import structlog

from adapters.ideogram.client import Ideogram
from adapters.ideogram.outcome import Delivered, Outcome, Refused, Unknown
from adapters.openai.errors import ApiError
from adapters.store.client import StoreRefused, StoreSilent
from adapters.translate.plan import Plan
from config.money import MicroUSD, total, usd
from service.desk import Desk
from service.health import State
from service.ids import order_id
from service.keys import Credential
from service.ledger import Full, Held, Ledger, Leg, Settled, Short, Started
from service.slots import Slots
from service.verdict import verdict

_log = structlog.get_logger()
T = TypeVar("T")
SILENT: Final = (StoreSilent, StoreRefused)
LATER_FIRST: Final = 0.2  # seconds until a settle is sent again
LATER_MOST: Final = 5.0
LONGEST_WAIT: Final = 60.0  # clients ignore or resent a longer retry-after (openai-images 7c)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """One call's end: images `first` .. `first + images - 1` of the order."""

    call: int
    first: int
    images: int
    outcome: Outcome
    verb: str
    amount: MicroUSD  # micro-USD: posted, or parked; 0 when void


class Order:
    """One client request in work. `ended` grows; `stream()` yields each end as it comes."""

    def __init__(self, order: str, plan: Plan, caller: Credential, held: Held) -> None:
        self.id = order
        self.plan = plan
        self.caller = caller
        self.held = held
        self.ended: list[Ended] = []
        self.abandoned = False  # nobody waits: no further turn is sent
        self._running = len(held.calls)
        self._cut = sum(held.calls)
        self._news: asyncio.Queue[Ended | None] = asyncio.Queue()
        self._over = asyncio.Event()

    def cut(self, images: int) -> int:
        """Take the next images of the order for a call; says the first one's index."""
        first = self._cut
        self._cut += images
        return first

    def went_on(self) -> None:
        self._running += 1

    def end(self, ended: Ended) -> None:
        self.ended.append(ended)
        self._news.put_nowait(ended)

    def call_over(self) -> None:
        self._running -= 1
        if self._running == 0:
            self._news.put_nowait(None)
            self._over.set()

    async def over(self) -> None:
        """Wait until every call has ended."""
        await self._over.wait()

    async def stream(self) -> AsyncIterator[Ended]:
        while (ended := await self._news.get()) is not None:
            yield ended


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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._suppliers = suppliers
        self._desk = desk
        self._slots = slots
        self._state = state
        self._sleep = sleep

    async def begin(self, plan: Plan, caller: Credential) -> Order:
        """Hold the order and send its first calls. Raises ApiError; then nothing was sent."""
        if self._state.draining:
            raise ApiError(
                "draining",
                "This replica is shutting down and takes no new order; another one will.",
                retry_after=1,
            )
        identity = order_id()
        try:
            started = await self._ledger.start(
                identity, plan, key=caller.id, project=caller.project
            )
        except SILENT as silence:
            self._desk.keep(self._take_back(identity, plan, caller))
            raise unavailable() from silence
        held = _held(started, plan)
        order = Order(identity, plan, caller, held)
        self._slots.hold(order.id, plan.candidates[0].upstream.account, held.calls)
        first = 0
        for call, images in enumerate(held.calls):
            self._desk.keep(self._call(order, call, first, images))
            first += images
        return order

    async def _take_back(self, identity: str, plan: Plan, caller: Credential) -> None:
        """A start whose answer was lost may have been applied, or may be yet: ask again by the same
        id until the store says which, and void what it held. None of it was sent.
        """
        started = await self._surely(
            lambda: self._ledger.start(identity, plan, key=caller.id, project=caller.project)
        )
        for call in range(len(started.calls) if isinstance(started, Held) else 0):
            leg = Leg(
                order=identity,
                call=call,
                verb="void",
                upstream=plan.candidates[0].upstream.name,
                reason="start_unanswered",
                stop=True,
            )
            await self._settle_surely(leg, plan, caller)

    async def _call(self, order: Order, call: int, first: int, images: int) -> None:
        """One upstream request, from its bytes to its settled leg."""
        try:
            outcome = await self._submit(order, first, images)
        except asyncio.CancelledError:
            # the second SIGTERM: what may have been billed is parked, never left open
            gone = Unknown(message="the gateway was stopped during the call")
            self._desk.keep(self._settle(order, call, first, images, gone))
            raise
        except Exception:  # noqa: BLE001  whatever broke, its money is parked
            _log.exception("call_broke", order=order.id, call=call)
            outcome = Unknown(message="the gateway failed during the call")
        await self._settle(order, call, first, images, outcome)

    async def _submit(self, order: Order, first: int, images: int) -> Outcome:
        candidate = order.plan.candidates[0]
        payload = candidate.payload(first, images)
        return await self._suppliers[candidate.upstream.name].submit(payload)

    async def _settle(
        self, order: Order, call: int, first: int, images: int, outcome: Outcome
    ) -> None:
        plan = order.plan
        ruling = verdict(outcome)
        leg = Leg(
            order=order.id,
            call=call,
            verb=ruling.verb,
            upstream=plan.candidates[0].upstream.name,
            reason=ruling.reason,
            billed=ruling.billed,
            delivered=ruling.delivered,
            withheld=ruling.withheld,
            stop=order.abandoned or not isinstance(outcome, Delivered),
        )
        settled = await self._settle_once(order, leg)
        amount = _expected(order, leg, images) if settled is None else settled.amount
        order.end(
            Ended(
                call=call,
                first=first,
                images=images,
                outcome=outcome,
                verb=leg.verb,
                amount=amount,
            )
        )
        self._note(order, leg, outcome, amount)
        if settled is not None and settled.next_call is not None:
            order.went_on()
            self._desk.keep(self._turn(order, settled.next_call, settled.next_images))
        order.call_over()

    async def _settle_once(self, order: Order, leg: Leg) -> Settled | None:
        """Settle now; with a silent store the caller gets the images, the books follow later."""
        try:
            settled = await self._ledger.settle(
                leg, order.plan, key=order.caller.id, project=order.caller.project
            )
        except SILENT:
            self._desk.keep(self._settle_late(order, leg))
            return None
        if settled is not None and settled.next_call is not None:
            self._slots.take(order.id, settled.next_call, settled.next_images)
        self._slots.give(order.id, leg.call)
        if settled is None:
            _log.error("call_lost_by_store", order=order.id, call=leg.call, verb=leg.verb)
        elif settled.house:
            _log.error(
                "billed_above_hold", order=order.id, call=leg.call, house_microusd=settled.house
            )
        return settled

    async def _settle_late(self, order: Order, leg: Leg) -> None:
        """Settle until the store answers. A turn granted by then has nobody waiting for it."""
        settled = await self._settle_surely(leg, order.plan, order.caller)
        self._slots.give(order.id, leg.call)
        if settled is not None and settled.next_call is not None:
            rest = Leg(
                order=order.id,
                call=settled.next_call,
                verb="void",
                upstream=leg.upstream,
                reason="store_was_silent",
                stop=True,
            )
            await self._settle_surely(rest, order.plan, order.caller)

    async def _settle_surely(self, leg: Leg, plan: Plan, caller: Credential) -> Settled | None:
        return await self._surely(
            lambda: self._ledger.settle(leg, plan, key=caller.id, project=caller.project)
        )

    async def _surely(self, verb: Callable[[], Awaitable[T]]) -> T:
        """Repeat a verb, which is safe by its id, until the store answers."""
        pause = LATER_FIRST
        while True:
            try:
                return await verb()
            except SILENT:
                await self._sleep(pause)
                pause = min(pause * 2, LATER_MOST)

    async def _turn(self, order: Order, call: int, images: int) -> None:
        """The next turn of an order: marked sent first; without the store's word no byte goes out."""
        first = order.cut(images)
        try:
            marked = not order.abandoned and await self._ledger.sent(order.id, call, order.plan)
        except SILENT:
            marked = False
        if marked:
            await self._call(order, call, first, images)
        else:
            unsent = Refused(reason="unreachable", message="the ledger could not be reached")
            await self._settle(order, call, first, images, unsent)

    def _note(self, order: Order, leg: Leg, outcome: Outcome, amount: MicroUSD) -> None:
        """One line per ended call: a second, independent book (money 2.7)."""
        _log.info(
            "call_ended",
            order=order.id,
            call=leg.call,
            key=order.caller.id,
            project=order.caller.project,
            model=order.plan.model.name,
            operation=order.plan.operation,
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


def _expected(order: Order, leg: Leg, images: int) -> MicroUSD:
    """What the store will book when it is back: the held price of what is billed or parked."""
    if leg.verb == "post":
        count = min(leg.billed, images)
        return total(
            order.held.unit, min(count, 1) if order.plan.candidates[0].unit == "input" else count
        )
    return total(order.held.unit, images) if leg.verb == "park" else MicroUSD(0)


def _held(started: Started, plan: Plan) -> Held:
    match started:
        case Held():
            return started
        case Full():
            raise _full(started.wait_ms / 1000)
        case Short():
            raise _short(started)
        case _:
            raise ApiError(
                "model_not_priced",
                f"{plan.model.name} has no price in force now, so it is not sold.",
                param="model",
            )


def _full(wait: float) -> ApiError:
    seconds = max(1, round(wait))
    known = seconds <= LONGEST_WAIT
    return ApiError(
        "rate_limit_exceeded",
        "All places of the Ideogram account are taken. Nothing was drawn and nothing is billed. "
        f"Please try again in {seconds}s.",
        retry_after=seconds if known else None,
        retry=known,
    )


def _short(short: Short) -> ApiError:
    scope = ("This API key", "This project", "This organization")[short.scope]
    return ApiError(
        "insufficient_quota",
        f"{scope} has used ${usd(short.spent)} of its ${usd(short.limit)} for this month (UTC); "
        "this order would pass the limit. Nothing was drawn and nothing is billed.",
    )


def unavailable() -> ApiError:
    """The store did not answer before anything was sent."""
    return ApiError(
        "ledger_unavailable",
        "The ledger cannot be reached, so no order is taken. Nothing was sent and nothing is billed.",
        retry_after=1,
    )
