"""A dry run says the price and sends nothing."""

import json
from typing import Any

import msgspec
import pytest

from adapters.openai.errors import ApiError
from adapters.store.client import connect
from adapters.translate.plan import Plan
from service.quotes import quote
from tests.money.books import UNIT, Books, plan_of, priced
from tests.stores import start_valkey

pytest_plugins = ["tests.money.plugin"]


async def quoted(books: Books, made: Plan) -> tuple[dict[str, Any], dict[str, str]]:
    reply = await quote(made, books.store)
    return json.loads(b"".join(reply.chunks)), dict(reply.headers)


async def test_the_quote_is_what_the_order_would_hold(books: Books) -> None:
    facts, headers = await quoted(books, plan_of(n=10))
    assert (facts["price_microusd"], facts["price_usd"]) == (10 * UNIT, "0.600000")
    assert headers["x-ideogate-cost-usd"] == "0.600000"
    assert headers["x-ideogate-dry-run"] == "true"
    assert [call["images"] for call in facts["calls"]] == [8, 2]
    assert await books.journal() == []


async def test_fields_that_repeat_are_listed_and_json_is_shown_whole(books: Books) -> None:
    facts, _ = await quoted(books, plan_of(style_codes=["AAAAAAAA", "BBBBBBBB", "CCCCCCCC"]))
    fields = facts["calls"][0]["fields"]
    assert fields["prompt"] == "a fox"
    facts, _ = await quoted(books, plan_of(model="ideogram-v2"))
    assert facts["calls"][0]["json"]["image_request"]["prompt"] == "a fox"


async def test_the_price_in_force_counts_and_without_one_there_is_no_quote(books: Books) -> None:
    facts, _ = await quoted(books, priced(plan_of(), (0, 5), (1, 6), (4_000_000_000_000, 9)))
    assert facts["unit_microusd"] == 6
    with pytest.raises(ApiError) as refused:
        await quote(priced(plan_of(), (4_000_000_000_000, 9)), books.store)
    assert refused.value.code == "model_not_priced"


async def test_a_silent_store_gives_no_quote() -> None:
    with start_valkey() as server:
        store = await connect(server.url)
        server.kill()
        with pytest.raises(ApiError) as refused:
            await quote(msgspec.structs.replace(plan_of()), store)
        assert refused.value.code == "ledger_unavailable"
        await store.aclose()
