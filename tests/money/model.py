"""What the books should say after any verbs: plain Python, which knows of no store and no script."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SLOTS, LEASE, PARK = 10, 25_000, 900_000  # places of the account; ms; ms
STATES = {"post": "POSTED", "void": "VOIDED", "park": "PARKED", "write_off": "WRITTEN_OFF"}
FORMS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "total": "total"}
Sums = tuple[int, int, int]
NOTHING: Sums = (0, 0, 0)


@dataclass(eq=False)
class Call:
    images: int
    state: str
    until: int | None  # end of its places' lease, ms; None: they are not its own any more
    sums: Sums = NOTHING  # posted, parked, house: micro-USD
    said: tuple[Any, ...] | None = None  # state, amount, house, next call, its images, open calls
    adopted: bool = False  # parked by a sweeper: its replica's word still counts
    since: int = 0  # when it was parked
    resolved: tuple[str, int] | None = None  # the word by hand, and its images

    def end(
        self, state: str, sums: Sums, next_call: int = -1, turn: int = 0, still: int = 0
    ) -> None:
        self.state, self.sums, self.adopted = state, sums, False
        self.said = (state, sums[0] + sums[1], sums[2], next_call, turn, still)


@dataclass
class Order:
    who: tuple[str, str]  # key and project
    at: int
    prices: dict[str, int]  # micro-USD an image by upstream, as of the hold
    left: int  # images that are in no call yet
    most: int  # images of a call
    until: int
    calls: list[Call] = field(default_factory=list)
    dropped: bool = False

    def those(self, *states: str) -> list[Call]:
        return [call for call in self.calls if call.state in states]

    @property
    def working(self) -> list[Call]:
        return self.those("HELD", "SENT")

    @property
    def open(self) -> bool:
        return bool(self.left or self.those("HELD", "SENT", "PARKED"))

    @property
    def unit(self) -> int:
        return max(self.prices.values())

    @property
    def held(self) -> int:
        return self.unit * (self.left + sum(call.images for call in self.working))


@dataclass
class Model:
    now: int  # ms since 1970
    orders: dict[str, Order] = field(default_factory=dict)
    limits: dict[tuple[str, str], int] = field(default_factory=dict)  # by scope and kind of period
    adjusted: list[tuple[tuple[str, str], int, list[int]]] = field(default_factory=list)

    def start(self, name: str, order: Order) -> tuple[Any, ...]:
        sums, hold = self.sums(), order.unit * order.left
        for scope, kind, period in periods(order.who, self.now):
            limit, spent = self.limits.get((scope, kind)), sum(sums[f"{scope}:{period}"][:3])
            if limit is not None and (limit == 0 or spent + hold > limit):
                return "short", scope.partition(":")[0], limit, spent, period
        if sum(call.images for call in self.calls if (call.until or 0) > self.now) >= SLOTS:
            return ("full",)
        self.orders[name] = order
        while self.turn(order):
            order.calls[-1].state = "SENT"
        return "held", hold, tuple(call.images for call in order.calls)

    def turn(self, order: Order) -> int:
        if order.left:
            for call in self.calls:  # places of the dead go to whoever comes first
                call.until = call.until if (call.until or 0) > self.now else None
        free = SLOTS - sum(call.images for call in self.calls if call.until)
        if images := min(order.left, order.most, free):
            order.calls.append(Call(images, "HELD", self.now + LEASE))
            order.left -= images
        return images

    def sent(self, call: Call) -> bool:
        if call.state == "HELD" and call.until:
            call.state = "SENT"
        return call.state == "SENT"

    def settle(
        self, order: Order, call: Call, verb: str, upstream: str, billed: int, stop: bool
    ) -> Any:
        first, price = not call.said, order.prices.get(upstream, order.unit)
        if first or (call.adopted and verb != "park"):
            posted = price * min(billed, call.images)
            sums = {
                "post": (posted, 0, price * billed - posted),
                "park": (0, price * call.images, 0),
            }
            call.end(STATES[verb], sums.get(verb, NOTHING))
            call.until, call.since = None, self.now
            turn = self.turn(order) if first and not stop else 0
            order.left = order.left if order.working and not stop else 0
            next_call = len(order.calls) - 1 if turn else -1
            call.end(STATES[verb], call.sums, next_call, turn, len(order.working))
        return call.said

    def sweep(self, order: Order) -> None:
        if not order.open or order.until > self.now:
            return
        order.left = 0
        for call in order.working:
            call.until, call.since, sent = None, self.now, call.state == "SENT"
            if sent:
                call.end("PARKED", (0, order.unit * call.images, 0))
            else:
                call.end("VOIDED", NOTHING)
            call.adopted = sent
        for call in order.those("PARKED"):
            if call.since + PARK <= self.now:
                call.end("WRITTEN_OFF", (0, 0, call.sums[1]))
        order.until = min((call.since + PARK for call in order.those("PARKED")), default=0)

    def resolve(self, order: Order, call: Call, word: str, images: int) -> str:
        if call.resolved == (word, images):
            return "again"
        if call.state != "PARKED" or images > call.images:
            return "no"
        parked = call.sums[1]
        posted = parked // call.images * images if word == "post" else 0
        sums = (posted, 0, parked if word == "write_off" else 0)
        call.end(STATES[word], sums, still=len(order.working))
        call.resolved = (word, images)
        return "resolved"

    def drop(self, order: Order) -> int:
        released, order.left, order.dropped = order.held, 0, True
        for call in order.working:
            call.until = None
            call.end("VOIDED", NOTHING)
        return released

    def beat(self, order: Order) -> None:
        order.until = self.now + LEASE
        for call in order.working:
            call.until = call.until and self.now + LEASE

    @property
    def calls(self) -> list[Call]:
        return [call for order in self.orders.values() for call in order.calls]

    def sums(self) -> defaultdict[str, list[int]]:
        """held, posted, parked, house by "SCOPE:PERIOD"."""
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        changes = [(o.who, o.at, [0, *c.sums]) for o in self.orders.values() for c in o.calls]
        changes += [(o.who, o.at, [o.held, 0, 0, 0]) for o in self.orders.values()]
        for who, at, change in changes + self.adjusted:
            for scope, _, period in periods(who, at):
                sums = found[f"{scope}:{period}"]
                sums[:] = (old + new for old, new in zip(sums, change, strict=True))
        return found


def periods(who: tuple[str, str], at: int) -> Iterator[tuple[str, str, str]]:
    """Scope, kind of period, period: what a change at a moment counts in, narrowest first."""
    day = datetime.fromtimestamp(at // 1000, UTC)
    for kind, form in FORMS.items() if who[0] else ():
        yield f"key:{who[0]}", kind, day.strftime(form)
    for scope in (f"project:{who[1]}", "organization"):
        yield scope, "month", day.strftime("%Y-%m")
