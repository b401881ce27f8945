"""Limits in words and headers: what a caller reads."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.money import MicroUSD
from service.allowance import (
    Barred,
    Rate,
    Rates,
    Refused,
    Short,
    Slow,
    duration,
    rate_headers,
    rates_of,
)
from service.faults import error_headers
from service.limit_refusals import over_limit
from tests.money.books import plan_of

RATES = Rates(Rate(60, 3, 57_000), Rate(20, 0, 60_000))


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0s"),
        (12, "12ms"),
        (999, "999ms"),
        (1000, "1s"),
        (7660, "7.66s"),
        (60_000, "1m0s"),
        (360_000, "6m0s"),
        (361_500, "6m1.5s"),
        (86_400_000, "24h0m0s"),
    ],
)
def test_durations_are_written_as_clients_know_them(ms: int, text: str) -> None:
    assert duration(ms) == text


@given(ms=st.integers(0, 10**9))
def test_a_duration_says_all_of_it(ms: int) -> None:
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)(?:\.(\d+))?s)?(?:(\d+)ms)?", duration(ms))
    assert parts is not None
    hours, minutes, seconds, part, rest = parts.groups()
    said = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    assert said * 1000 + int((part or "").ljust(3, "0")) + int(rest or 0) == ms


def test_headers_say_limit_rest_and_reset() -> None:
    assert dict(rate_headers(RATES)) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "3",
        "x-ratelimit-reset-requests": "57s",
        "x-ratelimit-limit-images": "20",
        "x-ratelimit-remaining-images": "0",
        "x-ratelimit-reset-images": "1m0s",
    }
    assert rates_of("60,3,57000;20,0,60000") == RATES
    assert rates_of("") is None and rate_headers(None) == ()


@pytest.mark.parametrize(
    ("refused", "status", "error_type", "code", "param", "headers", "words"),
    [
        (Slow("requests_minute", 60, 1, RATES), 429, "requests", "rate_limit_exceeded", None,
         ("1", "true"), "on requests per minute: Limit 60, left 3, requested 1. Please try again in 1s."),
        (Slow("requests_day", 60, 60_000, RATES), 429, "requests", "rate_limit_exceeded", None,
         ("60", "true"), "on requests per day"),
        (Slow("requests_day", 60, 60_001, RATES), 429, "requests", "rate_limit_exceeded", None,
         (None, "false"), "try again in 61s."),
        (Slow("images_minute", 20, 5_001, RATES), 429, "requests", "rate_limit_exceeded", None,
         ("6", "true"), "on images per minute: Limit 20, left 0, requested 3. Please try again in 6s."),
        (Slow("images_minute", 2, None, RATES), 429, "requests", "rate_limit_exceeded", None,
         (None, "false"), "never pass at once"),
        (Short("key", MicroUSD(10_000_000), MicroUSD(9_990_000), "2026-11-22", "", RATES), 429,
         "insufficient_quota", "insufficient_quota", None, (None, "false"),
         "This API key has used $9.990000 of the $10.000000 it may spend until 2026-11-23 00:00 UTC"),
        (Short("project", MicroUSD(0), MicroUSD(0), "2026-12", "img@example.com", RATES), 429,
         "insufficient_quota", "insufficient_quota", None, (None, "false"),
         ("until 2027-01-01 00:00 UTC; this order would pass the limit. Nothing was drawn and nothing "
         "is billed. To raise it, ask img@example.com.")),
        (Short("organization", MicroUSD(5), MicroUSD(1), "2026-W47", "", RATES), 429,
         "insufficient_quota", "insufficient_quota", None, (None, "false"),
         "This organization has used $0.000001 of the $0.000005 it may spend until 2026-11-23"),
        (Short("key", MicroUSD(5), MicroUSD(1), "total", "", RATES), 429, "insufficient_quota",
         "insufficient_quota", None, (None, "false"), "it may spend in all;"),
        (Barred("key", "images_request", "2", RATES), 400, "invalid_request_error",
         "integer_above_max_value", "n", (None, None), "at most 2 images a request, this one asks for 3"),
        (Barred("project", "spend_request", "120000", RATES), 400, "invalid_request_error",
         "invalid_value", "n", (None, None), "requests of at most $0.120000"),
        (Barred("organization", "speeds", "TURBO,QUALITY", RATES), 403, "invalid_request_error",
         "model_not_allowed", "quality", (None, None), "at the speed DEFAULT; it may draw at TURBO, QUALITY"),
        (Barred("key", "operations", "edit", RATES), 403, "invalid_request_error",
         "model_not_allowed", "operation", (None, None), "the operation generate; it may use edit"),
    ],
)  # fmt: skip
def test_a_refusal_by_a_limit(
    refused: Refused, status: int, error_type: str, code: str, param: str | None,
    headers: tuple[Any, Any], words: str,
) -> None:  # fmt: skip
    error = over_limit(refused, plan_of(n=3))
    told = dict(error_headers(error))
    assert (error.shape.status, error.shape.type, error.shape.code) == (status, error_type, code)
    assert error.param == param
    assert (told.get("retry-after"), told.get("x-should-retry")) == headers
    assert told["x-ratelimit-remaining-requests"] == "3"
    assert words in error.message
    assert "Nothing was drawn and nothing is billed." in error.message
