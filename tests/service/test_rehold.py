"""A granted turn whose hold a failover took: held once more, or not sent."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
import redis
from structlog.testing import capture_logs

from adapters.ideogram.wire import Payload
from adapters.store.client import connect
from service.books import verify
from service.health import State
from service.keyspace import Keyspace
from service.ledger import Held, Joined, Ledger, Leg
from service.order import Order
from service.orders import Orders
from service.recovery import Recovery
from service.retention import Retention
from service.safeguards import Safeguards
from service.slots import Slots
from service.storewatch import StoreWatch
from service.sweeper import Sweeper
from service.ticket import Ticket
from service.vault import drawer
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.outcomes import drawn
from tests.money.test_lead import supplier, variation
from tests.money.told import Told, told
from tests.stores import Valkey, start_valkey

Loss = Callable[[Valkey], None]


def everything(server: Valkey) -> None:
    """An empty server takes over."""
    server.kill()
    (server.folder / "dump.rdb").unlink(missing_ok=True)
    server.start()


def the_grant(server: Valkey) -> None:
    """A server takes over that has all but what was written since the call went out."""
    server.kill()
    server.start()


def nothing(_server: Valkey) -> None:
    """No failover."""


@dataclass
class Gateway:
    """Books on a store of its own, which loses something when a call has just been settled."""

    server: Valkey
    books: Books
    lose: Loss = nothing
    beside: Callable[[Any], None] = lambda _: None  # with a client of the store that came back
    settled: int = 0
    recovery: Recovery = field(init=False)
    watch: StoreWatch = field(init=False)

    def __post_init__(self) -> None:
        self.recovery = Recovery(self.books.store, self.books.names)
        self.watch = StoreWatch(self.books.store, self.books.ledger, self.recovery, least_ms=0)

    async def draws(self, made: Any, drawing: Supplier) -> Told:
        inner = drawing.submit

        async def submit(payload: Payload) -> Any:
            if len(drawing.submits) == 0 and self.lose is the_grant:
                await self.books.store.call("SAVE")
            return await inner(payload)

        drawing.submit = submit  # type: ignore[method-assign]
        suppliers: Any = {one.name: drawing for one in SETTINGS.upstreams}
        guards = Safeguards(recovery=self.recovery, at=self.at)
        slots = Slots(self.books.ledger)
        orders = Orders(
            self.books.ledger, suppliers, self.books.desk, slots, State(), guards=guards
        )
        await self.watch.look()
        order = await orders.begin(made, CALLER)
        assert isinstance(order, Order)
        said = await told(order)
        await self.books.desk.drain(5)
        await self.watch.look()
        return said

    def at(self, point: str) -> None:
        self.settled += point == "settled"
        if point == "settled" and self.settled == 1:
            self.lose(self.server)
            with redis.Redis(unix_socket_path=str(self.server.place)) as store:
                self.beside(store)

    async def rate(self) -> int:
        """Requests that count in the project's rate of a minute."""
        name = self.books.names.rate(project="p", model="ideogram-v3")
        level = int(await self.books.store.call("HGET", name, "requests_minute") or 0)
        return -(-level // 60_000)  # one fills a minute of milliseconds


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Gateway]:
    with start_valkey() as server:
        names = Keyspace("o")
        store = await connect(server.url)
        one = Gateway(server, Books(store, names, Ledger(store, names)))
        try:
            yield one
            assert await verify(store, names) == []
            assert await store.call("ZCARD", names.open) == 0
            assert await one.books.used() == 0
        finally:
            await store.aclose()


@pytest.mark.parametrize("lose", [everything, the_grant, nothing])
async def test_a_turn_whose_hold_was_lost_is_held_again_and_drawn(
    gateway: Gateway, lose: Loss
) -> None:
    gateway.lose = lose
    drawing = Supplier(lambda p: drawn(p.images))
    with capture_logs() as lines:
        reply = await gateway.draws(plan_of(n=10, slots=8), drawing)
    assert (reply.status, len(reply.body["data"])) == (200, 10)
    assert [payload.images for payload in drawing.submits] == [8, 2]
    again = [line["again"] for line in lines if line["event"] == "hold_lost"]
    assert again == ([] if lose is nothing else ["held"])
    assert await gateway.books.balance() == {
        "held": 0, "posted": 10 * UNIT, "parked": 0, "house": 0,
    }  # fmt: skip
    assert await gateway.rate() == 1


async def test_the_turns_after_it_are_held_with_it(gateway: Gateway) -> None:
    gateway.lose = everything
    drawing = Supplier(lambda p: drawn(p.images))
    reply = await gateway.draws(plan_of(n=10, slots=4), drawing)
    assert (reply.status, len(reply.body["data"])) == (200, 10)
    assert [payload.images for payload in drawing.submits] == [4, 4, 2]
    assert (await gateway.books.balance())["posted"] == 10 * UNIT


