"""The outermost layer: request ids, path spellings, CORS, one log line, and no bare 500."""

import asyncio
import re
from typing import Final

import structlog
from litestar.config.cors import CORSConfig
from litestar.enums import ScopeType
from litestar.middleware.cors import CORSMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from adapters.openai.errors import envelope
from service.faults import accident, error_headers
from service.ids import request_id
from service.spelling import canonical
from service.visit import Visit, method_of, put

_log = structlog.get_logger()
_CLEAN_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_ADMINISTRATION: Final = "/v1/organization"
_QUIET: Final = ("/health/live", "/health/ready")


class Front:
    """Wraps the router. `origins`: who may call from a browser; never administration routes."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._shared: ASGIApp = app
        if origins:
            config = CORSConfig(
                allow_origins=list(origins),
                allow_methods=["GET", "POST", "OPTIONS"],
                allow_headers=["*"],
                expose_headers=["x-request-id", "retry-after", "x-should-retry"],
                max_age=600,
            )
            self._shared = CORSMiddleware(app, config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        visit = _arrive(scope)
        status = 0

        async def sign(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_signature(visit)]
            await send(message)

        private = scope["path"].startswith(_ADMINISTRATION)
        try:
            await (self._app if private else self._shared)(scope, receive, sign)
        except Exception:  # noqa: BLE001  whatever broke, the caller reads an envelope
            _log.exception("request_broke", request=visit.request_id)
            if status == 0:
                await _send_accident(sign)
        _note(scope, visit, status)


def _arrive(scope: Scope) -> Visit:
    """Name the visit and fold its path; the path as it came stays in raw_path."""
    spelled = canonical(scope["path"])
    headers = dict(reversed(list(scope["headers"])))  # the first of several wins
    given = headers.get(b"x-request-id", b"")
    visit = Visit(
        request_id=request_id(),
        began=asyncio.get_running_loop().time(),
        headers=headers,
        deployment=spelled.deployment,
        client_request_id=given.decode() if _CLEAN_ID.fullmatch(given) else None,
    )
    scope["path"] = spelled.path
    put(scope, visit)
    return visit


def _signature(visit: Visit) -> list[tuple[bytes, bytes]]:
    took = round((asyncio.get_running_loop().time() - visit.began) * 1000)
    headers = [
        (b"x-request-id", visit.request_id.encode()),
        (b"openai-processing-ms", str(took).encode()),
        (b"openai-version", b"2020-10-01"),
    ]
    if visit.client_request_id:
        headers.append((b"x-client-request-id", visit.client_request_id.encode()))
    return headers


async def _send_accident(send: Send) -> None:
    error = accident()
    body = envelope(error)
    headers = [(name.encode(), value.encode()) for name, value in error_headers(error)]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": error.shape.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _note(scope: Scope, visit: Visit, status: int) -> None:
    if scope["path"] in _QUIET:
        return
    took = asyncio.get_running_loop().time() - visit.began
    _log.info(
        "request",
        request=visit.request_id,
        client_request=visit.client_request_id,
        method=method_of(scope),
        path=scope["path"] if len(scope["path"]) <= 200 else scope["path"][:200],  # noqa: PLR2004  a log line stays short
        status=status,
        took_ms=round(took * 1000, 1),
        key=visit.key_id,
        model=visit.model,
    )
