"""What else may happen to the books: corrections, limits, prices, time, deaths, and everything twice."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from config.limits import MOST_SPEND
from config.money import MicroUSD, usd
from service.corrections import CannotCorrect, Corrections, Word
from service.ledger import Leg
from service.recovery import Origin, Recovery
from service.retention import Retention
from service.sweeper import Sweeper
from tests.money.machine import KEYS, PRICES, UPSTREAMS, Machine
from tests.money.model import LEASE, PARK, periods
from tests.money.rewritten import Ran

BIG: Final = 10**14 + 1  # more digits than a Lua number says by itself
LIMITED: Final = (
    *itertools.product(("key:k", "key:l"), ("day", "week", "month", "total")),
    *itertools.product(("project:p", "project:q", "organization"), ("month",)),
)
CHANGED: Final = {b"held", b"sent", b"resolved", b"adjusted", b"dropped"}


class Money(Machine):
    """All rules."""

    @property
    def corrections(self) -> Corrections:
        return Corrections(self.store, self.books.names)

    @property
    def retention(self) -> Retention:
        return Retention(self.store, self.books.names, days=0)

    @property
    def sweeper(self) -> Sweeper:
        names = self.books.names
        return Sweeper(self.store, names, self.retention, park_seconds=PARK // 1000)

    # --- by hand ---

    @rule(
        order=Machine.orders,
        data=st.data(),
        word=st.sampled_from(("post", "void", "write_off")),
        images=st.integers(0, 9),
    )
    def resolve(self, order: str, data: st.DataObject, word: Word, images: int) -> None:
        found, number, call = self.call(order, data)
        verb = self.corrections.resolve(order, number, word, images=images, reason="a test")
        expected = self.model.resolve(found, call, word, images)
        try:
            done = self.run(verb)
        except CannotCorrect:
            assert expected == "no"
        else:
            assert expected == ("again" if done.again else "resolved")
            assert call.said is not None
            assert (done.state, done.posted, done.house) == call.said[:3]

    @rule(
        key=st.sampled_from(("", *KEYS)),
        microusd=st.sampled_from((1, 59_999, -60_000, BIG)),
        house=st.booleans(),
    )
    def adjust(self, key: str, microusd: int, house: bool) -> None:
        who, other = (key, KEYS.get(key, "q")), -microusd if house else 0
        verb = self.corrections.adjust(
            microusd, key=key, project=who[1], house=house, reason="a test"
        )
        day = datetime.fromtimestamp(self.model.now // 1000, UTC).date()
        assert self.run(verb).period == str(day)
        self.model.adjusted.append((who, self.model.now, [0, microusd, 0, other]))

    @rule(scope=st.sampled_from(LIMITED), more=st.sampled_from((None, -BIG, 0, 1, 8, 20)))
    def limit(self, scope: tuple[str, str], more: int | None) -> None:
        """From here on so many images more, at today's price; 0 at least."""
        kind, _, name = scope[0].partition(":")
        who = (name, KEYS[name]) if kind == "key" else ("", name)
        (spent,) = [
            sum(self.model.sums()[f"{owner}:{period}"][:3])
            for owner, kind, period in periods(who, self.model.now)
            if (owner, kind) == scope
        ]
        unit = max(self.prices.values())
        most = None if more is None else min(max(0, spent + more * unit), MOST_SPEND)
        words = {f"spend_{scope[1]}": None if most is None else usd(MicroUSD(most))}
        self.run(self.books.limit(scope[0], **words))
        self.model.limits.pop(scope, None)
        if most is not None:
            self.model.limits[scope] = most

    @rule(prices=st.tuples(*[st.sampled_from(PRICES)] * 2), ahead=st.sampled_from((0, LEASE, PARK)))
    def change_price(self, prices: tuple[int, int], ahead: int) -> None:
        at = max(self.model.now + ahead, self.steps[-1][0])
        self.steps.append((at, dict(zip(UPSTREAMS, prices, strict=True))))

    # --- time, and those whose time is over ---

    @rule(ms=st.sampled_from((1, LEASE - 1, LEASE, PARK)))
    def leases_end(self, ms: int) -> None:
        self.turn(self.model.now + ms)

    @rule(months=st.booleans())
    def period_turns(self, months: bool) -> None:
        day = datetime.fromtimestamp(self.model.now // 1000, UTC).date()
        after = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        begin = after if months else day + timedelta(days=1)
        self.turn(int(datetime(begin.year, begin.month, begin.day, tzinfo=UTC).timestamp()) * 1000)

    @rule(order=Machine.orders)
    def beat(self, order: str) -> None:
        """Its replica lives."""
        found = self.model.orders[order]
        if found.working:
            calls = enumerate(found.calls)
            places = [f"{order}.{n}:{call.images}" for n, call in calls if call in found.working]
            account = self.folio(order).account
            self.run(self.books.ledger.beat(account, [order, *places]))
            self.model.beat(found)

    @rule()
    def sweep(self) -> None:
        """Whatever is due."""
        self.run(self.sweeper.sweep())
        for order in self.model.orders.values():
            self.model.sweep(order)

    @rule(order=Machine.orders)
    def look_at(self, order: str) -> None:
        """A sweeper that comes too early, or second."""
        self.run(self.sweeper._sweep(order))
        self.model.sweep(self.model.orders[order])

    @rule(order=Machine.orders)
    def crash(self, order: str) -> None:
        """The replica of one order dies, all others live."""
        self.turn(self.model.now + LEASE - 1)
        for other in self.model.orders:
            if other != order:
                self.beat(other)
        self.turn(self.model.now + 1)
        self.sweep()

    @rule(page=st.integers(3, 9))
    def checkpoint(self, page: int) -> None:
        self.run(self.retention.checkpoint(page=page))
        self.run(self.retention.trim())

    # --- said again ---

    def changes(self) -> list[Ran]:
        """Calls of scripts that changed something."""
        return [
            ran
            for ran in self.store.ran
            if ran.script.name == "settle" or _first(ran.answer) in CHANGED
        ]

    @precondition(lambda self: self.changes())
    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        """Some earlier calls once more: nothing is written, and it says what was said."""
        changes = self.changes()
        first = data.draw(st.integers(0, len(changes) - 1))
        for ran in changes[first : first + 4]:
            entries = self.run(self.store.call("XLEN", self.books.names.journal))
            again = self.run(self.store.run(ran.script, ran.keys, ran.words))
            assert self.run(self.store.call("XLEN", self.books.names.journal)) == entries
            assert again == self.repeated(ran)

    def repeated(self, ran: Ran) -> Any:
        order = self.model.orders.get(str(ran.words[0]))
        match ran.script.name:
            case "start" if order and order.dropped:
                return [b"gone"]
            case "settle":
                assert order is not None
                said = order.calls[int(ran.words[1])].said or ()
                return [str(word).encode() for word in said]
            case "sent":
                assert order is not None
                sent = order.calls[int(ran.words[1])].state == "SENT"
                return b"again" if sent else b"gone"
            case "drop":
                return [b"again"]
            case _:
                return [b"again", *ran.answer[1:]]

    @rule(order=Machine.orders, data=st.data())
    def recover(self, order: str, data: st.DataObject) -> None:
        """A ring that tells again what the store still has changes nothing."""
        found, number, _ = self.call(order, data)
        recovery = Recovery(self.store, self.books.names)
        leg = Leg(call=number, verb="post", upstream="sandbox", reason="x", billed=1)
        unit, prices = MicroUSD(found.unit), {"sandbox": MicroUSD(found.unit)}
        facts = ("project", found.who[1], "key", found.who[0])
        origin = Origin(
            images=1, unit=unit, prices=prices, priced="output", period="2026-12-31", facts=facts
        )
        assert self.run(recovery.recover(self.folio(order), leg, origin)) is None


def _first(answer: Any) -> Any:
    return answer[0] if isinstance(answer, list) else answer
