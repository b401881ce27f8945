"""One order on real books: every way its calls can end, and what caller and books are told."""

import asyncio
import itertools
from collections.abc import Sequence

import msgspec
import pytest

from adapters.ideogram.outcome import Delivered, Failed, Outcome, Refused, Unknown
from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.translate.plan import Plan
from service.answers import answer
from service.faults import error_headers
from service.ledger import Folio, Ledger, Leg, Started, _started
from service.order import Order
from tests.money.books import CALLER, UNIT, Books, Supplier, in_time, plan_of, renderer
from tests.money.outcomes import CLASSES, ENDS, End, drawn
from tests.money.told import Told, told

pytest_plugins = ["tests.money.plugin"]


def first_image(payload: Payload) -> int:
    """Of the two calls of n=10, the second is the one of two images; seeds count from 100."""
    fields = dict(payload.fields)
    if "seed" in fields:
        return int(fields["seed"]) - 100
    return 0 if payload.images == 8 else 8


async def check(books: Books, made: Plan, calls: Sequence[tuple[int, End]]) -> None:
    """Draw an order whose calls (images, end) are known, and hold it against the design."""
    firsts = dict(
        zip(itertools.accumulate([0, *(images for images, _ in calls)]), calls, strict=False)
    )

    def decide(payload: Payload) -> Outcome:
        images, end = firsts[first_image(payload)]
        assert images == payload.images
        return end.outcome(images)

    before = await books.balance()
    order = await books.orders(Supplier(decide)).begin(made, CALLER)
    reply = await told(order)
    case = " + ".join(end.name for _, end in calls)

    legs = await books.record(order.id)
    posted = parked = 0
    for call, (images, end) in enumerate(calls):
        amount = UNIT * (images if end.state == "PARKED" else end.billed(images))
        assert legs[f"{call}:state"] == end.state, case
        assert int(legs[f"{call}:amount"]) == amount, case
        posted += amount if end.state == "POSTED" else 0
        parked += amount if end.state == "PARKED" else 0
    lines = {
        int(line["call"]): (line["verb"], line["reason"])
        for line in await books.journal()
        if line["order"] == order.id and line["verb"] != "hold"
    }
    verbs = {"POSTED": "post", "VOIDED": "void", "PARKED": "park"}
    assert lines == {call: (verbs[end.state], end.reason) for call, (_, end) in enumerate(calls)}, (
        case
    )
    after = await books.balance()
    assert {name: after[name] - before[name] for name in after} == {
        "held": 0, "posted": posted, "parked": parked, "house": 0,
    }, case  # fmt: skip

    came = [first + place for first, (images, end) in firsts.items() for place in end.came(images)]
    numbers = {
        "x-ideogate-images-requested": str(made.images),
        "x-ideogate-images-delivered": str(len(came)),
        "x-ideogate-images-billed": str(sum(end.billed(images) for images, end in calls)),
        "x-ideogate-cost-usd": f"{posted // 10**6}.{posted % 10**6:06d}",
    }
    assert numbers.items() <= reply.headers.items(), case
    assert ("x-ideogate-parked-usd" in reply.headers) is bool(parked), case
    if came:
        assert reply.status == 200, case
        _check_pictures(reply, made, came, posted, parked, case)
    else:
        _check_error(reply, calls, billed=bool(posted or parked), case=case)


def _check_pictures(
    reply: Told, made: Plan, came: Sequence[int], posted: int, parked: int, case: str
) -> None:
    assert len(reply.body["data"]) == len(came), case
    warnings = reply.body["ideogate"]["warnings"]
    missing = sorted(set(range(made.images)) - set(came))
    said = [f"Image {place + 1} of {made.images} is missing" for place in missing]
    assert [w["message"].partition(":")[0] for w in warnings] == said, case
    assert {w["code"] for w in warnings} <= {"image_missing"}, case
    facts = reply.body["ideogate"]
    assert (facts["cost_microusd"], facts["parked_microusd"]) == (posted, parked), case


def _check_error(reply: Told, calls: Sequence[tuple[int, End]], *, billed: bool, case: str) -> None:
    gravest = max((end for _, end in calls), key=lambda end: end.gravity)
    status, code, retry = gravest.error
    assert (reply.status, reply.body["code"]) == (status, code), case
    retry = "false" if billed else retry
    assert reply.headers.get("x-should-retry") == retry, case
    assert ("retry-after" in reply.headers) is (retry == "true" and status != 502), case


@pytest.mark.parametrize("first", ENDS, ids=lambda end: end.name)
async def test_every_pair_of_ends_of_a_two_call_order(books: Books, first: End) -> None:
    made = plan_of(n=10, slots=100)
    for second in ENDS:
        await check(books, made, [(8, first), (2, second)])


