"""Orders in any order of their verbs, on a real store whose clock is turned, beside the model."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from adapters.store.address import read_address
from adapters.store.client import StoreRefused
from adapters.store.route import Route
from adapters.translate.plan import Plan
from config.catalogue import PriceStep
from config.money import MicroUSD
from service.allowance import Short
from service.books import verify
from service.keyspace import Keyspace
from service.ledger import Full, Held, Ledger, Leg, Verb
from tests.money.books import Books, plan_of
from tests.money.model import LEASE, SLOTS, Call, Model, Order
from tests.money.rewritten import Edit, Turned
from tests.stores import Valkey

T = TypeVar("T")
NUMBERS: Final = itertools.count()
BEGIN: Final = 1_798_761_590_000  # 2026-12-31T23:59:50Z: the first lease ends in another year
KEYS: Final = {"k": "p", "l": "q", "m": "p"}  # and their projects
UPSTREAMS: Final = ("sandbox", "another")
PRICES: Final = (1, 7, 60_000, 999_999_999)
KINDS: Final = ((1, False), (3, True), (8, False), (10, False))  # images, and whether one by one
PLANS: Final = {
    (images, seeded): plan_of(n=images, slots=SLOTS, **({"seed": 5} if seeded else {}))
    for images, seeded in KINDS
}


class Machine(RuleBasedStateMachine):
    """`edits`: bugs that are put into the scripts."""

    server: Valkey
    edits: Sequence[Edit] = ()
    orders = Bundle("orders")
    kinds = st.sampled_from(KINDS)
    keys = st.sampled_from(sorted(KEYS))

    @initialize(target=orders, kinds=st.permutations(KINDS), keys=st.permutations(sorted(KEYS)))
    def open(self, kinds: Sequence[tuple[int, bool]], keys: Sequence[str]) -> Any:
        """With two orders, some of which have not enough places."""
        self.loop = asyncio.new_event_loop()
        names = Keyspace(f"machine-{next(NUMBERS)}")
        self.store = Turned(Route(read_address(self.server.url), names.root), names, self.edits)
        self.books = Books(self.store, names, Ledger(self.store, names))
        self.model = Model(BEGIN)
        self.steps = [(0, dict(zip(UPSTREAMS, (60_000, 50_000), strict=True)))]
        self.run(self.store.turn(BEGIN))
        for key, project in KEYS.items():
            self.run(self.store.call("HSET", names.key(key), "project", project))
        begun = [
            name
            for kind, key in zip(kinds[:2], keys[:2], strict=True)
            if (name := self.begin(kind, key))
        ]
        return multiple(*begun)

    def run(self, verb: Coroutine[Any, Any, T]) -> T:
        try:
            return self.loop.run_until_complete(verb)
        except (StoreRefused, ValueError) as wrong:  # ValueError: no whole number
            raise AssertionError(f"the store says {wrong}") from wrong

    def turn(self, now: int) -> None:
        self.model.now = now
        self.run(self.store.turn(now))

    @property
    def prices(self) -> dict[str, int]:
        return [prices for at, prices in self.steps if at <= self.model.now][-1]

    def call(self, order: str, data: st.DataObject) -> tuple[Order, int, Call]:
        """One of its calls, most often one that is in work."""
        found = self.model.orders[order]
        pool = found.working if data.draw(st.integers(0, 3)) else found.calls
        number = found.calls.index(data.draw(st.sampled_from(pool or found.calls)))
        return found, number, found.calls[number]

    def folio(self, name: str) -> Any:
        order = self.model.orders[name]
        return self.books.folio(name, PLANS[1, False], *order.who)

    # --- an order ---

    def plan(self, kind: tuple[int, bool]) -> Plan:
        """Two upstreams may run it, each at its own prices."""
        made = PLANS[kind]
        (one,) = made.candidates
        candidates = tuple(
            msgspec.structs.replace(
                one,
                upstream=msgspec.structs.replace(one.upstream, name=name),
                schedule=tuple(
                    PriceStep(at, MicroUSD(prices[name]), assumed=False)
                    for at, prices in self.steps
                ),
            )
            for name in UPSTREAMS
        )
        return msgspec.structs.replace(made, candidates=candidates)

    @rule(target=orders, kind=kinds, key=keys)
    def start(self, kind: tuple[int, bool], key: str) -> Any:
        name = self.begin(kind, key)
        return multiple() if name is None else name

    def begin(self, kind: tuple[int, bool], key: str) -> str | None:
        made, name, now = self.plan(kind), f"order-{next(NUMBERS)}", self.model.now
        order = Order((key, KEYS[key]), now, self.prices, made.images, made.per_call, now + LEASE)
        folio = self.books.folio(name, made, *order.who)
        started = self.run(self.books.ledger.start(folio, made))
        match self.model.start(name, order), started:
            case ("held", hold, calls), Held():
                assert (started.hold, started.calls) == (hold, calls)
                return name
            case ("short", *words), Short(scope, limit, spent, period):
                assert [scope, limit, spent, period] == words
            case expected, _:
                assert expected == ("full",) and isinstance(started, Full), (expected, started)
        return None

    @rule(order=orders, data=st.data())
    def sent(self, order: str, data: st.DataObject) -> None:
        _, number, call = self.call(order, data)
        marked = self.run(self.books.ledger.sent(self.folio(order), number))
        assert bool(marked) is self.model.sent(call)

    def settle(self, order: str, data: st.DataObject, verb: Verb, billed: int) -> None:
        found, number, call = self.call(order, data)
        upstream, stop = data.draw(st.sampled_from(UPSTREAMS)), data.draw(st.booleans())
        leg = Leg(call=number, verb=verb, upstream=upstream, reason="x", billed=billed, stop=stop)
        settled = self.run(self.books.ledger.settle(self.folio(order), leg))
        said = self.model.settle(found, call, verb, upstream, billed, stop)
        assert settled is not None
        next_call = -1 if settled.next_call is None else settled.next_call
        turn = (next_call, settled.next_images, settled.open_calls)
        assert (settled.state, settled.amount, settled.house, *turn) == said

    @rule(order=orders, data=st.data(), billed=st.integers(0, 10))
    def post(self, order: str, data: st.DataObject, billed: int) -> None:
        self.settle(order, data, "post", billed)

    @rule(order=orders, data=st.data())
    def void(self, order: str, data: st.DataObject) -> None:
        self.settle(order, data, "void", 0)

    @rule(order=orders, data=st.data())
    def park(self, order: str, data: st.DataObject) -> None:
        self.settle(order, data, "park", 0)

    @rule(target=orders, kind=kinds, key=keys)
    def unanswered(self, kind: tuple[int, bool], key: str) -> Any:
        """A start whose answer was lost is taken back."""
        name = self.begin(kind, key)
        if name is None:
            return multiple()
        verb = self.books.ledger.drop(self.folio(name))
        assert self.run(verb) == self.model.drop(self.model.orders[name])
        return name

    # --- what holds at every moment ---

    @invariant()
    def the_books_are_the_models(self) -> None:
        names, orders = self.books.names, self.model.orders.items()
        account = PLANS[KINDS[0]].candidates[0].upstream.account
        balances = self.run(self.store.call("KEYS", names.balance("*")))
        asked: list[tuple[Any, ...]] = [("HGETALL", name) for name in balances]
        asked += [("PTTL", names.order(name)) for name, _ in orders]
        ranges = names.places(account), names.open
        asked += [("ZRANGE", name, 0, -1, "WITHSCORES") for name in ranges]
        asked += [("HGET", names.account(account), "used")]
        *rows, places, leases, used = self.run(self.all(asked))
        sums, left = rows[: len(balances)], rows[len(balances) :]
        counted = [(name.decode(), _columns(row)) for name, row in zip(balances, sums, strict=True)]
        assert {name: row for name, row in counted if any(row)} == {
            names.balance(name): row for name, row in self.model.sums().items() if any(row)
        }
        assert [ms > 0 for ms in left] == [not order.open for _, order in orders]
        assert _scores(leases) == {name: order.until for name, order in orders if order.open}
        assert _scores(places) == {
            f"{name}.{number}:{call.images}": call.until
            for name, order in orders
            for number, call in enumerate(order.calls)
            if call.until
        }
        taken = sum(call.images for call in self.model.calls if call.until)
        assert int(used or 0) == taken <= SLOTS

    async def all(self, asked: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        return await asyncio.gather(*(self.store.call(*words) for words in asked))

    def teardown(self) -> None:
        if hasattr(self, "books"):
            try:
                assert self.run(verify(self.store, self.books.names)) == []
            finally:
                self.run(self.store.aclose())
                self.loop.close()


def _columns(row: Sequence[bytes]) -> list[int]:
    sums = dict(zip(row[::2], row[1::2], strict=True))
    assert all(word.lstrip(b"-").isdigit() for word in sums.values()), row
    return [int(sums.get(column, 0)) for column in (b"held", b"posted", b"parked", b"house")]


def _scores(flat: Sequence[bytes]) -> dict[str, int]:
    return {name.decode(): int(s) for name, s in zip(flat[::2], flat[1::2], strict=True)}


def play(machine: type[Machine], rounds: Iterable[int | None]) -> None:
    """Ten examples a round: after so many, most would be variations of those before. A round with a
    number plays the same ones each time, and looks for no small one.
    """
    for number in rounds:
        known = number is not None
        kept = settings(
            max_examples=10,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.generate] if known else list(Phase),
            report_multiple_bugs=not known,
            suppress_health_check=list(HealthCheck),
        )
        one = seed(number)(type("Machine", (machine,), {})) if known else machine
        run_state_machine_as_test(one, settings=kept)
