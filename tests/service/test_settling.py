"""When something breaks on the way: the caller is answered, and the books follow."""

import asyncio
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.ideogram.outcome import Outcome
from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.store.client import connect
from service.books import verify
from service.faults import error_headers
from service.keyspace import Keyspace
from service.ledger import Ledger, Leg
from service.settling import Settling
from service.slots import Slots
from tests.money.books import CALLER, UNIT, Books, Supplier, plan_of
from tests.money.outcomes import ENDS, drawn
from tests.money.told import told
from tests.stores import Valkey, start_valkey

pytest_plugins = ["tests.money.plugin"]


async def test_a_supplier_that_raises_is_parked(books: Books) -> None:
    def decide(_: Payload) -> Outcome:
        raise RuntimeError("a bug")

    reply = await told(await books.orders(Supplier(decide)).begin(plan_of(), CALLER))
    assert (reply.status, reply.body["code"]) == (502, "upstream_outcome_unknown")
    assert (await books.balance())["parked"] == UNIT


async def test_a_payload_that_cannot_be_made_is_void(books: Books) -> None:
    def broken(_first: int, _images: int) -> Payload:
        raise RuntimeError("a bug")

    made = plan_of()
    candidate = msgspec.structs.replace(made.candidates[0], payload=broken)
    supplier = Supplier(lambda _: drawn(1))
    order = await books.orders(supplier).begin(
        msgspec.structs.replace(made, candidates=(candidate,)), CALLER
    )
    assert (await told(order)).status == 503
    assert supplier.submits == []
    assert (await books.journal())[-1]["reason"] == "not_sent"


async def test_the_second_signal_parks_what_was_sent_and_waits_for_the_books(
    books: Books,
) -> None:
    async def decide(_: Payload) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    await books.orders(Supplier(decide)).begin(plan_of(n=10), CALLER)
    await asyncio.sleep(0.01)
    assert await books.desk.stop() == 0
    assert await books.balance() == {"held": 0, "posted": 0, "parked": 10 * UNIT, "house": 0}


async def test_an_order_whose_start_is_cut_off_is_taken_back(books: Books) -> None:
    orders = books.orders(Supplier(lambda _: drawn(1)))
    beginning = asyncio.create_task(orders.begin(plan_of(), CALLER))
    await asyncio.sleep(0)
    beginning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beginning
    await books.desk.drain(5)
    assert (await books.balance())["held"] == 0
    assert await books.used() == 0


@pytest.fixture
def own() -> Any:
    with start_valkey() as server:
        yield server


async def brief_books(server: Valkey) -> Books:
    """Books whose store has the gateway's own patience."""
    store = await connect(server.url)
    names = Keyspace("o")
    return Books(store, names, Ledger(store, names))


async def test_a_silent_store_sends_nothing_and_what_it_held_is_taken_back(own: Valkey) -> None:
    books = await brief_books(own)
    supplier = Supplier(lambda p: drawn(p.images))
    orders = books.orders(supplier)
    own.pause()
    with pytest.raises(ApiError) as refused:
        await orders.begin(plan_of(n=10), CALLER)
    assert refused.value.code == "ledger_unavailable"
    assert dict(error_headers(refused.value))["retry-after"] == "1"
    assert len(books.desk) == 1
    own.go_on()
    assert await books.desk.drain(5) == 0
    assert supplier.submits == []
    assert await books.balance() == dict.fromkeys(("held", "posted", "parked", "house"), 0)
    assert await books.used() == 0
    await books.store.aclose()


@pytest.mark.parametrize("end", ["delivered", "unknown", "failed"])
async def test_the_caller_is_answered_while_the_store_is_silent_and_the_books_follow(
    own: Valkey, end: str
) -> None:
    books = await brief_books(own)
    (chosen,) = (one for one in ENDS if one.name == end)

    def decide(payload: Payload) -> Outcome:
        own.pause()
        return chosen.outcome(payload.images)

    made = plan_of(n=10, slots=4)
    order = await books.orders(Supplier(decide)).begin(made, CALLER)
    reply = await told(order)
    own.go_on()
    posted, parked = {"delivered": (4, 0), "unknown": (0, 4), "failed": (0, 0)}[end]
    assert reply.status == (200 if end == "delivered" else 502)
    assert reply.headers["x-ideogate-cost-usd"] == f"0.{posted * UNIT:06d}"
    assert await books.desk.drain(5) == 0
    assert await books.balance() == {
        "held": 0, "posted": posted * UNIT, "parked": parked * UNIT, "house": 0,
    }  # fmt: skip
    assert await books.used() == 0
    await books.store.aclose()


async def test_a_post_outlives_the_death_of_the_store() -> None:
    with start_valkey("--appendonly", "yes", "--appendfsync", "always") as server:
        books = await brief_books(server)

        def decide(payload: Payload) -> Outcome:
            server.kill()
            return drawn(payload.images)

        reply = await told(await books.orders(Supplier(decide)).begin(plan_of(n=8), CALLER))
        assert (reply.status, len(reply.body["data"])) == (200, 8)
        server.start()
        assert await books.desk.drain(5) == 0
        assert await books.balance() == {"held": 0, "posted": 8 * UNIT, "parked": 0, "house": 0}
        assert await verify(books.store, books.names) == []
        await books.store.aclose()


