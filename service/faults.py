"""Refusals and accidents as HTTP: every one in OpenAI's envelope."""

from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import Scope

from adapters.openai.errors import ApiError, envelope
from service.visit import method_of, visit_of

_log = structlog.get_logger()
LONGEST_WAIT: Final = 60.0  # clients ignore or resent a longer one (openai-images 7c)


def error_headers(error: ApiError) -> list[tuple[str, str]]:
    """x-should-retry, retry-after and what the error brings along."""
    headers = [("content-type", "application/json"), *error.headers]
    if error.retry is not None:
        headers.append(("x-should-retry", "true" if error.retry else "false"))
    if error.retry_after is not None and 0 < error.retry_after <= LONGEST_WAIT:
        headers.append(("retry-after", f"{max(1, round(error.retry_after))}"))
    return headers


def unknown_url(scope: Scope) -> ApiError:
    return ApiError("unknown_url", f"Unknown request URL: {method_of(scope)} {_path(scope)}.")


def wrong_method(scope: Scope, allowed: str) -> ApiError:
    return ApiError(
        "method_not_allowed",
        f"{_path(scope)} takes {allowed}, not {method_of(scope)}.",
        headers=(("allow", allowed),),
    )


def accident() -> ApiError:
    """What a caller reads when we broke; the log has the rest under the request id."""
    return ApiError(
        "internal_error", "The gateway failed to handle the request; its operator has the details."
    )


def _path(scope: Scope) -> str:
    """The path as the caller wrote it, safe to print."""
    return "".join(c if c.isprintable() and c.isascii() else "?" for c in scope["path"][:200])


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
    if isinstance(error, NotFoundException):
        return _answer(unknown_url(request.scope))
    if isinstance(error, MethodNotAllowedException):
        allowed = (error.headers or {}).get("Allow", "GET")
        return _answer(wrong_method(request.scope, allowed))
    return _answer(ApiError("invalid_value", "The request is malformed."))


def on_accident(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    visit = visit_of(request.scope)
    _log.error("request_broke", request=visit.request_id, exc_info=error)
    return _answer(accident())
