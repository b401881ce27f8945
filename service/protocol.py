"""Bytes before there is a request: heads bounded in size and time, refusals in the envelope."""

import asyncio
from typing import Any, Final

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.openai.errors import ApiError, envelope
from service.ids import request_id

_log = structlog.get_logger()
_REASONS: Final = {400: b"Bad Request", 408: b"Request Timeout", 413: b"Content Too Large"}
_HOP: Final = frozenset({b"connection", b"upgrade", b"http2-settings"})


class Protocol(HttpToolsProtocol):
    """uvicorn's, but: a head is bounded; what cannot be parsed is refused in the envelope; and a
    request that offers an upgrade (Java's client offers h2c on every one) is served as it is.
    The parser would take the body of such a request for the other protocol and lose it.
    """

    head_bytes = 64 * 1024
    head_seconds = 30.0  # for a head to arrive whole, and for a new connection to say something

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._head = 0  # bytes of an unfinished head, at least
        self._in_head = False
        self._upgrade = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def _read(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        began_before = self._in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if self._upgrade:
                self._decline(data[offer.args[0] :])
        except httptools.HttpParserError:
            self._refuse(ApiError("invalid_value", "The bytes received are not an HTTP request."))
        else:
            self._head = self._head + len(data) if began_before and self._in_head else 0
            if self._head > self.head_bytes:
                self._refuse(ApiError("request_too_large", "The request's headers are too large."))
            elif self.cycle is None or self.cycle.response_complete:
                self._wait_for_head()

    data_received = _read  # asyncio's name for it

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_is_here()
        connect = self.parser.get_method() == b"CONNECT"
        self._upgrade = self.parser.should_upgrade() and not connect
        if not self._upgrade:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self._upgrade:
            super().on_message_complete()

    def _decline(self, rest: bytes) -> None:
        """Read the request again without its offer, by a parser that has not given up on it."""
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % pair for pair in self.headers if pair[0] not in _HOP]
        self.parser = httptools.HttpRequestParser(self)
        self._read(b"\r\n".join([*lines, b"", rest]))

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.head_seconds, self._head_is_late)

    def _head_is_here(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _head_is_late(self) -> None:
        if self._in_head:
            self._refuse(ApiError("request_timeout", "The request's headers stopped arriving."))
        else:
            self.transport.close()

    def _refuse(self, error: ApiError) -> None:
        """Answer and hang up; an answer that has begun is only cut off."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body, status, request = envelope(error), error.shape.status, request_id()
            _log.warning("not_a_request", request=request, status=status, reason=error.message)
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
                b"x-request-id: %s\r\nconnection: close\r\n\r\n%s"
                % (status, _REASONS[status], len(body), request.encode(), body)
            )
        self.transport.close()
