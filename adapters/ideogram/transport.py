"""The connections: httpx's interface over aiohttp's pool, and what its failures prove."""

import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport

CONNECT_SECONDS: Final = 10.0  # name lookup, TCP and TLS together
KEEP_ALIVE_SECONDS: Final = 15.0  # shorter than any proxy's, so that we hang up first
USER_AGENT: Final = "ideogate/0.1"
Address = tuple[int, int, int, str, tuple[Any, ...]]  # one of getaddrinfo's answers
_LONGEST_HEADER: Final = 64 * 1024  # bytes; the library's 8 KiB would lose a paid answer to a proxy

# httpx's own class proves nothing here: a peer that closes after the whole body was sent raises
# ConnectTimeout just as a connection that never came about. Only the cause tells.
NEVER_RAN: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def never_ran(err: Exception) -> bool:
    """Whether not one byte of the request can have reached the supplier."""
    return isinstance(err.__cause__, NEVER_RAN)


def pooled(*, resolver: AbstractResolver | None = None) -> AiohttpTransport:
    """A transport with a pool of its own: no cookies, no proxy from the environment, no limit.

    The session is made at the first request, inside the running loop. Places are counted in the
    ledger, so a pool that makes a call wait would only hide the queue.
    """
    tls = httpx.create_ssl_context()  # certifi's authorities, or those of SSL_CERT_FILE
    return AiohttpTransport(verify=tls, client=session(tls, resolver))


def session(
    tls: ssl.SSLContext,
    resolver: AbstractResolver | None,
    opened: Callable[[Address], socket.socket] | None = None,
) -> Callable[[], aiohttp.ClientSession]:
    """What makes the session of a transport; `opened` makes its sockets."""

    def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                ssl=tls,
                resolver=resolver,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
                socket_factory=opened or kept_alive,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),  # the default jar mixes customers' cookies
            headers={"user-agent": USER_AGENT},
            max_field_size=_LONGEST_HEADER,
            trust_env=False,
        )

    return make


def kept_alive(address: Address) -> socket.socket:
    """A socket that probes a silent peer: a picture may take minutes, and middle boxes forget."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # absent on some systems, where the kernel's 2 h remain
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15)
    return made


def in_process(app: Callable[..., Any]) -> httpx.AsyncBaseTransport:
    """A transport to an ASGI application in this process: the sandbox, without a socket."""
    return httpx.ASGITransport(app)
