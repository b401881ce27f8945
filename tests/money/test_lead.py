"""A variation on real books: a description that comes first, its own price, and the images after it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from adapters.ideogram.outcome import Delivered, Failed, Outcome, Picture, Refused, Unknown
from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Upload
from adapters.store.client import connect
from adapters.translate.describing import plan_describe
from adapters.translate.plan import Candidate, Input, Inputs, Plan, Rules
from adapters.translate.variations import plan_variation
from config.catalogue import PriceStep
from config.money import MicroUSD, usd
from service.allowance import Short
from service.answers import answer
from service.books import verify
from service.descriptions import description
from service.faults import error_headers
from service.keyspace import Keyspace
from service.ledger import Gone, Held, Ledger, Leg, Unpriced
from service.quotes import quote
from tests.adapters.translate.editing import prompt_of
from tests.money.books import CALLER, SETTINGS, UNIT, Books, Supplier, in_time, renderer
from tests.money.outcomes import ENDS, End, drawn
from tests.money.told import told
from tests.stores import start_valkey

pytest_plugins = ["tests.money.plugin"]

WORDS = 10_000  # a description, micro-USD: nobody's published price, so it is assumed
TEXT = "a teal square on a grey ground"
FREE = {"held": 0, "posted": 0, "parked": 0, "house": 0}
CONTENT = b"the picture"


def variation(*, slots: int = 10, **asked: Any) -> Plan:
    ask = Edit(images=(Upload("image", CONTENT),), response_format="url", **asked)
    inputs = Inputs(image=Input(content=CONTENT, format="png", width=1024, height=1024))
    upstreams = [msgspec.structs.replace(one, slots=slots) for one in SETTINGS.upstreams]
    return plan_variation(ask, inputs, SETTINGS.catalogue, upstreams, Rules())


def wording() -> Plan:
    """A description alone."""
    ask = Edit(images=(Upload("image", CONTENT),))
    inputs = Inputs(image=Input(content=CONTENT, format="png", width=1024, height=1024))
    return plan_describe(ask, inputs, SETTINGS.catalogue, SETTINGS.upstreams, Rules())


def at_price(made: Plan, *, words: int, image: int) -> Plan:
    def priced(candidates: tuple[Candidate, ...], micro_usd: int) -> tuple[Candidate, ...]:
        schedule = (PriceStep(0, MicroUSD(micro_usd), False),)
        return tuple(msgspec.structs.replace(one, schedule=schedule) for one in candidates)

    assert made.lead is not None
    lead = msgspec.structs.replace(made.lead, candidates=priced(made.lead.candidates, words))
    return msgspec.structs.replace(made, candidates=priced(made.candidates, image), lead=lead)


def described(*texts: str) -> Delivered:
    return Delivered(pictures=(), descriptions=texts or (TEXT,))


Deciding = Callable[[Payload], Outcome | Awaitable[Outcome]]


def supplier(
    remix: Deciding = lambda payload: drawn(payload.images),
    describe: Deciding = lambda _: described(),
) -> Supplier:
    return Supplier(lambda p: describe(p) if p.path == "/describe" else remix(p))


async def lines(books: Books) -> list[Mapping[str, str]]:
    """The journal after the hold, as far as it speaks of money and of what was sold."""
    told = ("call", "verb", "reason", "images", "model", "operation", "posted", "parked", "speed")
    return [{name: one[name] for name in told} for one in (await books.journal())[1:]]


def line(call: int | str, verb: str, reason: str, images: int, **sums: int) -> dict[str, str]:
    lead = call == 0
    return {
        "call": str(call),
        "verb": verb,
        "reason": reason,
        "images": str(images),
        "model": "ideogram-describe" if lead else "ideogram-v3",
        "operation": "describe" if lead else "remix",
        "speed": "" if lead else "DEFAULT",
        "posted": "0",
        "parked": "0",
        **{name: str(sum_) for name, sum_ in sums.items()},
    }


async def test_a_variation_holds_one_description_and_all_its_images(books: Books) -> None:
    held = await books.held("A", variation(n=3))
    assert held.hold == WORDS + 3 * UNIT
    assert (held.calls, held.lead_prices) == ((1,), {"sandbox": WORDS})
    assert await books.balance() == FREE | {"held": WORDS + 3 * UNIT}
    assert await books.used() == 1
    assert await books.ledger.drop(books.folio("A", variation(n=3))) == WORDS + 3 * UNIT


async def test_both_calls_are_posted_each_on_its_own_row(books: Books) -> None:
    drawing = supplier()
    reply = await told(await books.orders(drawing).begin(variation(n=3), CALLER))
    assert (reply.status, len(reply.body["data"])) == (200, 3)
    assert [prompt_of(payload) for payload in drawing.submits] == [None, TEXT]
    assert await lines(books) == [
        line(0, "post", "delivered", 1, posted=WORDS),
        line(1, "post", "delivered", 3, posted=3 * UNIT),
    ]
    facts = reply.body["ideogate"]
    assert facts["cost_microusd"] == WORDS + 3 * UNIT
    assert (facts["images_billed"], facts["operation"]) == (3, "remix")
    assert reply.headers["x-ideogate-cost-usd"] == "0.190000"
    assert await books.balance() == FREE | {"posted": WORDS + 3 * UNIT}


async def test_the_log_names_what_each_call_sold(books: Books) -> None:
    with capture_logs() as logged:
        await told(await books.orders(supplier()).begin(variation(), CALLER))
    sold = [(one["model"], one["operation"]) for one in logged if one["event"] == "call_ended"]
    assert sold == [("ideogram-describe", "describe"), ("ideogram-v3", "remix")]


FELL = [end for end in ENDS if end.state != "POSTED"]


@pytest.mark.parametrize("end", FELL, ids=lambda end: end.name)
async def test_without_a_description_nothing_is_drawn(books: Books, end: End) -> None:
    drawing = supplier(describe=lambda _: end.outcome(1))
    reply = await told(await books.orders(drawing).begin(variation(n=3), CALLER))
    parked = WORDS if end.state == "PARKED" else 0
    verb = "park" if parked else "void"
    assert await lines(books) == [
        line(0, verb, end.reason, 1, parked=parked),
        line("rest", "void", "not_sent", 3),
    ]
    assert await books.balance() == FREE | {"parked": parked}
    status, code, retry = end.error
    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.headers.get("x-should-retry") == retry
    assert reply.headers["x-ideogate-cost-usd"] == "0.000000"
    assert len(drawing.submits) == 1


@pytest.mark.parametrize("end", FELL, ids=lambda end: end.name)
async def test_of_a_remix_that_fails_only_the_description_is_posted(books: Books, end: End) -> None:
    drawing = supplier(remix=lambda payload: end.outcome(payload.images))
    reply = await told(await books.orders(drawing).begin(variation(n=2), CALLER))
    parked = 2 * UNIT if end.state == "PARKED" else 0
    assert await lines(books) == [
        line(0, "post", "delivered", 1, posted=WORDS),
        line(1, "park" if parked else "void", end.reason, 2, parked=parked),
    ]
    assert await books.balance() == FREE | {"posted": WORDS, "parked": parked}
    assert (reply.status, reply.body["code"]) == end.error[:2]
    assert reply.headers["x-should-retry"] == "false"
    assert "retry-after" not in reply.headers
    assert reply.headers["x-ideogate-cost-usd"] == "0.010000"
    assert "nothing is billed" not in reply.body["message"].lower()


@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-2"])
async def test_images_all_withheld_are_billed_beside_their_description(
    books: Books, model: str
) -> None:
    drawing = supplier(remix=lambda payload: drawn(payload.images, withheld=range(9)))
    reply = await told(await books.orders(drawing).begin(variation(n=2, model=model), CALLER))
    code = "content_policy_violation" if model == "dall-e-2" else "moderation_blocked"
    assert (reply.status, reply.body["code"]) == (400, code)
    assert "withheld every image" in reply.body["message"]
    assert await books.balance() == FREE | {"posted": WORDS + 2 * UNIT}


@pytest.mark.parametrize(("slots", "calls"), [(4, [1, 4, 4, 2]), (1, [1] * 11), (100, [1, 8, 2])])
async def test_ten_images_are_drawn_in_turns_behind_their_description(
    books: Books, slots: int, calls: list[int]
) -> None:
    drawing = supplier()
    order = await books.orders(drawing).begin(variation(n=10, slots=slots), CALLER)
    reply = await told(order)
    assert [payload.images for payload in drawing.submits] in (calls, calls[:2] + calls[2:][::-1])
    assert len(reply.body["data"]) == 10
    assert reply.body["ideogate"]["warnings"] == []
    assert {prompt_of(payload) for payload in drawing.submits[1:]} == {TEXT}
    assert await books.balance() == FREE | {"posted": WORDS + 10 * UNIT}


async def test_a_turn_that_fails_leaves_what_came_and_voids_the_rest(books: Books) -> None:
    script = iter([drawn(4), Failed(message="no", status=500)])
    drawing = supplier(remix=lambda _: next(script))
    reply = await told(await books.orders(drawing).begin(variation(n=10, slots=4), CALLER))
    assert (reply.status, len(reply.body["data"])) == (200, 4)
    assert [w["message"][:18] for w in reply.body["ideogate"]["warnings"]] == [
        f"Image {number} of 10 is m"[:18] for number in range(5, 11)
    ]
    assert await books.balance() == FREE | {"posted": WORDS + 4 * UNIT}


async def test_seeds_are_drawn_one_by_one_behind_their_description(books: Books) -> None:
    drawing = supplier()
    reply = await told(await books.orders(drawing).begin(variation(n=3, seed=7), CALLER))
    seeds = [dict(payload.fields).get("seed") for payload in drawing.submits]
    assert seeds == [None, "7", "8", "9"]
    assert (reply.status, len(reply.body["data"])) == (200, 3)
    assert await books.balance() == FREE | {"posted": WORDS + 3 * UNIT}


async def test_several_texts_become_one_prompt(books: Books) -> None:
    drawing = supplier(describe=lambda _: described("a fox", "in the snow"))
    await told(await books.orders(drawing).begin(variation(), CALLER))
    assert prompt_of(drawing.submits[1]) == "a fox in the snow"


async def test_a_description_without_words_is_paid_and_draws_nothing(books: Books) -> None:
    pictures = (Picture(url="https://pictures/0.png", safe=True),)
    drawing = supplier(describe=lambda _: Delivered(pictures=pictures))
    reply = await told(await books.orders(drawing).begin(variation(n=2), CALLER))
    assert (reply.status, reply.body["code"]) == (502, "upstream_error")
    assert "without words" in reply.body["message"]
    assert reply.headers["x-should-retry"] == "false"
    assert await books.balance() == FREE | {"posted": WORDS}


@pytest.mark.parametrize("end", FELL, ids=lambda end: end.name)
async def test_a_description_alone_that_fails_is_told_as_an_image_would_be(
    books: Books, end: End
) -> None:
    orders = books.orders(supplier(describe=lambda _: end.outcome(1)))
    with pytest.raises(ApiError) as failed:
        await description(await orders.begin(wording(), CALLER), in_time())
    assert (failed.value.shape.status, failed.value.shape.code) == end.error[:2]
    assert dict(error_headers(failed.value)).get("x-should-retry") == end.error[2]
    assert await books.balance() == FREE | {"parked": WORDS if end.state == "PARKED" else 0}


async def test_a_description_alone_without_words_is_paid_and_says_so(books: Books) -> None:
    pictures = (Picture(url="https://pictures/0.png", safe=True),)
    orders = books.orders(supplier(describe=lambda _: Delivered(pictures=pictures)))
    with pytest.raises(ApiError, match="without words") as failed:
        await description(await orders.begin(wording(), CALLER), in_time())
    assert dict(error_headers(failed.value))["x-should-retry"] == "false"
    assert await books.balance() == FREE | {"posted": WORDS}


async def test_a_description_that_is_late_is_paid_all_the_same(books: Books) -> None:
    gate = asyncio.Event()

    async def describe(_: Payload) -> Outcome:
        await gate.wait()
        return described()

    order = await books.orders(supplier(describe=describe)).begin(wording(), CALLER)
    with pytest.raises(ApiError) as late:
        await description(order, in_time(0.02))
    assert late.value.code == "timeout"
    gate.set()
    await books.desk.drain(5)
    assert await books.balance() == FREE | {"posted": WORDS}


async def test_a_text_that_cannot_be_planned_with_is_paid_and_draws_nothing(books: Books) -> None:
    def broken(_: str) -> tuple[Candidate, ...]:
        raise RuntimeError("a bug")

    made = variation(n=2)
    lead = msgspec.structs.replace(made.lead, then=broken)
    order = await books.orders(supplier()).begin(msgspec.structs.replace(made, lead=lead), CALLER)
    reply = await told(order)
    assert (reply.status, reply.headers["x-should-retry"]) == (503, "false")
    assert await books.balance() == FREE | {"posted": WORDS}


async def test_other_orders_keep_their_places_while_a_picture_is_described(books: Books) -> None:
    gate = asyncio.Event()

    async def describe(_: Payload) -> Outcome:
        await gate.wait()
        return described()

    orders = books.orders(supplier(describe=describe))
    made = variation(n=10, slots=2)
    first, second = await orders.begin(made, CALLER), await orders.begin(made, CALLER)
    with pytest.raises(ApiError) as full:
        await orders.begin(made, CALLER)
    assert (full.value.shape.status, full.value.code) == (429, "rate_limit_exceeded")
    assert (await books.balance())["held"] == 2 * (WORDS + 10 * UNIT)
    gate.set()
    replies = [await told(first), await told(second)]
    assert [len(reply.body["data"]) for reply in replies] == [10, 10]
    assert await books.balance() == FREE | {"posted": 2 * (WORDS + 10 * UNIT)}


async def test_places_that_went_to_others_end_the_order_after_its_description(
    books: Books,
) -> None:
    brief = Books(books.store, books.names, Ledger(books.store, books.names, lease_ms=1))
    made = variation(n=3, slots=1)
    folio = books.folio("A", made)
    await brief.held("A", made)
    await asyncio.sleep(0.01)
    await books.held("B", made)  # whose lease is whole
    settled = await books.ledger.settle(folio, leg("post"))
    assert settled is not None and settled.next_call is None
    assert (await books.journal())[-1]["reason"] == "no_place"
    assert await books.balance() == FREE | {"posted": WORDS, "held": WORDS + 3 * UNIT}
    await books.ledger.drop(books.folio("B", made))


def leg(verb: Any, *, call: int = 0, billed: int = 1, stop: bool = False) -> Leg:
    return Leg(call=call, verb=verb, upstream="sandbox", reason="x", billed=billed, stop=stop)


async def test_verbs_may_be_repeated_and_change_nothing(books: Books) -> None:
    made = variation(n=3)
    folio = books.folio("A", made)
    first = await books.ledger.start(folio, made)
    assert await books.ledger.start(folio, made) == first
    posted = await books.ledger.settle(folio, leg("post"))
    assert posted is not None and (posted.next_call, posted.next_images) == (1, 3)
    for verb in ("post", "void", "park"):
        assert await books.ledger.settle(folio, leg(verb, stop=True)) == posted
    assert await books.ledger.start(folio, made) == first
    assert await books.ledger.sent(folio, 1) and await books.ledger.sent(folio, 1)
    drawn_ = await books.ledger.settle(folio, leg("post", call=1, billed=3))
    assert drawn_ is not None and drawn_.open_calls == 0
    assert await books.ledger.settle(folio, leg("void", call=1)) == drawn_
    assert await books.balance() == FREE | {"posted": WORDS + 3 * UNIT}


async def test_a_dropped_start_gives_all_back_and_its_repeat_holds_nothing(books: Books) -> None:
    made = variation(n=2)
    folio = books.folio("A", made)
    await books.held("A", made)
    assert await books.ledger.drop(folio) == WORDS + 2 * UNIT
    assert await books.ledger.drop(folio) == 0
    assert await books.ledger.start(folio, made) == Gone()
    late = await books.ledger.settle(folio, leg("post"))
    assert late is not None and (late.state, late.next_call) == ("VOIDED", None)
    voided = [(one["call"], one["model"], one["held"]) for one in (await books.journal())[1:]]
    assert voided == [
        ("0", "ideogram-describe", str(-WORDS)),
        ("rest", "ideogram-v3", str(-2 * UNIT)),
    ]
    assert await books.balance() == FREE


async def test_a_drop_that_comes_first_leaves_nothing(books: Books) -> None:
    folio = books.folio("A", variation())
    assert await books.ledger.drop(folio) == 0
    assert await books.ledger.start(folio, variation()) == Gone()
    assert await books.journal() == []


@pytest.mark.parametrize("over", [1, 0])
async def test_a_spend_limit_counts_the_description_too(books: Books, over: int) -> None:
    await books.limit("project:p", spend_month=usd(MicroUSD(WORDS + UNIT - over)))
    made = variation()
    started = await books.ledger.start(books.folio("A", made), made)
    assert isinstance(started, Short if over else Held)
    await books.ledger.drop(books.folio("A", made))


@pytest.mark.parametrize("unpriced", ["lead", "images"])
async def test_without_a_price_for_both_nothing_is_held(books: Books, unpriced: str) -> None:
    made = variation()
    assert made.lead is not None
    if unpriced == "lead":
        bare = (msgspec.structs.replace(made.lead.candidates[0], schedule=()),)
        made = msgspec.structs.replace(
            made, lead=msgspec.structs.replace(made.lead, candidates=bare)
        )
    else:
        bare = (msgspec.structs.replace(made.candidates[0], schedule=()),)
        made = msgspec.structs.replace(made, candidates=bare)
    assert await books.ledger.start(books.folio("A", made), made) == Unpriced()
    with pytest.raises(ApiError) as refused:
        await quote(made, books.store)
    assert refused.value.code == "model_not_priced"
    assert await books.journal() == []


async def test_each_call_is_posted_at_its_own_price(books: Books) -> None:
    made = at_price(variation(n=3), words=7, image=1_000_003)
    reply = await told(await books.orders(supplier()).begin(made, CALLER))
    assert reply.body["ideogate"]["cost_microusd"] == 7 + 3 * 1_000_003
    assert await books.balance() == FREE | {"posted": 7 + 3 * 1_000_003}


@pytest.mark.parametrize("asked", [{}, {"n": 10}, {"n": 2, "seed": 1}, {"model": "ideogram-v2"}])
async def test_the_quote_of_a_variation_is_what_it_would_hold(
    books: Books, asked: dict[str, Any]
) -> None:
    made = variation(**asked)
    facts = json.loads(b"".join((await quote(made, books.store)).chunks))
    held = await books.held("A", made)
    assert facts["price_microusd"] == held.hold
    assert facts["assumed"] is True  # nobody publishes a price of describe
    assert facts["calls"][0]["path"] == "/describe"
    assert len(facts["calls"]) == 1 + -(-made.images // made.per_call)
    await books.ledger.drop(books.folio("A", made))


async def test_a_variation_runs_on_over_the_callers_deadline_for_its_retry(books: Books) -> None:
    gate = asyncio.Event()

    async def describe(_: Payload) -> Outcome:
        await gate.wait()
        return described()

    drawing = supplier(describe=describe)
    order = await books.orders(drawing).begin(variation(n=3), CALLER)
    with pytest.raises(ApiError) as late:
        await answer(order, renderer(), in_time(0.02))
    assert dict(error_headers(late.value))["x-should-retry"] == "true"
    gate.set()
    await books.desk.drain(5)
    assert await books.balance() == FREE | {"posted": WORDS + 3 * UNIT}
    assert len(drawing.submits) == 2  # the description and the images, for whoever asks again


async def test_the_second_signal_parks_a_description_and_nothing_else(books: Books) -> None:
    async def describe(_: Payload) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    await books.orders(supplier(describe=describe)).begin(variation(n=3), CALLER)
    await asyncio.sleep(0.01)
    assert await books.desk.stop() == 0
    assert await books.balance() == FREE | {"parked": WORDS}


async def test_a_store_that_is_silent_after_the_description_draws_nothing() -> None:
    """The description is paid; its post follows, and the images are void."""
    with start_valkey() as server:
        names = Keyspace("silent")
        store = await connect(server.url)  # with the gateway's own patience
        books = Books(store, names, Ledger(store, names))

        def describe(_: Payload) -> Outcome:
            server.pause()
            return described()

        drawing = supplier(describe=describe)
        order = await books.orders(drawing).begin(variation(n=3), CALLER)
        reply = await told(order)
        server.go_on()
        assert await books.desk.drain(10) == 0
        assert (reply.status, reply.body["code"]) == (503, "ledger_unavailable")
        assert reply.headers["x-should-retry"] == "false"
        assert reply.headers["x-ideogate-cost-usd"] == "0.010000"
        assert len(drawing.submits) == 1
        assert await books.balance() == FREE | {"posted": WORDS}
        assert await verify(store, names) == []
        assert await books.used() == 0
        await store.aclose()


async def test_a_store_that_is_silent_before_the_images_draws_nothing() -> None:
    """Settled and granted, but not marked sent: without the store's word no byte goes out."""
    with start_valkey() as server:
        names = Keyspace("silent")
        store = await connect(server.url)
        books = Books(store, names, Ledger(store, names))
        drawing = supplier()
        orders = books.orders(drawing)
        settle = orders._settling.settle

        async def settle_and_pause(folio: Any, ended: Leg, *origin: Any) -> Any:
            settled = await settle(folio, ended, *origin)
            if ended.call == 0:
                server.pause()
            return settled

        orders._settling.settle = settle_and_pause  # type: ignore[method-assign]
        reply = await told(await orders.begin(variation(n=3), CALLER))
        server.go_on()
        assert await books.desk.drain(10) == 0
        assert (reply.status, reply.body["code"]) == (503, "ledger_unavailable")
        assert reply.headers["x-should-retry"] == "false"
        assert len(drawing.submits) == 1
        assert await books.balance() == FREE | {"posted": WORDS}
        assert await verify(store, names) == []
        await store.aclose()


def test_every_way_to_end_is_played() -> None:
    kinds = {type(end.outcome(1)) for end in FELL}
    assert kinds == {Refused, Failed, Unknown}
