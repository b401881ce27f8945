"""What an outcome means for the money, and in which words a caller hears of it."""

import itertools

import pytest

from adapters.ideogram.outcome import Delivered, Failed, Outcome, Refused, Unknown
from service.faults import error_headers
from service.verdict import Verdict, gravity, refusal, verdict
from tests.money.outcomes import ENDS, REASONS, drawn


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (drawn(3), Verdict("post", "delivered", 3, 3, 0)),
        (drawn(3, withheld=[1]), Verdict("post", "withheld", 3, 2, 1)),
        (drawn(2, withheld=[0, 1]), Verdict("post", "withheld", 2, 0, 2)),
        (Delivered(pictures=(), descriptions=("a", "b")), Verdict("post", "delivered", 1, 1, 0)),
        (Failed(message="", status=500), Verdict("void", "failed")),
        (Unknown(message=""), Verdict("park", "unknown")),
        *(
            (Refused(reason=reason, message=""), Verdict("void", f"refused_{reason}"))
            for reason in REASONS.values()
        ),
    ],
    ids=repr,
)
def test_each_outcome_is_settled_in_one_way(outcome: Outcome, expected: Verdict) -> None:
    assert verdict(outcome) == expected


def test_unknown_is_graver_than_withheld_than_failed_than_refused() -> None:
    ends = sorted((end for end in ENDS if end.gravity), key=lambda end: end.gravity)
    for lighter, graver in itertools.pairwise(ends):
        light, grave = gravity(lighter.outcome(1)), gravity(graver.outcome(1))
        assert light < grave or (light == grave and lighter.gravity == graver.gravity)


@pytest.mark.parametrize(
    ("said", "header", "words"),
    [(None, "2", "in 2s"), (0.0, "2", "in 2s"), (0.2, "1", "in 1s"), (7.4, "8", "in 8s")],
)
def test_a_busy_account_names_a_wait_that_is_long_enough(
    said: float | None, header: str, words: str
) -> None:
    error = refusal(Refused(reason="busy", message="", retry_after=said), asked_model="m")
    assert dict(error_headers(error))["retry-after"] == header
    assert words in error.message
    assert error.retry is True


def test_a_wait_that_no_client_keeps_is_told_and_not_asked_for() -> None:
    error = refusal(Refused(reason="busy", message="", retry_after=300), asked_model="m")
    headers = dict(error_headers(error))
    assert "in 300s" in error.message
    assert "retry-after" not in headers and headers["x-should-retry"] == "false"


def test_the_suppliers_complaint_names_our_field() -> None:
    complaint = Refused(reason="bad_request", message="num_images is too large", status=400)
    error = refusal(complaint, asked_model="m")
    assert (error.code, error.param) == ("invalid_value", "n")


def test_a_refusal_of_the_gateway_itself_says_nothing_of_the_callers_key() -> None:
    error = refusal(Refused(reason="auth", message="Invalid API key", status=401), asked_model="m")
    assert error.shape.status == 503
    assert "HTTP 401" in error.message and "Invalid API key" not in error.message
