"""Which order a request repeats, on real books: ends that take long, and replicas that die."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from adapters.ideogram.outcome import Outcome, Refused
from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.translate.plan import Plan
from service.answers import answer, nothing_came
from service.desk import Desk
from service.ledger import Held, Ledger, Leg
from service.order import Order
from service.replay import Replay
from service.sweeper import Sweeper
from service.ticket import Ticket
from service.visit import Visit
from tests.money.books import CALLER, UNIT, Books, Supplier, in_time, plan_of, renderer
from tests.money.outcomes import drawn
from tests.money.told import told

pytest_plugins = ["tests.money.plugin"]
KEYED = {"idempotency-key": "k"}
AGAIN = {"x-stainless-retry-count": "1"}
BUSY = Refused(reason="busy", message="full", status=429)
Decide = Callable[[Payload], Any]


class Replica:
    """One gateway's replay, over books that others share."""

    def __init__(
        self,
        books: Books,
        decide: Decide = lambda p: drawn(p.images),
        *,
        peppers: Sequence[bytes] = (b"pepper",),
    ) -> None:
        self.supplier = Supplier(decide)
        self.orders = books.orders(self.supplier)
        self.replay = Replay(self.orders, books.store, books.names, peppers, books.desk)

    def ticket(self, headers: dict[str, str], digest: bytes = b"digest") -> Ticket:
        whole = {"authorization": "Bearer sk-ig-one", **headers}
        visit = Visit(
            request_id="r",
            began=0.0,
            method="POST",
            path="/",
            headers={name.encode(): text.encode() for name, text in whole.items()},
        )
        return self.replay.ticket(visit, digest)

    async def drawn(self, headers: dict[str, str] | None = None, made: Plan | None = None) -> Order:
        """Placed, told in full and handed out."""
        async with self.replay.order(
            made or plan_of(), CALLER, self.ticket(headers or {})
        ) as order:
            await order.over()
            self.replay.delivered(order)
        await asyncio.sleep(0.02)  # the note is written beside it
        return order

    async def left(self, made: Plan | None = None) -> Order:
        """Placed by a caller that did not wait."""
        async with self.replay.order(made or plan_of(), CALLER, self.ticket({})) as order:
            await order.over()
        return order


async def dead(books: Books, headers: dict[str, str]) -> Order:
    """An order whose replica died when it had sent it."""
    ledger = Ledger(books.store, books.names, lease_ms=1)
    made, ticket = plan_of(), Replica(books).ticket(headers)
    folio = books.folio("DEAD", made)
    held = await ledger.start(folio, made, ticket=ticket.word)
    assert isinstance(held, Held)
    return Order(folio, made, held, Any, ticket=ticket)  # type: ignore[arg-type]


async def swept(books: Books, park_seconds: int = 900) -> None:
    await asyncio.sleep(0.01)
    retention = Any
    sweeper = Sweeper(books.store, books.names, retention, park_seconds=park_seconds)  # type: ignore[arg-type]
    assert await sweeper.sweep()


@pytest.mark.parametrize("headers", [KEYED, AGAIN], ids=["key", "retry"])
async def test_what_a_dead_replica_had_sent_is_lost_and_not_sent_again(
    books: Books, headers: dict[str, str]
) -> None:
    await dead(books, headers if headers is KEYED else {})
    await swept(books)
    replica = Replica(books)
    reply = await told(await replica.drawn(headers))
    assert (reply.status, reply.body["code"]) == (502, "upstream_outcome_unknown")
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["x-ideogate-parked-usd"] == "0.060000"
    assert replica.supplier.submits == []


async def test_a_joined_order_is_told_as_soon_as_it_is_swept(books: Books) -> None:
    await dead(books, KEYED)
    replica = Replica(books)
    waiting = asyncio.create_task(replica.drawn(KEYED))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await swept(books)
    assert nothing_came(await waiting).code == "upstream_outcome_unknown"


async def test_a_replica_that_was_only_slow_brings_its_result_after_all(books: Books) -> None:
    order = await dead(books, KEYED)
    await swept(books)
    slow = Replica(books)
    await slow.orders._settle(order, 0, 0, 1, drawn(1))
    reply = await told(await slow.drawn(KEYED))
    assert reply.body["data"][0]["url"] == "https://pictures/0.png"
    assert (await books.balance())["posted"] == UNIT