@pytest.mark.parametrize("first", CLASSES, ids=lambda end: end.name)
async def test_every_triple_of_ends_of_three_seeds(books: Books, first: End) -> None:
    made = plan_of(n=3, seed=100, slots=100)
    one = [end for end in CLASSES if end.name not in ("partly", "fewer")]  # of one image: the same
    for second, third in itertools.product(one, one):
        await check(books, made, [(1, first), (1, second), (1, third)])


@pytest.mark.parametrize(
    ("model", "code"),
    [("dall-e-3", "content_policy_violation"), ("gpt-image-1", "moderation_blocked")],
)
@pytest.mark.parametrize("end", ["withheld", "refused moderated"])
async def test_a_withheld_order_speaks_as_the_asked_model_would(
    books: Books, model: str, code: str, end: str
) -> None:
    (chosen,) = (one for one in ENDS if one.name == end)
    made = plan_of(n=1, model=model)
    order = await books.orders(Supplier(lambda p: chosen.outcome(p.images))).begin(made, CALLER)
    reply = await told(order)
    assert (reply.status, reply.body["code"]) == (400, code)


async def test_pictures_stand_in_order_of_index_whichever_call_ends_first(books: Books) -> None:
    async def decide(payload: Payload) -> Outcome:
        await asyncio.sleep({0: 0.04, 1: 0.0, 2: 0.02}[first_image(payload)])
        return drawn(1, host=f"seed-{first_image(payload)}")

    made = plan_of(n=3, seed=100)
    reply = await told(await books.orders(Supplier(decide)).begin(made, CALLER))
    links = [picture["url"] for picture in reply.body["data"]]
    assert links == [f"https://seed-{seed}/0.png" for seed in range(3)]


async def test_more_pictures_than_asked_are_the_houses(books: Books) -> None:
    made = plan_of(n=10)
    supplier = Supplier(lambda p: drawn(p.images + 3, host=f"call-{p.images}"))
    reply = await told(await books.orders(supplier).begin(made, CALLER))
    assert len(reply.body["data"]) == 10
    assert reply.body["data"][8]["url"] == "https://call-2/0.png"
    assert reply.body["ideogate"]["cost_microusd"] == 10 * UNIT
    assert reply.headers["x-ideogate-images-billed"] == "10"
    assert (await books.balance())["house"] == 6 * UNIT


async def test_an_order_on_four_places_is_sent_in_turns_each_marked_first(books: Books) -> None:
    states: list[str] = []

    async def decide(payload: Payload) -> Outcome:
        (name,) = await books.store.call("ZRANGE", books.names.open, 0, -1)
        record = await books.record(name.decode())
        states.append(record[f"{len(states)}:state"])
        return drawn(payload.images)

    supplier = Supplier(decide)
    reply = await told(await books.orders(supplier).begin(plan_of(n=10, slots=4), CALLER))
    assert [payload.images for payload in supplier.submits] == [4, 4, 2]
    assert states == ["SENT"] * 3
    assert len(reply.body["data"]) == 10


async def test_a_call_that_fails_ends_the_order_and_the_rest_is_void(books: Books) -> None:
    script = iter([drawn(4), Failed(message="no", status=500)])
    supplier = Supplier(lambda _: next(script))
    reply = await told(await books.orders(supplier).begin(plan_of(n=10, slots=4), CALLER))
    assert [payload.images for payload in supplier.submits] == [4, 4]
    assert (reply.status, len(reply.body["data"])) == (200, 4)
    words = [w["message"].partition(": ")[2] for w in reply.body["ideogate"]["warnings"]]
    assert (
        words
        == ["Ideogram did not draw it; it is not billed."] * 4
        + ["it was not sent; it is not billed."] * 2
    )
    assert await books.balance() == {"held": 0, "posted": 4 * UNIT, "parked": 0, "house": 0}


async def test_a_full_account_is_refused_with_the_true_wait(books: Books) -> None:
    gate = asyncio.Event()

    async def decide(payload: Payload) -> Outcome:
        await gate.wait()
        return drawn(payload.images)

    orders = books.orders(Supplier(decide))
    first = await orders.begin(plan_of(n=10), CALLER)
    with pytest.raises(ApiError) as refused:
        await orders.begin(plan_of(n=1), CALLER)
    headers = dict(error_headers(refused.value))
    assert (refused.value.shape.status, headers["x-should-retry"]) == (429, "true")
    assert headers["retry-after"] == "10"
    assert "try again in 10s" in refused.value.message
    gate.set()
    assert (await told(first)).status == 200


async def test_a_wait_that_clients_would_not_keep_to_is_not_named(books: Books) -> None:
    account = books.names.account(plan_of().candidates[0].upstream.account)
    await books.store.call("HSET", account, "call_ms", 61_000)
    made = plan_of(n=10)
    await books.ledger.start(books.folio("A", made), made)
    with pytest.raises(ApiError) as refused:
        await books.orders(Supplier(lambda _: drawn(1))).begin(made, CALLER)
    headers = dict(error_headers(refused.value))
    assert headers["x-should-retry"] == "false" and "retry-after" not in headers


