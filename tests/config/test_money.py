"""Money is whole micro-USD, and prints from integers alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalogue import moment_ms
from config.money import MicroUSD, add, total, usd


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (60_000, "0.060000"),
        (0, "0.000000"),
        (1, "0.000001"),
        (-25_000, "-0.025000"),
        (1_000_000, "1.000000"),
        (10**18 + 7, "1000000000000.000007"),
    ],
)
def test_an_amount_prints_with_six_decimals(amount: int, text: str) -> None:
    assert usd(MicroUSD(amount)) == text


@given(st.integers(-(10**18), 10**18))
def test_what_is_printed_is_the_amount(amount: int) -> None:
    assert Decimal(usd(MicroUSD(amount))) * 1_000_000 == amount


@given(st.integers(0, 10**15), st.integers(0, 10))
def test_a_total_is_its_parts_added(unit: int, count: int) -> None:
    assert total(MicroUSD(unit), count) == add(*[MicroUSD(unit)] * count)


def test_a_moment_is_counted_in_whole_milliseconds() -> None:
    assert moment_ms("1970-01-01T00:00:00.001Z") == 1
    assert moment_ms("2026-01-01T01:00:00+01:00") == moment_ms("2026-01-01T00:00:00Z")
    with pytest.raises(ValueError, match="no time zone"):
        moment_ms("2026-01-01T00:00:00")
