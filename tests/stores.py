"""A throwaway Valkey of its own for a test: fast, empty, gone afterwards."""

import os
import platform
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from adapters.store.embedded import find_program

START_SECONDS: Final = 10.0
PORTS: Final = range(20_000, 32_000)
FAST: Final = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")


class Valkey:
    """A running server. `url` stays the same over kill() and start()."""

    def __init__(
        self, folder: Path, options: tuple[str, ...], port: int, program: str | None = None
    ) -> None:
        self.program = program or find_program(platform.system(), platform.machine())
        self.folder = folder
        self.port = port
        self.place: tuple[str, int] | str = ("127.0.0.1", port) if port else str(folder / "socket")
        self.url = f"redis://127.0.0.1:{port}" if port else f"unix://{self.place}"
        self.options = options
        self.start()

    def start(self) -> None:
        """Again, after kill(), with the same files."""
        at = ("--port", str(self.port), "--bind", "127.0.0.1") if self.port else (
            "--port", "0", "--unixsocket", str(self.place),
        )  # fmt: skip
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    *self._first_words(),
                    *at,
                    "--dir",
                    str(self.folder),
                    *FAST,
                    *self.options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > end or self.process.poll() is not None:
                self.kill()
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.005)

    def pause(self) -> None:
        """Hung: takes connections, answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After pause()."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As kill -9 does it."""
        self.process.kill()
        self.process.wait(START_SECONDS)

    def _first_words(self) -> tuple[str, ...]:
        if "--sentinel" not in self.options:
            return ()
        config = self.folder / "sentinel.conf"  # a sentinel insists on a file it may rewrite
        config.touch()
        return (str(config),)

    def _answers(self) -> bool:
        with suppress(OSError), socket.socket(*_family(self.place)) as asked:
            asked.settimeout(1.0)
            asked.connect(self.place)
            asked.sendall(b"PING\r\n")
            return asked.recv(7) in {b"+PONG\r\n", b"-NOAUTH"}
        return False


def _family(place: tuple[str, int] | str) -> tuple[int, int]:
    return (socket.AF_UNIX if isinstance(place, str) else socket.AF_INET), socket.SOCK_STREAM


def free_port() -> int:
    """A port nobody listens on just now. None of those that outgoing connections get: on such a one,
    who dials a server that is dead may meet itself, and then the server cannot come back.
    """
    for port in random.SystemRandom().sample(PORTS, 100):
        with suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@contextmanager
def start_valkey(*options: str, tcp: bool = False, program: str | None = None) -> Iterator[Valkey]:
    """Options as on the command line: start_valkey("--maxmemory", "3mb", tcp=True).

    On a unix socket unless `tcp`. Without an append-only file unless asked for by
    "--appendonly", "yes". `program`: another server, such as Redis.
    """
    folder = Path(
        tempfile.mkdtemp(prefix="valkey-", dir="/tmp" if os.access("/tmp", os.W_OK) else None)
    )
    server = Valkey(folder, options, free_port() if tcp else 0, program)
    try:
        yield server
    finally:
        server.go_on()
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
