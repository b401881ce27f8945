"""Why an order was not taken, in words and headers."""

import pytest

from service.faults import error_headers
from service.ledger import Full, Gone, Unpriced
from service.refusals import not_started
from tests.money.books import plan_of


@pytest.mark.parametrize(
    ("wait_ms", "wait", "retry"),
    [(1, "1", "true"), (1001, "2", "true"), (60_000, "60", "true"), (60_001, None, "false")],
)
def test_a_full_account_names_a_wait_rounded_up(wait_ms: int, wait: str | None, retry: str) -> None:
    error = not_started(Full(wait_ms), plan_of())
    headers = dict(error_headers(error))
    assert (error.shape.status, error.shape.code) == (429, "rate_limit_exceeded")
    assert (headers.get("retry-after"), headers["x-should-retry"]) == (wait, retry)


def test_a_model_without_a_price_is_not_sold() -> None:
    error = not_started(Unpriced(), plan_of())
    assert (error.shape.status, error.code, error.param) == (400, "model_not_priced", "model")


def test_an_order_that_was_taken_back_may_be_sent_again() -> None:
    error = not_started(Gone(), plan_of())
    assert (error.shape.status, error.retry) == (503, True)
