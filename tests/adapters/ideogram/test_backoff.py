"""How long to pause."""

from itertools import islice
from random import Random

import pytest

from adapters.ideogram.backoff import CEILING, backoff, not_before, retry_after

NOW = 1_790_000_000.0  # Mon, 21 Sep 2026 14:13:20 GMT


def test_the_steps_double_up_to_the_ceiling() -> None:
    assert list(islice(backoff(lambda _low, high: high), 8)) == [
        0.5,
        1.0,
        2.0,
        4.0,
        8.0,
        16.0,
        CEILING,
        CEILING,
    ]


def test_the_jitter_is_full_and_never_ends() -> None:
    assert next(backoff(lambda low, _high: low)) == 0.0
    steps = list(islice(backoff(Random(4).uniform), 3000))
    assert all(0.0 <= step <= CEILING for step in steps)
    assert min(steps) < CEILING / 10
    assert max(steps) > CEILING * 0.9


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("2.5", 2.5),
        ("61", 61.0),
        ("999999999", 86_400.0),
        ("Mon, 21 Sep 2026 14:13:30 GMT", 10.0),
        ("Mon, 21 Sep 2026 14:13:30 -0000", 10.0),
        ("Monday, 21-Sep-26 14:13:30 GMT", 10.0),
        ("Mon Sep 21 14:13:30 2026", 10.0),
        ("Mon, 21 Sep 2026 14:13:10 GMT", 0.0),
        ("Mon, 21 Sep 2026 18:13:30 GMT", 14_410.0),
        ("Wed, 21 Oct 2026 14:13:30 GMT", 86_400.0),
        ("", 1.0),
        ("soon", 1.0),
        ("-3", 1.0),
        ("inf", 1.0),
        ("1e3", 1.0),
        ("9" * 400, 1.0),
        ("1, 1", 1.0),
        ("Mon, 99 Sep 2026 14:13:30 GMT", 1.0),
    ],
)
def test_a_retry_after_header_in_any_form(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


def test_a_pause_that_is_running_never_gets_shorter() -> None:
    assert not_before(100.0, now=90.0, pause=5.0) == 100.0
    assert not_before(100.0, now=98.0, pause=5.0) == 103.0
    assert not_before(100.0, now=98.0, pause=3600.0) == 158.0
