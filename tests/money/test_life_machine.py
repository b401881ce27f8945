"""The life of the ledger in any order: swept, written off, resolved, adjusted, checkpointed, recovered."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from config.money import MicroUSD
from service.corrections import CannotCorrect, Corrections, Word
from service.ledger import Ending, Leg, Settled
from service.recovery import Origin, Recovery
from service.retention import Retention
from service.sweeper import Sweeper
from tests.money.test_machine import Call, Money, Order
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
STATES: dict[Word, Ending] = {"post": "POSTED", "void": "VOIDED", "write_off": "WRITTEN_OFF"}


def working(order: Order) -> list[Call]:
    return [call for call in order.calls.values() if call.state in {"HELD", "SENT"}]


def said(state: Ending, posted: int, house: int, open_calls: int) -> Settled:
    return Settled(
        state=state,
        amount=MicroUSD(posted),
        house=MicroUSD(house),
        next_call=None,
        next_images=0,
        open_calls=open_calls,
    )


class Life(Money):
    """The verbs that come after an order's own."""

    def sweeper(self, park_seconds: int) -> Sweeper:
        store, names = self.books.store, self.books.names
        retention = Retention(store, names, days=0)
        return Sweeper(store, names, retention, park_seconds=park_seconds)

    @rule(order=Money.orders, park_seconds=st.sampled_from((0, 900)))
    def its_replica_dies(self, order: Order, park_seconds: int) -> None:
        lapsed = self.run(
            self.books.store.call("ZADD", self.books.names.open, "XX", "CH", 1, order.name)
        )
        swept = self.run(self.sweeper(park_seconds).sweep())
        was_open = bool(order.left or working(order) or self._parked(order))
        assert (lapsed == 1) is was_open
        assert len(swept) <= was_open
        if not was_open:
            return
        order.left = 0
        for call in working(order):
            self._adopt(order, call)
        if park_seconds == 0:
            for call in self._parked(order):
                call.state, call.adopted = "WRITTEN_OFF", False
                call.answer = said("WRITTEN_OFF", 0, call.amount, 0)
                self.house += call.amount
                call.amount = 0

    def _adopt(self, order: Order, call: Call) -> None:
        if call.state == "HELD":
            call.state, call.answer = "VOIDED", said("VOIDED", 0, 0, 0)
            return
        call.state, call.adopted = "PARKED", True
        call.amount = order.unit * call.images
        call.answer = said("PARKED", call.amount, 0, 0)

    def _parked(self, order: Order) -> list[Call]:
        return [call for call in order.calls.values() if call.state == "PARKED"]

    @rule(
        order=Money.orders,
        data=st.data(),
        word=st.sampled_from(("post", "void", "write_off")),
        images=st.integers(0, 9),
    )
    def resolve(self, order: Order, data: st.DataObject, word: Word, images: int) -> None:
        number = data.draw(st.sampled_from(sorted(order.calls)))
        call = order.calls[number]
        corrections = Corrections(self.books.store, self.books.names)
        verb = corrections.resolve(order.name, number, word, images=images, reason="a test")
        if call.resolved == (word, images):
            assert self.run(verb).again
            return
        if call.state != "PARKED" or images > call.images:
            with pytest.raises(CannotCorrect):
                self.run(verb)
            return
        done = self.run(verb)
        posted = order.unit * images if word == "post" else 0
        house = call.amount if word == "write_off" else 0
        assert (done.state, done.posted, done.house, done.again) == (
            STATES[word], posted, house, False,
        )  # fmt: skip
        call.state, call.amount, call.adopted = STATES[word], posted, False
        call.answer = said(STATES[word], posted, house, len(working(order)))
        call.resolved = (word, images)
        self.house += house

    @rule(project=st.sampled_from("pq"), microusd=st.integers(1, 10**9), house=st.booleans())
    def adjust(self, project: str, microusd: int, *, house: bool) -> None:
        corrections = Corrections(self.books.store, self.books.names)
        self.run(corrections.adjust(microusd, project=project, house=house, reason="a test"))
        self.adjusted[project] += microusd
        self.house -= microusd if house else 0

    @rule(page=st.integers(1, 5))
    def checkpoint(self, page: int) -> None:
        retention = Retention(self.books.store, self.books.names, days=0)
        self.run(retention.checkpoint(page=page))
        self.run(retention.trim())

    @rule(order=Money.orders, data=st.data())
    def recover_what_is_known(self, order: Order, data: st.DataObject) -> None:
        """A ring that tells again what the store still has changes nothing."""
        number = data.draw(st.sampled_from(sorted(order.calls)))
        recovery = Recovery(self.books.store, self.books.names)
        folio = self.books.folio(order.name, order.plan, project=order.project)
        leg = Leg(call=number, verb="post", upstream="sandbox", reason="x", billed=1)
        known: Any = _origin(order)
        assert self.run(recovery.recover(folio, leg, known)) is None


def _origin(order: Order) -> Any:
    return Origin(
        images=1,
        unit=MicroUSD(order.unit),
        prices={"sandbox": MicroUSD(order.unit)},
        priced="output",
        period="2026-11-22",
        facts=("project", order.project, "key", "k"),
    )


@pytest.mark.timeout(90)
def test_no_order_of_events_in_its_life_breaks_the_books(valkey: Valkey) -> None:
    class Machine(Life):
        server = valkey

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=50,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
