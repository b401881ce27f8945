"""The one table of refusals, row by row as clients rely on it."""

import json
from typing import get_args

import pytest

from adapters.openai.errors import SHAPES, ApiError, Code, envelope

ASKED = "invalid_request_error"
USER = "image_generation_user_error"

# code of ours, status, type and code that callers read, x-should-retry
ROWS: list[tuple[Code, int, str, str | None, bool | None]] = [
    ("invalid_value", 400, ASKED, "invalid_value", None),
    ("unknown_parameter", 400, ASKED, "unknown_parameter", None),
    ("unsupported_size", 400, ASKED, "invalid_value", None),
    ("invalid_image_file", 400, ASKED, "invalid_image_file", None),
    ("invalid_mask", 400, ASKED, "invalid_mask", None),
    ("model_not_priced", 400, ASKED, "model_not_priced", None),
    ("operation_not_offered", 400, ASKED, "operation_not_offered", None),
    ("unknown_model", 400, USER, "invalid_value", None),
    ("not_found", 404, ASKED, "not_found", None),
    ("model_not_found", 404, ASKED, "model_not_found", None),
    ("unknown_url", 404, ASKED, "unknown_url", None),
    ("missing_api_key", 401, ASKED, None, None),
    ("invalid_api_key", 401, ASKED, "invalid_api_key", None),
    ("model_not_allowed", 403, ASKED, "model_not_allowed", None),
    ("insufficient_permissions", 403, ASKED, "insufficient_permissions", None),
    ("conflict", 409, ASKED, "conflict", None),
    ("method_not_allowed", 405, ASKED, "method_not_allowed", None),
    ("request_timeout", 408, ASKED, "request_timeout", True),
    ("request_too_large", 413, ASKED, "request_too_large", None),
    ("unsupported_media_type", 415, ASKED, "unsupported_media_type", None),
    ("idempotency_key_reused", 422, ASKED, "idempotency_key_reused", None),
    ("moderation_blocked", 400, USER, "moderation_blocked", None),
    ("content_policy_violation", 400, ASKED, "content_policy_violation", None),
    ("rate_limit_exceeded", 429, "requests", "rate_limit_exceeded", True),
    ("insufficient_quota", 429, "insufficient_quota", "insufficient_quota", False),
    ("upstream_unavailable", 503, "server_error", "upstream_unavailable", False),
    ("upstream_unreachable", 503, "server_error", "upstream_unavailable", True),
    ("upstream_error", 502, "server_error", "upstream_error", True),
    ("upstream_outcome_unknown", 502, "server_error", "upstream_outcome_unknown", False),
    ("result_expired", 502, "server_error", "result_expired", False),
    ("timeout", 504, "server_error", "timeout", True),
    ("ledger_unavailable", 503, "server_error", "ledger_unavailable", True),
    ("draining", 503, "server_error", "draining", True),
    ("overloaded", 503, "server_error", "overloaded", True),
]


@pytest.mark.parametrize(("code", "status", "kind", "shown", "retry"), ROWS, ids=str)
def test_a_refusal_reads_as_its_row_says(
    code: Code, status: int, kind: str, shown: str | None, retry: bool | None
) -> None:
    error = ApiError(code, "No.", param="n")
    assert (error.shape.status, error.retry) == (status, retry)
    assert json.loads(envelope(error)) == {
        "error": {"message": "No.", "type": kind, "param": "n", "code": shown}
    }


def test_every_code_has_a_row() -> None:
    assert set(SHAPES) == set(get_args(Code))


@pytest.mark.parametrize("code", SHAPES)
def test_only_what_is_not_the_callers_fault_may_be_sent_again(code: Code) -> None:
    status, _, _, retry = SHAPES[code]
    assert status >= 400
    assert not (retry and status in (400, 401, 403, 404, 405, 413, 415, 422))
    assert status < 500 or retry is not None  # a 5xx left to the SDK would be paid for again


def test_where_money_moved_the_row_is_overruled() -> None:
    assert ApiError("upstream_error", "One call was paid.", retry=False).retry is False
    assert ApiError("rate_limit_exceeded", "Later.", retry_after=3.0).retry_after == 3.0
    assert ApiError("timeout", "Late.", headers=(("x-a", "b"),)).headers == (("x-a", "b"),)
