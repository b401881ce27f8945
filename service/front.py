"""The outermost layer: request ids, path spellings, browsers, one log line, and no bare 500."""

import asyncio
import re
from typing import Any, Final, cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from service.browsers import Browsers
from service.exchange import Exchange
from service.faults import accident
from service.ids import request_id
from service.outbox import send_error, start
from service.proxies import Proxies
from service.spelling import canonical
from service.visit import Visit, put

_log = structlog.get_logger()
_CLEAN_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_IDS: Final = (b"x-request-id", b"x-client-request-id")  # of proxies; of OpenAI's own clients
_QUIET: Final = ("/health/live", "/health/ready")
_SHOWN: Final = 200  # characters of a path; a log line stays short
LEFT: Final = 499  # in the log: the caller was gone before the answer


class Front:
    """Wraps the router. `origins`: who may call from a browser; never administration routes.
    `proxies`: whose word on the client's address counts.
    """

    def __init__(
        self, app: ASGIApp, origins: tuple[str, ...], proxies: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._proxies = Proxies(proxies)
        self._browsers = Browsers(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        routed, visit = _arrive(scope)
        visit.address = self._proxies.client(*_came_from(scope))
        exchange = Exchange(visit, receive, send, self._browsers.headers(visit))
        permission = self._browsers.preflight(visit)
        try:
            if permission is None:
                await self._app(routed, exchange.receive, exchange.send)
            else:
                await start(exchange.send, 204, permission)
                await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception:  # noqa: BLE001  whatever broke, the caller reads an envelope
            _log.exception("request_broke", request=visit.request_id)
            if exchange.status == 0:
                await send_error(exchange.send, accident())
        _note(visit, exchange.status)


def _arrive(scope: Scope) -> tuple[Scope, Visit]:
    """The visit, and the scope for the router: path folded, HEAD routed as GET, whose answer the
    server sends without its body. The path as it came stays in raw_path.
    """
    spelled = canonical(scope["path"])
    headers = dict(reversed(list(scope["headers"])))  # the first of several wins
    method = str(cast("dict[str, Any]", scope)["method"])
    visit = Visit(
        request_id=request_id(),
        began=asyncio.get_running_loop().time(),
        method=method,
        path=_shown(spelled.path),
        headers=headers,
        deployment=spelled.deployment,
        client_request_id=_given_id(headers),
        unread=_announces_body(headers),
    )
    routed = cast("Scope", {**scope, "path": spelled.path})
    if method == "HEAD":
        cast("dict[str, Any]", routed)["method"] = "GET"
    put(routed, visit)
    return routed, visit


def _came_from(scope: Scope) -> tuple[str, list[str]]:
    """Who dialled us, and the lines of x-forwarded-for in order. A unix socket has no address."""
    peer = cast("dict[str, Any]", scope).get("client")
    lines = [v.decode("latin-1") for n, v in scope["headers"] if n == b"x-forwarded-for"]
    return (str(peer[0]) if peer else ""), lines


def _given_id(headers: dict[bytes, bytes]) -> str | None:
    given = next((headers[name] for name in _IDS if name in headers), b"")
    return given.decode() if _CLEAN_ID.fullmatch(given) else None


def _announces_body(headers: dict[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _shown(path: str) -> str:
    """A path that can be logged and told: no line breaks, no escapes of a terminal."""
    clean = path[:_SHOWN]
    if clean.isascii() and clean.isprintable():
        return clean
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in clean)


def _note(visit: Visit, status: int) -> None:
    if visit.path in _QUIET:
        return
    took = asyncio.get_running_loop().time() - visit.began
    _log.info(
        "request",
        request=visit.request_id,
        client_request=visit.client_request_id,
        method=visit.method,
        path=visit.path,
        status=status or LEFT,
        took_ms=round(took * 1000, 1),
        key=visit.key_id,
        model=visit.model,
        order=visit.order,
    )
