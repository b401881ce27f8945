"""The sandbox on a port: uvicorn, with a protocol that can reset its connection on order."""

import socket
import struct
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.sandbox.delivery import ABORT
from adapters.sandbox.wire import Receive, Scope, Send

# Linger on, zero seconds: closing sends RST at once and throws away what is not yet sent.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Resettable(HttpToolsProtocol):
    """Lends the application the means to cut the connection: scope["extensions"][ABORT]."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self._reset}  # type: ignore[dict-item]  # our own extension

    def _reset(self) -> None:
        wire = self.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.transport.abort()


class _Announced(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            sys.stdout.write(f"sandbox listening on {address(listener)}\n")
        sys.stdout.flush()


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    listener: socket.socket,
    app: Callable[[Scope, Receive, Send], object],
) -> None:
    """Until SIGTERM or SIGINT; open requests get a second."""
    config = uvicorn.Config(
        app,
        http=Resettable,
        loop="asyncio",  # uvloop's sockets do not take the linger option
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        # as load balancers keep them: a client that reuses one just as it is closed cannot know
        # whether its request was taken
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    _Announced(config).run(sockets=[listener])