async def test_a_draining_replica_takes_no_order(books: Books) -> None:
    orders = books.orders(Supplier(lambda _: drawn(1)))
    orders._state.draining = True
    with pytest.raises(ApiError, match="shutting down"):
        await orders.begin(plan_of(), CALLER)
    assert await books.journal() == []


async def test_an_upstream_that_a_reload_took_away_is_not_a_fault_of_ours(books: Books) -> None:
    orders = books.orders(Supplier(lambda _: drawn(1)))
    orders._suppliers = {}
    with pytest.raises(ApiError) as refused:
        await orders.begin(plan_of(), CALLER)
    assert (refused.value.shape.status, refused.value.retry) == (503, True)
    assert await books.journal() == []


async def test_an_unpriced_order_is_refused(books: Books) -> None:
    made = plan_of()
    (candidate,) = made.candidates
    bare = msgspec.structs.replace(candidate, schedule=())
    supplier = Supplier(lambda _: drawn(1))
    with pytest.raises(ApiError) as refused:
        await books.orders(supplier).begin(
            msgspec.structs.replace(made, candidates=(bare,)), CALLER
        )
    assert refused.value.code == "model_not_priced"
    assert supplier.submits == []


async def test_the_callers_deadline_leaves_the_paid_call_running(books: Books) -> None:
    gate = asyncio.Event()

    async def decide(payload: Payload) -> Outcome:
        await gate.wait()
        return drawn(payload.images)

    supplier = Supplier(decide)
    order = await books.orders(supplier).begin(plan_of(n=10, slots=4), CALLER)
    with pytest.raises(ApiError) as late:
        await answer(order, renderer(), in_time(0.02))
    assert (late.value.shape.status, late.value.shape.code) == (504, "timeout")
    assert dict(error_headers(late.value))["x-should-retry"] == "true"
    gate.set()
    await books.desk.drain(5)
    assert await books.balance() == {"held": 0, "posted": 10 * UNIT, "parked": 0, "house": 0}
    assert len(supplier.submits) == 3  # a retry finds all of it


async def test_the_deadline_of_an_order_that_has_lost_a_call_is_not_worth_a_retry(
    books: Books,
) -> None:
    gate = asyncio.Event()

    async def decide(payload: Payload) -> Outcome:
        if payload.images == 8:
            return Unknown(message="cut")
        await gate.wait()
        return drawn(payload.images)

    order = await books.orders(Supplier(decide)).begin(plan_of(n=10, slots=10), CALLER)
    with pytest.raises(ApiError) as late:
        await answer(order, renderer(), in_time(0.1))
    assert dict(error_headers(late.value))["x-should-retry"] == "false"
    gate.set()
    await books.desk.drain(5)


@pytest.mark.parametrize("unit", ["output", "input"])
@pytest.mark.parametrize(
    "leg",
    [
        Leg(call=0, verb="post", upstream="sandbox", reason="", billed=1),
        Leg(call=0, verb="post", upstream="sandbox", reason="", billed=4),
        Leg(call=0, verb="post", upstream="elsewhere", reason="", billed=0),
        Leg(call=0, verb="park", upstream="sandbox", reason=""),
        Leg(call=0, verb="void", upstream="sandbox", reason=""),
    ],
    ids=lambda leg: f"{leg.verb} {leg.billed}",
)
async def test_what_is_expected_is_what_the_store_books(books: Books, unit: str, leg: Leg) -> None:
    made = plan_of(n=1, unit=unit)
    folio = books.folio("A", made)
    held = await books.ledger.start(folio, made)
    order = Order(folio, made, held, Supplier(lambda _: drawn(1)))  # type: ignore[arg-type]
    settled = await books.ledger.settle(folio, leg)
    assert settled is not None
    assert order.expected(leg, 1) == settled.amount


def test_outcomes_of_the_table_are_all_there_are() -> None:
    kinds = {type(end.outcome(2)) for end in ENDS}
    assert kinds == {Delivered, Refused, Failed, Unknown}


async def test_a_word_that_the_books_never_had_is_an_accident_and_holds_nothing(
    books: Books,
) -> None:
    class Newer(Ledger):
        """Its start script says what this version does not know."""

        async def start(self, folio: Folio, plan: Plan, *, ticket: str = "") -> Started:
            await super().start(folio, plan, ticket=ticket)
            return _started([b"queued", b"7"])

    supplier = Supplier(lambda p: drawn(p.images))
    books.ledger = Newer(books.store, books.names)
    with pytest.raises(ValueError, match="which nobody knows"):
        await books.orders(supplier).begin(plan_of(n=2), CALLER)
    assert await books.desk.drain(5) == 0
    assert (await books.balance())["held"] == 0
    assert supplier.submits == []
