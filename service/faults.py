"""Refusals and accidents as HTTP: every one in OpenAI's envelope."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from adapters.openai.errors import LONGEST_WAIT, ApiError, envelope
from service.visit import Visit, visit_of

_log = structlog.get_logger()


def error_headers(error: ApiError) -> list[tuple[str, str]]:
    """x-should-retry, retry-after and what the error brings along."""
    headers = [("content-type", "application/json"), *error.headers]
    if error.retry is not None:
        headers.append(("x-should-retry", "true" if error.retry else "false"))
    if error.retry_after is not None and 0 < error.retry_after <= LONGEST_WAIT:
        headers.append(("retry-after", f"{max(1, round(error.retry_after))}"))
    return headers


def unknown_url(visit: Visit) -> ApiError:
    return ApiError("unknown_url", f"Unknown request URL: {visit.method} {visit.path}.")


def wrong_method(visit: Visit, allowed: str) -> ApiError:
    return ApiError(
        "method_not_allowed",
        f"{visit.path} takes {allowed}, not {visit.method}.",
        headers=(("allow", allowed),),
    )


def accident() -> ApiError:
    """What a caller reads when we broke; the log has the rest under the request id."""
    return ApiError(
        "internal_error", "The gateway failed to handle the request; its operator has the details."
    )


def _answer(error: ApiError) -> Response[bytes]:
    headers = {name: value for name, value in error_headers(error) if name != "content-type"}
    return Response(
        envelope(error),
        status_code=error.shape.status,
        media_type="application/json",
        headers=headers,
    )


def on_api_error(_: Request[Any, Any, Any], error: ApiError) -> Response[bytes]:
    return _answer(error)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework itself refuses: unknown paths, methods, malformed requests."""
    visit = visit_of(request.scope)
    if isinstance(error, NotFoundException):
        return _answer(unknown_url(visit))
    if isinstance(error, MethodNotAllowedException):  # only GET routes are the framework's
        return _answer(wrong_method(visit, "GET, HEAD, OPTIONS"))
    return _answer(ApiError("invalid_value", "The request is malformed."))


def on_accident(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    visit = visit_of(request.scope)
    _log.error("request_broke", request=visit.request_id, exc_info=error)
    return _answer(accident())
