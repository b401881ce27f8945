"""How we say no: one exception, one table. Knows OpenAI's envelope, nothing of Ideogram."""

from typing import Final, Literal, NamedTuple, get_args

import msgspec

Code = Literal[
    # bad input
    "invalid_value",
    "invalid_type",
    "invalid_json",
    "missing_required_parameter",
    "unknown_parameter",
    "string_above_max_length",
    "integer_above_max_value",
    "integer_below_min_value",
    "mutually_exclusive_parameters",
    "unsupported_parameter",
    "unsupported_size",
    "warning_refused",
    "invalid_image_file",
    "invalid_mask",
    "model_not_priced",
    "operation_not_offered",
    "unknown_model",
    # who and where
    "missing_api_key",
    "invalid_api_key",
    "model_not_allowed",
    "insufficient_permissions",
    "model_not_found",
    "not_found",
    "unknown_url",
    "method_not_allowed",
    "request_timeout",
    "request_too_large",
    "unsupported_media_type",
    "conflict",
    "idempotency_in_progress",
    "idempotency_key_reused",
    # the supplier's word on the prompt
    "moderation_blocked",
    "content_policy_violation",
    # limits
    "rate_limit_exceeded",
    "insufficient_quota",
    # our side and the supplier's
    "upstream_unavailable",
    "upstream_unreachable",
    "upstream_error",
    "upstream_outcome_unknown",
    "result_expired",
    "timeout",
    "ledger_unavailable",
    "draining",
    "overloaded",
    "internal_error",
]


LONGEST_WAIT: Final = 60.0  # seconds; clients ignore or resent a longer one (openai-images 7c)


class Shape(NamedTuple):
    """One row of the table. `code` is what the caller reads; None sends null."""

    status: int
    type: str
    code: str | None
    retry: bool | None = None  # x-should-retry; None leaves it to the SDK


def _asked(code: str, status: int = 400) -> Shape:
    return Shape(status, "invalid_request_error", code)


def _server(status: int, code: str, *, retry: bool) -> Shape:
    return Shape(status, "server_error", code, retry)


SHAPES: Final[dict[Code, Shape]] = {
    "invalid_value": _asked("invalid_value"),
    "invalid_type": _asked("invalid_type"),
    "invalid_json": _asked("invalid_json"),
    "missing_required_parameter": _asked("missing_required_parameter"),
    "unknown_parameter": _asked("unknown_parameter"),
    "string_above_max_length": _asked("string_above_max_length"),
    "integer_above_max_value": _asked("integer_above_max_value"),
    "integer_below_min_value": _asked("integer_below_min_value"),
    "mutually_exclusive_parameters": _asked("mutually_exclusive_parameters"),
    "unsupported_parameter": _asked("unsupported_parameter"),
    "unsupported_size": _asked("invalid_value"),
    "warning_refused": _asked("warning_refused"),
    "invalid_image_file": _asked("invalid_image_file"),
    "invalid_mask": _asked("invalid_mask"),
    "model_not_priced": _asked("model_not_priced"),
    "operation_not_offered": _asked("operation_not_offered"),
    "unknown_model": Shape(400, "image_generation_user_error", "invalid_value"),
    "missing_api_key": Shape(401, "invalid_request_error", None),
    "invalid_api_key": _asked("invalid_api_key", 401),
    "model_not_allowed": _asked("model_not_allowed", 403),
    "insufficient_permissions": _asked("insufficient_permissions", 403),
    "model_not_found": _asked("model_not_found", 404),
    "not_found": _asked("not_found", 404),
    "unknown_url": _asked("unknown_url", 404),
    "method_not_allowed": _asked("method_not_allowed", 405),
    "request_timeout": Shape(408, "invalid_request_error", "request_timeout", retry=True),
    "conflict": _asked("conflict", 409),
    "idempotency_in_progress": Shape(
        409, "invalid_request_error", "idempotency_in_progress", retry=True
    ),
    "request_too_large": _asked("request_too_large", 413),
    "unsupported_media_type": _asked("unsupported_media_type", 415),
    "idempotency_key_reused": _asked("idempotency_key_reused", 422),
    "moderation_blocked": Shape(400, "image_generation_user_error", "moderation_blocked"),
    "content_policy_violation": _asked("content_policy_violation"),
    "rate_limit_exceeded": Shape(429, "requests", "rate_limit_exceeded", retry=True),
    "insufficient_quota": Shape(429, "insufficient_quota", "insufficient_quota", retry=False),
    "upstream_unavailable": _server(503, "upstream_unavailable", retry=False),
    "upstream_unreachable": _server(503, "upstream_unavailable", retry=True),
    "upstream_error": _server(502, "upstream_error", retry=True),
    "upstream_outcome_unknown": _server(502, "upstream_outcome_unknown", retry=False),
    "result_expired": _server(502, "result_expired", retry=False),
    "timeout": _server(504, "timeout", retry=True),
    "ledger_unavailable": _server(503, "ledger_unavailable", retry=True),
    "draining": _server(503, "draining", retry=True),
    "overloaded": _server(503, "overloaded", retry=True),
    "internal_error": _server(500, "internal_error", retry=False),
}

assert set(SHAPES) == set(get_args(Code))  # noqa: S101  a row for every code, before the first request


class ApiError(Exception):
    """A refusal that a caller reads. Names a row; status and retry are the table's.

    `retry` overrides the row only where money decides (one call of the order was posted or parked)
    or the true wait is not known. `retry_after` in seconds, sent when 0 < x <= 60.
    `headers` are added as they are.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        param: str | None = None,
        retry: bool | None = None,
        retry_after: float | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.param = param
        self.shape = SHAPES[code]
        self.retry = self.shape.retry if retry is None else retry
        self.retry_after = retry_after
        self.headers = headers


_encoder = msgspec.json.Encoder()


def envelope(error: ApiError) -> bytes:
    """The body every refusal has: {"error": {"message", "type", "param", "code"}}."""
    shape = error.shape
    return _encoder.encode(
        {
            "error": {
                "message": error.message,
                "type": shape.type,
                "param": error.param,
                "code": shape.code,
            }
        }
    )