async def test_the_images_of_a_variation_are_held_again_at_their_own_price(
    gateway: Gateway,
) -> None:
    gateway.lose = everything
    reply = await gateway.draws(variation(n=2), supplier())
    assert (reply.status, len(reply.body["data"])) == (200, 2)
    assert (await gateway.books.balance())["posted"] == 10_000 + 2 * UNIT


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ({"limits:project:p": {"spend_month": 2 * UNIT - 1}}, "short"),
        ({"limits:organization": {"spend_month": 0}}, "short"),
        ({"limits:key:k": {"spend_total": UNIT}}, "short"),
        ({"limits:project:p": {"requests_minute": 0}}, "slow"),
        ({"limits:project:p": {"operations": "edit"}}, "barred"),
        ({"limits:key:k": {"images_request": 1}}, "barred"),
        ({"account:{account}": {"used": 9}}, "full"),
    ],
)
async def test_what_no_limit_lets_in_again_is_not_sent(
    gateway: Gateway, limits: dict[str, dict[str, Any]], word: str
) -> None:
    gateway.lose = everything
    account = plan_of().candidates[0].upstream.account

    def set_them(store: Any) -> None:
        for name, fields in limits.items():
            store.hset(f"{gateway.books.names.root}:{name.format(account=account)}", mapping=fields)

    gateway.beside = set_them
    drawing = supplier()
    with capture_logs() as lines:
        reply = await gateway.draws(variation(n=2), drawing)
    assert (reply.status, reply.headers["x-should-retry"]) == (
        503,
        "false",
    )  # the words were billed
    assert [payload.path for payload in drawing.submits] == ["/describe"]
    assert [line["again"] for line in lines if line["event"] == "hold_lost"] == [word]
    assert (await gateway.books.balance())["posted"] == 10_000
    await gateway.books.store.call("DEL", gateway.books.names.account(account))


async def lost(gateway: Gateway, *, word: str = "") -> tuple[Order, Any]:
    """An order of ten with a turn of two that the store does not know."""
    books, made = gateway.books, plan_of(n=10, slots=10)
    folio = books.folio("A", made)
    held = await books.ledger.start(folio, made, ticket=word)
    assert isinstance(held, Held)
    for name in await books.store.call("KEYS", "*"):
        await books.store.call("DEL", name)
    order = Order(folio, made, held, Any)  # type: ignore[arg-type]
    return order, folio


async def test_a_turn_is_held_again_once_and_ends_like_any_other(gateway: Gateway) -> None:
    order, folio = await lost(gateway)
    ledger = gateway.books.ledger
    assert await ledger.sent(folio, 1) is None
    for _ in range(2):
        assert await gateway.recovery.hold_again(ledger, order, 1, 2)
        assert (await gateway.books.balance())["held"] == 2 * UNIT
    assert await gateway.rate() == 1
    void = Leg(call=1, verb="void", upstream="sandbox", reason="refused")
    assert await ledger.settle(folio, void) is not None
    assert (await gateway.books.balance())["held"] == 0
    assert not await gateway.recovery.hold_again(ledger, order, 1, 2)


async def test_a_turn_that_was_held_again_and_left_is_swept_like_any_other(
    gateway: Gateway,
) -> None:
    order, folio = await lost(gateway)
    books = gateway.books
    assert await gateway.recovery.hold_again(books.ledger, order, 1, 2)
    await books.store.call("ZADD", books.names.open, 1, folio.order)
    retention = Retention(books.store, books.names, days=90)
    (swept,) = await Sweeper(books.store, books.names, retention, park_seconds=0).sweep()
    assert (swept.parked, swept.house_microusd) == (1, 2 * UNIT)


@pytest.mark.parametrize(
    "held", [True, False], ids=["and it is found", "unless a newer one has it"]
)
async def test_an_idempotency_key_means_the_order_that_is_held_again(
    gateway: Gateway, held: bool
) -> None:
    books, word = gateway.books, "aa,bb,"
    order, _ = await lost(gateway, word=word)
    order.ticket = Ticket(drawer=drawer("sk", b"p"), print="bb", name="aa", token="")
    if not held:
        newer = await books.ledger.start(books.folio("B", plan_of()), plan_of(), ticket=word)
        assert isinstance(newer, Held)
    assert await gateway.recovery.hold_again(books.ledger, order, 1, 2) is held
    found = await books.ledger.start(books.folio("C", plan_of()), plan_of(), ticket=word)
    assert found == Joined("A" if held else "B")
    for name in "AB":
        await books.store.call("ZADD", books.names.open, "XX", 1, name)
    retention = Retention(books.store, books.names, days=90)
    await Sweeper(books.store, books.names, retention, park_seconds=0).sweep()