async def test_what_was_written_off_is_free_again(books: Books) -> None:
    await dead(books, KEYED)
    await swept(books)
    await books.store.call("ZADD", books.names.open, 1, "DEAD")  # its next look was to be later
    await swept(books, park_seconds=0)
    replica = Replica(books)
    assert (await replica.drawn(KEYED)).joined is None
    assert len(replica.supplier.submits) == 1


@pytest.mark.parametrize("headers", [KEYED, AGAIN], ids=["key", "retry"])
async def test_a_result_that_is_not_kept_any_more_is_nobody_s(
    books: Books, headers: dict[str, str]
) -> None:
    replica = Replica(books)
    order = await (replica.drawn(KEYED) if headers is KEYED else replica.left())
    kept = await books.store.call("PTTL", books.names.result(order.id))
    assert 890_000 < kept <= 900_000
    await books.store.call("DEL", books.names.result(order.id))
    assert (await replica.drawn(headers)).joined is None
    assert len(replica.supplier.submits) == 2


async def test_what_is_parked_keeps_its_key_and_is_claimed_for_a_while_only(books: Books) -> None:
    for headers in (KEYED, {}):
        order = await dead(books, headers)
        await swept(books)
        record = books.names.order(order.id)
        await books.store.call("HINCRBY", record, "0:parked_ms", -900_001)
        replica = Replica(books)
        again = await replica.drawn(headers or AGAIN)
        assert again.joined == ("key" if headers else None)
        await books.store.call("RENAME", record, f"{record}-of-the-key")


async def test_an_idempotency_key_belongs_to_one_body(books: Books) -> None:
    replica = Replica(books)
    await replica.drawn(KEYED)
    other = replica.ticket(KEYED, b"another digest")
    with pytest.raises(ApiError) as refused:
        async with replica.replay.order(plan_of(), CALLER, other):
            pass
    assert (refused.value.shape.status, refused.value.param) == (422, "Idempotency-Key")
    assert len(replica.supplier.submits) == 1


async def test_the_oldest_is_claimed_first(books: Books) -> None:
    replica = Replica(books)
    left = []
    for _ in range(3):
        left.append((await replica.left()).id)
        await asyncio.sleep(0.002)
    claimed = [(await replica.drawn(AGAIN)).id for _ in left]
    assert claimed == left


async def test_every_call_of_an_order_is_told_at_its_place(books: Books) -> None:
    def decide(payload: Payload) -> Outcome:
        return drawn(payload.images, host=f"of-{payload.images}")

    first, second = Replica(books, decide), Replica(books)
    made = plan_of(n=10, slots=100, style="vivid", quality="high")
    one = await told(await first.drawn(KEYED, made))
    other = await told(await second.drawn(KEYED, made))
    assert other.body | {"created": 0} == one.body | {"created": 0}
    assert second.supplier.submits == []


async def test_a_mark_of_a_refusal_is_used_up_before_anything_is_claimed(books: Books) -> None:
    ends: list[Outcome] = [drawn(1), BUSY, drawn(1)]
    replica = Replica(books, lambda _: ends.pop(0))
    left = await replica.left()
    refused = await replica.left()
    await replica.replay.refused(refused, nothing_came(refused))
    await replica.replay.refused(refused, nothing_came(refused))  # by another who waited for it
    assert (await replica.drawn(AGAIN)).joined is None
    claimed = await replica.drawn(AGAIN)
    assert (claimed.joined, claimed.id) == ("claim", left.id)


async def test_a_refusal_before_the_hold_leaves_a_mark_and_a_full_line_too(books: Books) -> None:
    replica = Replica(books)
    left = await replica.left()
    for headers in ({}, AGAIN):  # that of the retry was used up when it was refused
        with pytest.raises(ApiError) as refused:
            await replica.drawn(headers, plan_of(slots=0))
        assert refused.value.code == "rate_limit_exceeded"
    assert (await replica.drawn(AGAIN)).joined is None
    assert (await replica.drawn(AGAIN)).id == left.id


async def test_a_retry_that_did_not_reach_the_books_stands_where_it_stood(books: Books) -> None:
    replica = Replica(books)
    left = await replica.left()
    replica.orders._state.draining = True
    with pytest.raises(ApiError, match="shutting down"):
        await replica.drawn(AGAIN)
    replica.orders._state.draining = False
    assert (await replica.drawn(AGAIN)).id == left.id


