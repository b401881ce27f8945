"""Runs the application: one process, its signals, and a shutdown that finishes paid work."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from typing import Final, cast

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
from service.pepper import BadPepper
from service.protocol import Protocol
from service.schema import BadSchema
from service.shutdown import Shutdown
from service.storeroom import BadStore, Storeroom, open_storeroom

_log = structlog.get_logger()


class PortTaken(Exception):
    """The listener cannot be opened; the message says why."""


class CannotStart(Exception):
    """The system refused a file or a socket; the message says which."""


REFUSED: Final = (
    BadSettings,
    BadCatalogue,
    PortTaken,
    CannotStart,
    BadKey,
    BadSchema,
    BadPepper,
    BadStore,
    BadStoreUrl,
    StoreCannotStart,
    StoreSilent,
    StoreRefused,
)
BACKLOG: Final = 2048


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """Open the listener; with port 0 the settings learn the real one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)  # of two that start at once, one learns it here
    except OSError as err:
        listener.close()
        raise PortTaken(
            f"IDEOGATE_HOST and IDEOGATE_PORT: cannot listen on {settings.host}:{settings.port} "
            f"({err.strerror}). Set another IDEOGATE_PORT, or 0 for a free one."
        ) from err
    port = listener.getsockname()[1]
    if settings.port == 0:
        url = settings.public_url
        if url.endswith(":0"):
            url = f"{url.removesuffix(':0')}:{port}"
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
        http=Protocol,
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=75,
    )


async def run(
    settings: Settings,
    listener: socket.socket,
    reload: Callable[[], Settings],
    console: Console,
    *,
    at: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was sent. Raises what `REFUSED` names."""
    loop = asyncio.get_running_loop()
    starting = cast("asyncio.Task[None]", asyncio.current_task())
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, starting.cancel)
    async with AsyncExitStack() as stack:
        try:
            room = await open_storeroom(settings, stack)
            built = await build(settings, room, stack, at=at)
            first = await first_keys(
                settings,
                built.keys,
                room.store,
                room.names,
                folder=room.folder,
                tell=_told(console),
            )
        except OSError as err:
            raise CannotStart(f"{err.filename or 'the store'}: {err.strerror or err}") from err
        server = _Server(_config(built))
        shutdown = Shutdown(server, built.state, built.desk)
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, shutdown.signalled)
        loop.add_signal_handler(signal.SIGHUP, lambda: _reload(built, reload))
        built.state.started = True
        _announce(console, settings, room, first)
        await shutdown.after(server.serve(sockets=[listener]))


def _told(console: Console) -> bool:
    """Whether a person reads along. Not what the console thinks: FORCE_COLOR makes it say yes to a
    file, and a key must not be written there.
    """
    return console.file.isatty()


def _announce(console: Console, settings: Settings, room: Storeroom, first: FirstKeys) -> None:
    if _told(console):
        banner.show(console, settings, room, first)
        return
    rows = banner.rows(settings, room, first)
    _log.info("started", **{label.lower().replace(" ", "_"): value for label, value in rows})


def _reload(built: Built, reload: Callable[[], Settings]) -> None:
    """SIGHUP: the file as it is now, or as it was, with the reason in the log."""
    now = built.current.settings
    try:
        fresh = reload()
    except BadSettings as bad:
        _log.error("reload_refused", reason=str(bad))
        return
    if fresh.sandbox and not now.sandbox:  # its pictures' route is made at the start
        _log.error("reload_refused", reason="an upstream with base_url sandbox: needs a restart")
        return
    built.current.take(msgspec.structs.replace(fresh, port=now.port, public_url=now.public_url))
    built.defaults.take(fresh.inherited)


def main(
    environ: Mapping[str, str] = os.environ, *, at: Callable[[str], None] | None = None
) -> int:
    """Start from the environment; a start that is refused says why and exits with 2. `at`: see
    safeguards.py.
    """
    console = Console(file=sys.stdout, highlight=False)
    on_terminal = sys.stderr.isatty()  # where the log goes
    try:
        settings = load(environ, terminal=on_terminal)
        logs.configure(settings.log_format, settings.log_level)
        listener, settings = listen(settings)
        with listener:
            uvloop.run(
                run(settings, listener, lambda: load(environ, terminal=on_terminal), console, at=at)
            )
    except REFUSED as refusal:
        print(f"Ideogate does not start.\n{refusal}", file=sys.stderr)  # noqa: T201  the answer to the person who started it
        return 2
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("Ideogate was stopped before it had started.", file=sys.stderr)  # noqa: T201  as above
    return 0
