"""The month is computed in the store's script: it is Python's, from 1970 to 2200."""

import asyncio
import re
from calendar import monthrange
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.store.client import Store, connect
from service import scripts
from tests.money.books import Books
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
LUA = Path(scripts.__file__).parent / "lua"


_MONTHS = re.search(
    r"local function month_of.*?\nend\n", (LUA / "start.lua").read_text(), re.DOTALL
)


async def months(store: Store, moments: list[int]) -> list[str]:
    assert _MONTHS is not None
    script = (
        f"{_MONTHS[0]}\nlocal said = {{}}\n"
        "for i, second in ipairs(ARGV) do said[i] = month_of(tonumber(second)) end\nreturn said"
    )
    return [month.decode() for month in await store.call("EVAL", script, 0, *moments)]


def _edges() -> list[int]:
    found = []
    for year in range(1970, 2200):
        for month in range(1, 13):
            first = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
            last = first + monthrange(year, month)[1] * 86_400 - 1
            found += [first, last]
    return found


async def test_the_month_is_right_at_every_edge_from_1970_to_2200(books: Books) -> None:
    moments = _edges()
    expected = [f"{datetime.fromtimestamp(moment, UTC):%Y-%m}" for moment in moments]
    assert await months(books.store, moments) == expected


@settings(max_examples=20, deadline=None)
@given(moments=st.lists(st.integers(0, 7_258_118_399), min_size=1, max_size=300))
def test_the_month_is_pythons_at_any_second(moments: list[int], valkey: Valkey) -> None:
    async def asked() -> list[str]:
        store = await connect(valkey.url, timeout=5.0)
        try:
            return await months(store, moments)
        finally:
            await store.aclose()

    expected = [f"{datetime.fromtimestamp(moment, UTC):%Y-%m}" for moment in moments]
    assert asyncio.run(asked()) == expected