async def test_a_refusal_that_is_no_reason_to_come_again_leaves_no_mark(books: Books) -> None:
    moderated = Refused(reason="moderated", message="no", status=422)
    ends: list[Outcome] = [drawn(1), moderated]
    replica = Replica(books, lambda _: ends.pop(0))
    left = await replica.left()
    refused = await replica.left()
    await replica.replay.refused(refused, nothing_came(refused))
    assert (await replica.drawn(AGAIN)).id == left.id


async def test_a_claim_holds_while_it_is_renewed_and_no_longer(books: Books) -> None:
    replica, other = Replica(books), Replica(books)
    left = await replica.left()
    async with replica.replay.order(plan_of(), CALLER, replica.ticket(AGAIN)) as claimed:
        assert claimed.id == left.id
        record = books.names.order(left.id)
        first = int(await books.store.call("HGET", record, "claimed_ms"))
        await asyncio.sleep(1.2)
        assert int(await books.store.call("HGET", record, "claimed_ms")) > first
        assert (await other.drawn(AGAIN)).id != left.id
        await books.store.call("HINCRBY", record, "claimed_ms", -3001)  # as if its replica had died
        assert (await other.drawn(AGAIN)).id == left.id


async def test_a_claim_that_was_not_handed_out_is_free_for_the_next(books: Books) -> None:
    replica = Replica(books)
    left = await replica.left()
    for _ in range(2):
        async with replica.replay.order(plan_of(), CALLER, replica.ticket(AGAIN)) as claimed:
            assert claimed.id == left.id
        await asyncio.sleep(0.05)
    assert (await replica.drawn(AGAIN)).id == left.id
    assert (await replica.drawn(AGAIN)).joined is None  # now it was


async def test_who_joined_an_order_that_is_taken_back_may_come_again(books: Books) -> None:
    order = await dead(books, KEYED)
    replica = Replica(books)
    waiting = asyncio.create_task(replica.drawn(KEYED))
    await asyncio.sleep(0.05)
    # the start of it was never answered, so it was never sent
    await books.ledger.drop(order.folio)
    refusal = nothing_came(await waiting)
    assert (refusal.shape.status, refusal.retry) == (503, True)
    assert (await replica.drawn(KEYED)).joined is None


async def test_a_part_of_an_order_is_told_when_the_other_was_lost(books: Books) -> None:
    made = plan_of(n=10, slots=100)
    ledger, replica = Ledger(books.store, books.names, lease_ms=1), Replica(books)
    ticket = replica.ticket(KEYED)
    held = await ledger.start(books.folio("DEAD", made), made, ticket=ticket.word)
    assert isinstance(held, Held) and held.calls == (8, 2)
    order = Order(books.folio("DEAD", made), made, held, Any, ticket=ticket)  # type: ignore[arg-type]
    await replica.orders._settle(order, 1, 8, 2, drawn(2))
    await swept(books)
    reply = await told(await replica.drawn(KEYED, made))
    assert (reply.status, len(reply.body["data"])) == (200, 2)
    said = [warning["message"] for warning in reply.body["ideogate"]["warnings"]]
    assert len(said) == 8 and "its price stays reserved" in said[0]


async def test_what_was_posted_by_hand_has_no_pictures(books: Books) -> None:
    order = await dead(books, KEYED)
    replica = Replica(books)
    waiting = asyncio.create_task(replica.drawn(KEYED))
    await asyncio.sleep(0.05)
    leg = Leg(call=0, verb="post", upstream="sandbox", reason="by_hand", billed=1, delivered=1)
    await books.ledger.settle(order.folio, leg)
    assert nothing_came(await waiting).code == "upstream_outcome_unknown"


async def test_who_waits_for_a_claimed_order_beyond_its_deadline_is_to_come_again(
    books: Books,
) -> None:
    await dead(books, {})
    replica = Replica(books)
    for headers, code, status in ((AGAIN, "timeout", 504),):
        async with replica.replay.order(plan_of(), CALLER, replica.ticket(headers)) as order:
            with pytest.raises(ApiError) as late:
                await answer(order, renderer(), in_time(0.05))
        assert (late.value.code, late.value.shape.status, late.value.retry) == (code, status, True)
    await swept(books)


async def test_notes_are_written_as_soon_as_the_store_is_back(books: Books) -> None:
    """By a desk of its own: the replay must not forget what a silent store did not take."""
    desk = Desk()
    replica = Replica(books)
    replay = Replay(replica.orders, books.store, books.names, b"pepper", desk)
    left = await replica.left()
    replay.delivered(left)
    assert len(desk) == 1
    assert await desk.drain(5) == 0
    assert (await replica.drawn(AGAIN)).joined is None
