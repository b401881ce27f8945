"""A retry pays once also over a rotation of the pepper, and over a store that lost the order."""

import asyncio
from typing import Any

import pytest

from service.books import verify
from service.health import State
from service.order import Order
from service.orders import Orders
from service.recovery import Recovery
from service.replay import Replay
from service.safeguards import Safeguards
from service.slots import Slots
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, plan_of
from tests.money.outcomes import drawn
from tests.money.told import told
from tests.service.test_replay import AGAIN, KEYED, Replica

pytest_plugins = ["tests.money.plugin"]
OLD, NEW = b"the pepper before", b"the pepper of now"


# --- rotation


@pytest.mark.parametrize("headers", [KEYED, AGAIN], ids=["key", "retry"])
async def test_what_was_sealed_under_the_old_pepper_is_told_under_the_new_one(
    books: Books, headers: dict[str, str]
) -> None:
    before = Replica(books, peppers=[OLD])
    placed = await (before.drawn(KEYED) if headers is KEYED else before.left())
    after = Replica(books, peppers=[NEW, OLD])
    order = await after.drawn(headers)
    assert order.id == placed.id
    reply = await told(order)
    assert (reply.status, len(reply.body["data"])) == (200, 1)
    assert after.supplier.submits == []
    assert (await books.balance())["posted"] == UNIT


async def test_an_order_under_the_old_pepper_is_claimed_once_and_its_claim_is_renewed(
    books: Books,
) -> None:
    before = Replica(books, peppers=[OLD])
    placed = await before.left()
    after = Replica(books, peppers=[NEW, OLD])
    ticket = after.ticket(AGAIN)
    async with after.replay.order(plan_of(), CALLER, ticket) as order:
        assert order.id == placed.id
        first = await books.record(placed.id)
        async with asyncio.timeout(5):
            while (await books.record(placed.id))["claimed_ms"] == first["claimed_ms"]:  # noqa: ASYNC110  it rings no bell
                await asyncio.sleep(0.05)
        other = Replica(books, peppers=[NEW, OLD])
        async with other.replay.order(plan_of(), CALLER, other.ticket(AGAIN)) as another:
            assert another.joined is None
            await another.over()
            other.replay.delivered(another)
    await asyncio.sleep(0.02)  # the release is written beside it
    assert (await after.drawn(AGAIN)).id == placed.id  # it was not handed out
    assert (await after.drawn(AGAIN)).joined is None  # it was


async def test_a_replica_without_the_old_pepper_knows_nothing_of_it(books: Books) -> None:
    await Replica(books, peppers=[OLD]).drawn(KEYED)
    assert (await Replica(books, peppers=[NEW]).drawn(KEYED)).joined is None


# --- a store that lost the order


class Failover:
    """A gateway whose store forgets everything at a word."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.recovery = Recovery(books.store, books.names)
        self.supplier = Supplier(lambda p: drawn(p.images))
        suppliers: Any = {one.name: self.supplier for one in SETTINGS.upstreams}
        self.orders = Orders(
            books.ledger,
            suppliers,
            books.desk,
            Slots(books.ledger),
            State(),
            guards=Safeguards(recovery=self.recovery),
        )
        self.replica = Replica(books)
        self.replica.replay = Replay(self.orders, books.store, books.names, [b"pepper"], books.desk)

    async def forgets(self) -> None:
        for name in await self.books.store.call("KEYS", "*"):
            if name.decode().startswith(f"{self.books.names.root}:"):
                await self.books.store.call("DEL", name)


async def test_an_idempotency_key_finds_its_order_after_the_store_had_lost_it(
    books: Books,
) -> None:
    gateway = Failover(books)
    placed = await gateway.replica.drawn(KEYED)
    await gateway.forgets()
    assert await gateway.recovery.replay(books.ledger) == 1
    order = await Replica(books).drawn(KEYED)
    assert (order.id, (await told(order)).status) == (placed.id, 200)
    assert len(gateway.supplier.submits) == 1
    assert (await books.balance())["posted"] == UNIT
    assert await verify(books.store, books.names) == []


async def test_a_newer_order_of_the_same_key_stays_what_the_key_means(books: Books) -> None:
    gateway = Failover(books)
    await gateway.replica.drawn(KEYED)
    await gateway.forgets()
    newer = await Replica(books).drawn(KEYED)
    assert newer.joined is None
    await gateway.recovery.replay(books.ledger)
    assert (await Replica(books).drawn(KEYED)).id == newer.id
    assert (await books.balance())["posted"] == 2 * UNIT  # both were drawn


async def test_a_retry_claims_what_the_store_lost_while_it_was_drawn(books: Books) -> None:
    gateway = Failover(books)

    async def decide(payload: Any) -> Any:
        await gateway.forgets()
        return drawn(payload.images)

    gateway.supplier._decide = decide
    placed: Order = await gateway.replica.left()
    order = await Replica(books).drawn(AGAIN)
    assert (order.id, (await told(order)).status) == (placed.id, 200)


async def test_what_was_handed_out_before_the_store_lost_it_is_claimed_by_nobody(
    books: Books,
) -> None:
    gateway = Failover(books)
    await gateway.replica.drawn()
    await gateway.forgets()
    await gateway.recovery.replay(books.ledger)
    assert (await Replica(books).drawn(AGAIN)).joined is None