async def test_a_turn_is_not_sent_without_the_stores_word(own: Valkey) -> None:
    books = await brief_books(own)
    supplier = Supplier(lambda p: drawn(p.images))
    orders = books.orders(supplier)
    made = plan_of(n=10, slots=8)
    order = await orders.begin(made, CALLER)
    # silent from the moment the first call is settled and its turn granted
    await order.news()
    own.pause()
    reply = await told(order)
    own.go_on()
    assert len(supplier.submits) == 1
    assert (reply.status, len(reply.body["data"])) == (200, 8)
    assert await books.desk.drain(5) == 0
    assert await books.balance() == {"held": 0, "posted": 8 * UNIT, "parked": 0, "house": 0}
    await books.store.aclose()


async def test_a_turn_that_a_lost_answer_granted_is_given_back(books: Books) -> None:
    made = plan_of(n=10, slots=8)
    folio = books.folio("A", made)
    await books.ledger.start(folio, made)
    orders = books.orders(Supplier(lambda p: drawn(p.images)))
    post = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=8, delivered=8)
    await books.ledger.settle(folio, post)  # applied, and its answer lost
    orders._settling._later(folio, post, None)
    await books.desk.drain(5)
    assert (await books.record("A"))["1:state"] == "VOIDED"
    assert (await books.journal())[-1]["reason"] == "store_was_silent"
    assert await books.used() == 0


async def test_a_call_that_the_store_lost_is_answered_all_the_same(books: Books) -> None:
    async def decide(payload: Payload) -> Outcome:
        (name,) = await books.store.call("ZRANGE", books.names.open, 0, -1)
        await books.store.call("DEL", books.names.order(name.decode()))
        await books.store.call("ZREM", books.names.open, name)
        return drawn(payload.images)

    order = await books.orders(Supplier(decide)).begin(plan_of(), CALLER)
    reply = await told(order)
    assert (reply.status, reply.body["ideogate"]["cost_microusd"]) == (200, UNIT)
    made = plan_of()
    await books.store.call(
        "ZREM", books.names.places(order.folio.account), f"{order.id}.0:1"
    )  # what a failover loses, it loses whole
    await books.store.call("HSET", books.names.account(order.folio.account), "used", 0)
    assert made.images == 1


async def test_an_end_is_written_again_until_the_store_is_back(own: Valkey) -> None:
    books = await brief_books(own)
    made = plan_of(n=8)
    folio = books.folio("A", made)
    await books.held("A", made)
    settling = Settling(books.ledger, books.desk, Slots(books.ledger))
    own.pause()
    post = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=8)
    assert await settling.settle(folio, post) is None
    settling.drop(books.folio("B", made))
    await asyncio.sleep(0.5)  # two more tries go unanswered, and are applied all the same
    own.go_on()
    assert await books.desk.drain(5) == 0
    assert await books.balance() == {"held": 0, "posted": 8 * UNIT, "parked": 0, "house": 0}
    assert [line["verb"] for line in await books.journal()] == ["hold", "post"]
    await books.store.aclose()


async def test_an_end_that_is_cut_off_is_written_all_the_same(books: Books) -> None:
    made = plan_of(n=8)
    await books.held("A", made)
    settling = Settling(books.ledger, books.desk, Slots(books.ledger))
    post = Leg(call=0, verb="post", upstream="sandbox", reason="delivered", billed=8)
    ending = asyncio.create_task(settling.settle(books.folio("A", made), post))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert await books.desk.drain(5) == 0
    assert (await books.balance())["posted"] == 8 * UNIT


async def test_a_call_that_had_ended_otherwise_is_reported(books: Books) -> None:
    made = plan_of(n=8)
    await books.held("A", made)
    folio = books.folio("A", made)
    settling = Settling(books.ledger, books.desk, Slots(books.ledger))
    park = Leg(call=0, verb="park", upstream="sandbox", reason="unknown")
    await settling.settle(folio, park)
    with capture_logs() as lines:
        settled = await settling.settle(folio, msgspec.structs.replace(park, verb="post"))
    assert settled is not None and settled.state == "PARKED"
    assert [(line["event"], line["state"]) for line in lines] == [("call_had_ended", "PARKED")]


async def test_an_order_that_the_store_refuses_was_not_held(own: Valkey) -> None:
    books = await brief_books(own)
    await books.store.call("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(ApiError) as refused:
        await books.orders(Supplier(lambda _: drawn(1))).begin(plan_of(), CALLER)
    assert refused.value.code == "ledger_unavailable"
    assert len(books.desk) == 0  # a refusal wrote nothing, so there is nothing to take back
    await books.store.aclose()
