"""Any interleaving of verbs on a real store against a small model: every balance, place and state."""

import asyncio
import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapters.store.client import connect
from adapters.translate.plan import Plan
from service.allowance import Short
from service.books import verify
from service.keyspace import Keyspace
from service.ledger import Full, Held, Ledger, Leg, Settled, Started
from tests.money.books import Books, plan_of, priced
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
NUMBERS = itertools.count()
SLOTS = 10
PRICES = (1, 7, 60_000, 999_999_999)
LIMIT = 40 * 60_000
PLANS = {
    (images, seeded): plan_of(n=images, slots=SLOTS, **({"seed": 5} if seeded else {}))
    for images in (1, 2, 3, 8, 10)
    for seeded in (False, True)
}


@dataclass
class Call:
    images: int
    state: str = "SENT"
    amount: int = 0
    leased: bool = True  # its places are its own
    answer: Settled | None = None
    adopted: bool = False  # parked by a sweeper: its replica's word still counts
    resolved: tuple[str, int] | None = None  # by hand: the word, images


@dataclass
class Order:
    name: str
    plan: Plan
    project: str
    unit: int
    left: int
    dropped: bool = False
    calls: dict[int, Call] = field(default_factory=dict)


class Money(RuleBasedStateMachine):
    """`leases` that ended are those of a replica that died: the next verb may give them away."""

    server: Valkey
    orders = Bundle("orders")

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        names = Keyspace(f"machine-{next(NUMBERS)}")
        store = self.run(connect(self.server.url, timeout=5.0, slot_key=names.root))
        self.books = Books(store, names, Ledger(store, names))
        self.price = PRICES[2]
        self.known: list[Order] = []
        self.house = 0
        self.adjusted = {"p": 0, "q": 0}

    def run(self, verb):  # type: ignore[no-untyped-def]
        return self.loop.run_until_complete(verb)

    @property
    def used(self) -> int:
        return sum(
            call.images
            for order in self.known
            for call in order.calls.values()
            if call.leased and call.state in {"HELD", "SENT"}
        )

    # --- verbs ---

    @rule(price=st.sampled_from(PRICES))
    def change_price(self, price: int) -> None:
        self.price = price

    @rule(
        target=orders,
        kind=st.sampled_from(sorted(PLANS)),
        project=st.sampled_from("pq"),
        limited=st.booleans(),
    )
    def start(self, kind: tuple[int, bool], project: str, limited: bool):  # type: ignore[no-untyped-def]
        made = priced(PLANS[kind], (0, self.price))
        name = f"order-{next(NUMBERS)}"
        folio = self.books.folio(name, made, project=project)
        spend = "2.40" if limited else None  # LIMIT
        self.run(self.books.limit(f"project:{project}", spend_month=spend))
        started: Started = self.run(self.books.ledger.start(folio, made))
        hold = self.price * made.images
        spent = self.spent(project)
        if limited and spent + hold > LIMIT:
            assert isinstance(started, Short) and started.scope == "project"
            assert (started.limit, started.spent) == (LIMIT, spent)
            return multiple()
        free = SLOTS - self.used
        if free == 0:
            assert isinstance(started, Full) and started.wait_ms >= 1000
            return multiple()
        assert isinstance(started, Held) and started.hold == hold
        order = Order(name, made, project, self.price, made.images)
        for call, images in enumerate(started.calls):
            assert images == min(order.left, free, made.per_call)
            free -= images
            order.left -= images
            order.calls[call] = Call(images)
        assert free == 0 or order.left == 0
        self.known.append(order)
        assert self.run(self.books.ledger.start(folio, made)) == started  # a repeat
        return order

    @rule(order=orders, data=st.data())
    def sent(self, order: Order, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(order.calls)))
        call = order.calls[number]
        folio = self.books.folio(order.name, order.plan, project=order.project)
        marked = self.run(self.books.ledger.sent(folio, number))
        assert marked is (call.state == "SENT" or (call.state == "HELD" and call.leased))
        if marked:
            call.state = "SENT"

    @rule(
        order=orders,
        data=st.data(),
        verb=st.sampled_from(("post", "void", "park")),
        stop=st.booleans(),
        more=st.integers(-2, 2),
    )
    def settle(self, order: Order, data: st.DataObject, verb: str, stop: bool, more: int) -> None:
        number = data.draw(st.sampled_from(sorted(order.calls)))
        call = order.calls[number]
        folio = self.books.folio(order.name, order.plan, project=order.project)
        billed = max(0, call.images + more)
        leg = Leg(call=number, verb=verb, upstream="sandbox", reason="x", billed=billed, stop=stop)  # type: ignore[arg-type]
        settled = self.run(self.books.ledger.settle(folio, leg))
        assert settled is not None
        if call.adopted and verb != "park":
            call.adopted = False
            self._ended(order, call, verb, billed, settled)
            call.answer = settled
            return
        if call.answer is not None or order.dropped:
            if call.answer is not None:
                assert settled == call.answer
            else:
                assert settled.state == "VOIDED"
            return
        call.answer = settled
        self._ended(order, call, verb, billed, settled)
        self._went_on(order, stop, settled)

    def _ended(self, order: Order, call: Call, verb: str, billed: int, settled: Settled) -> None:
        call.state = {"post": "POSTED", "void": "VOIDED", "park": "PARKED"}[verb]
        counts = {"post": min(billed, call.images), "void": 0, "park": call.images}
        call.amount = order.unit * counts[verb]
        house = order.unit * max(0, billed - call.images) if verb == "post" else 0
        self.house += house
        assert (settled.state, settled.amount, settled.house) == (call.state, call.amount, house)

    def _went_on(self, order: Order, stop: bool, settled: Settled) -> None:
        working = [c for c in order.calls.values() if c.state in {"HELD", "SENT"}]
        turn = 0 if stop else max(0, min(order.left, SLOTS - self.used, order.plan.per_call))
        assert settled.next_images == turn
        if turn:
            assert settled.next_call == len(order.calls)
            order.calls[len(order.calls)] = Call(turn, "HELD")
            order.left -= turn
        else:
            assert settled.next_call is None
            if stop or not working:
                order.left = 0  # void

    @rule(order=consumes(orders))
    def drop(self, order: Order) -> None:
        folio = self.books.folio(order.name, order.plan, project=order.project)
        working = [c for c in order.calls.values() if c.state in {"HELD", "SENT"}]
        released = order.unit * (order.left + sum(call.images for call in working))
        if order.dropped or any(c.state == "PARKED" for c in order.calls.values()):
            return  # only an order of which nothing was sent is taken back
        assert self.run(self.books.ledger.drop(folio)) == released
        for call in working:
            call.state = "VOIDED"
        order.left, order.dropped = 0, True

    @precondition(lambda self: self.used)
    @rule()
    def every_lease_ends(self) -> None:
        """A day passes for all places: they are given away by the next start."""
        places = self.books.names.places(self.known[0].plan.candidates[0].upstream.account)
        for member in self.run(self.books.store.call("ZRANGE", places, 0, -1)):
            self.run(self.books.store.call("ZADD", places, 1, member))
        made = priced(PLANS[1, False], (0, 1))
        folio = self.books.folio(f"order-{next(NUMBERS)}", made, project="nobodys")
        assert isinstance(self.run(self.books.ledger.start(folio, made)), Held)
        self.run(self.books.ledger.drop(folio))
        for order in self.known:
            for call in order.calls.values():
                call.leased = call.leased and call.state not in {"HELD", "SENT"}

    # --- what must hold at every moment ---

    def spent(self, project: str) -> int:
        return sum(self.sums(project).values())

    def sums(self, project: str | None = None) -> dict[str, int]:
        sums = {"held": 0, "posted": 0, "parked": 0}
        for name, microusd in self.adjusted.items():
            sums["posted"] += microusd if project in {None, name} else 0
        for order in self.known:
            if project in {None, order.project}:
                sums["held"] += order.unit * order.left
                for call in order.calls.values():
                    if call.state in {"HELD", "SENT"}:
                        sums["held"] += order.unit * call.images
                    elif call.state in {"POSTED", "PARKED"}:
                        sums[call.state.lower()] += call.amount
        return sums

    @invariant()
    def balances_are_the_models(self) -> None:
        for scope, project in (("organization", None), ("project:p", "p"), ("project:q", "q")):
            counted = self.run(self.books.balance(scope))
            house = counted.pop("house")
            assert counted == self.sums(project)
            assert min(counted.values()) >= 0
            assert project is not None or house == self.house

    @invariant()
    def places_are_the_models(self) -> None:
        assert self.run(self.books.used()) == self.used <= SLOTS

    @invariant()
    def records_end_only_when_nothing_is_open_or_parked(self) -> None:
        for order in self.known:
            states = {call.state for call in order.calls.values()}
            ends = self.run(self.books.store.call("PTTL", self.books.names.order(order.name))) > 0
            assert ends is (not order.left and not states & {"HELD", "SENT", "PARKED"})

    def teardown(self) -> None:
        if hasattr(self, "books"):
            assert self.run(verify(self.books.store, self.books.names)) == []
            self.run(self.books.store.aclose())
            self.loop.close()


@pytest.mark.timeout(90)
def test_no_order_of_events_breaks_the_books(valkey: Valkey) -> None:
    class Machine(Money):
        server = valkey

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
