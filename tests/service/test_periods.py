"""Days, months and weeks: the store's script has Python's calendar, from 1970 to 2200."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.store.client import Store, connect
from service import scripts
from service.keyspace import balances_of
from service.periods import end_of, long_over, periods_of
from tests.money.books import Books
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
PART = (Path(scripts.__file__).parent / "lua/periods.lua").read_text()
SCRIPT = f"""{PART}
local said = {{}}
for i, second in ipairs(ARGV) do
  local day = day_of(tonumber(second))
  said[i] = day .. ' ' .. week_of(day)
end
return said"""
AFTER_2199 = 7_258_118_399  # the last second of 2199


async def scripts_word(store: Store, moments: list[int]) -> list[str]:
    said = []
    for start in range(0, len(moments), 5000):
        chunk = moments[start : start + 5000]
        said += [line.decode() for line in await store.call("EVAL", SCRIPT, 0, *chunk)]
    return said


def pythons_word(moment: int) -> str:
    day = datetime.fromtimestamp(moment, UTC).date()
    year, week, _ = day.isocalendar()
    return f"{day:%Y-%m-%d} {year:04d}-W{week:02d}"


def edges() -> list[int]:
    """First and last second of every day around every turn of a month and a year."""
    found = []
    for year in range(1970, 2200):
        for month in range(1, 13):
            first = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
            found += [second for second in (first - 1, first) if second >= 0]
        new_year = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
        found += [new_year + day * 86_400 for day in range(-7, 8) if new_year + day * 86_400 >= 0]
    return found


async def test_days_and_weeks_are_right_at_every_edge_from_1970_to_2200(books: Books) -> None:
    moments = edges()
    assert await scripts_word(books.store, moments) == [pythons_word(one) for one in moments]


@settings(max_examples=20, deadline=None)
@given(moments=st.lists(st.integers(0, AFTER_2199), min_size=1, max_size=300))
def test_the_day_and_the_week_are_pythons_at_any_second(moments: list[int], valkey: Valkey) -> None:
    async def asked() -> list[str]:
        store = await connect(valkey.url, timeout=5.0)
        try:
            return await scripts_word(store, moments)
        finally:
            await store.aclose()

    assert asyncio.run(asked()) == [pythons_word(one) for one in moments]


@given(moment=st.integers(0, AFTER_2199))
def test_every_period_of_a_day_ends_after_it_and_not_with_it(moment: int) -> None:
    at = datetime.fromtimestamp(moment, UTC)
    for period in periods_of(f"{at:%Y-%m-%d}"):
        end = end_of(period)
        assert (end is None) is (period == "total")
        if end is not None:
            assert at < end
            assert period in periods_of(f"{end - timedelta(seconds=1):%Y-%m-%d}")
            assert period not in periods_of(f"{end:%Y-%m-%d}")


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2026-11-30", "2026-12-01"),
        ("2026-12", "2027-01-01"),
        ("2024-02", "2024-03-01"),
        ("2026-W53", "2027-01-04"),  # a year of 53 weeks
        ("2026-W01", "2026-01-05"),
    ],
)
def test_the_end_of_a_period(period: str, end: str) -> None:
    found = end_of(period)
    assert found is not None and f"{found:%Y-%m-%d %H:%M:%S}" == f"{end} 00:00:00"


def test_a_key_counts_in_all_periods_and_a_correction_without_a_day_in_fewer() -> None:
    assert set(balances_of(key="k", project="p", day="2025-12-29")) == {
        "key:k:2025-12", "key:k:2026-W01", "key:k:2025-12-29", "key:k:total",
        "project:p:2025-12", "organization:2025-12",
    }  # fmt: skip
    assert set(balances_of(key="k", project="", day="2025-12")) == {
        "key:k:2025-12", "key:k:total", "organization:2025-12",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("balance", "over"),
    [
        ("key:k:2026-10-13", True),
        ("key:k:2026-10-14", False),  # it ended 40 days ago, and no more
        ("key:k:2026-W32", True),
        ("key:k:2026-W33", False),
        ("key:k:2020-01", False),
        ("organization:2020-01", False),
        ("key:k:total", False),
        ("key:k:who knows", False),
    ],
)
def test_days_are_long_over_after_forty_days_weeks_after_a_hundred_and_the_rest_never(
    balance: str, over: bool
) -> None:
    assert long_over(balance, datetime(2026, 11, 24, tzinfo=UTC)) is over
