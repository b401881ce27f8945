"""Runs the application: one process, its signals, and a shutdown that finishes paid work."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from typing import Final

import msgspec
import structlog
import uvicorn
import uvloop
from rich.console import Console

from adapters.store.address import BadStoreUrl
from adapters.store.client import StoreRefused, StoreSilent
from adapters.store.folder import StoreCannotStart
from config.catalogue import BadCatalogue
from config.settings import BadSettings, Settings, load
from service import banner, logs
from service.app import Built, build
from service.first_keys import BadKey, FirstKeys, first_keys
from service.storeroom import BadSchema, Storeroom, open_storeroom

_log = structlog.get_logger()


class PortTaken(Exception):
    """The listener cannot be opened; the message says why."""


REFUSED: Final = (
    BadSettings,
    BadCatalogue,
    PortTaken,
    BadKey,
    BadSchema,
    BadStoreUrl,
    StoreCannotStart,
    StoreSilent,
    StoreRefused,
)
GRACE_SECONDS: Final = 330.0  # preStop and the upstream's 275 s, and a settle (DESIGN 3, Health)


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """Open the listener; with port 0 the settings learn the real one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as err:
        listener.close()
        raise PortTaken(
            f"IDEOGATE_HOST and IDEOGATE_PORT: cannot listen on {settings.host}:{settings.port} "
            f"({err.strerror}). Set another IDEOGATE_PORT, or 0 for a free one."
        ) from err
    port = listener.getsockname()[1]
    if settings.port == 0:
        url = settings.public_url.replace(":0", f":{port}")
        settings = msgspec.structs.replace(settings, port=port, public_url=url)
    return listener, settings


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: a second SIGTERM means something here."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ours are in place."""
        yield


def _config(built: Built) -> uvicorn.Config:
    return uvicorn.Config(
        built.app,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(GRACE_SECONDS),
    )


async def run(
    settings: Settings, listener: socket.socket, reload: Callable[[], Settings], console: Console
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was sent."""
    async with AsyncExitStack() as stack:
        room = await open_storeroom(settings, stack)
        built = await build(settings, room, stack)
        tell = console.is_terminal
        first = await first_keys(
            settings, built.keys, room.store, room.names, folder=room.folder, tell=tell
        )
        server = _Server(_config(built))
        _signals(server, built, reload)
        built.state.started = True
        _announce(console, settings, room, first)
        await server.serve(sockets=[listener])
        left = await built.desk.drain(GRACE_SECONDS)
        if left:
            _log.warning("parked_at_exit", calls=left)
            await built.desk.stop()


def _announce(console: Console, settings: Settings, room: Storeroom, first: FirstKeys) -> None:
    if settings.log_format == "console":
        banner.show(console, settings, room, first)
        return
    _log.info(
        "started", **{k.lower().replace(" ", "_"): v for k, v in banner.rows(settings, room, first)}
    )


def _signals(server: uvicorn.Server, built: Built, reload: Callable[[], Settings]) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if built.state.draining:
            server.force_exit = True
            return
        built.state.draining = True
        server.should_exit = True
        _log.info("draining", calls=len(built.desk))

    def hang_up() -> None:
        try:
            now = built.current.settings
            fresh = reload()
        except BadSettings as bad:
            _log.error("reload_refused", reason=str(bad))
        else:
            built.current.take(
                msgspec.structs.replace(fresh, port=now.port, public_url=now.public_url)
            )

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    loop.add_signal_handler(signal.SIGHUP, hang_up)


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Start from the environment; a start that is refused says why and exits with 2."""
    console = Console(file=sys.stdout, highlight=False)
    try:
        settings = load(environ, terminal=console.is_terminal)
        logs.configure(settings.log_format, settings.log_level)
        listener, settings = listen(settings)
        uvloop.run(run(settings, listener, lambda: load(environ, terminal=False), console))
    except REFUSED as refusal:
        print(f"Ideogate does not start.\n{refusal}", file=sys.stderr)  # noqa: T201  the answer to the person who started it
        return 2
    return 0
