"""The embedded store's folder: its files, its locks, its secrets, and why it cannot be used."""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

LONGEST_SOCKET: Final = 100  # bytes; the kernel takes 107 on Linux, 103 on macOS
LOCK_SECONDS: Final = 30.0  # another process may be loading a large ledger
LOG_BYTES: Final = 1 << 20
MEMORY: Final = "1gb"  # the ledger is refused new holds before it eats the machine
SECRET: Final = re.compile(rb"[0-9a-f]{64}\Z")
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}\Z")


class StoreCannotStart(Exception):
    """The embedded store cannot run; the message says why and what to do."""


class Folder:
    """Paths and locks of one embedded store. Locks are the kernel's: a kill -9 frees them.

    lock   held by whoever starts or stops the server
    users  shared by every process that uses the server; exclusive = the last one
    alive  held by the server itself, which inherits it: no pid needs to be trusted
    """

    def __init__(self, path: Path, *, patience: float = LOCK_SECONDS) -> None:
        self.path = path.absolute()
        self._patience = patience
        self.config = self.path / "valkey.conf"
        self.log = self.path / "valkey.log"
        self.ledger = self.path / "appendonlydir"
        self._in_temp = len(os.fsencode(self.path / "valkey.sock")) > LONGEST_SOCKET

    @property
    def socket(self) -> Path:
        """In the folder; where that is too long, in a folder of /tmp that its name leads to."""
        if not self._in_temp:
            return self.path / "valkey.sock"
        short = Path("/tmp")  # noqa: S108  the same for all processes; the folder in it is checked
        parent = short if os.access(short, os.W_OK) else Path(tempfile.gettempdir())
        name = hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]
        return parent / f"ideogate-{name}" / "valkey.sock"

    @contextlib.contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Turns what the file system says into a sentence for the operator."""
        try:
            yield
        except OSError as err:
            raise StoreCannotStart(
                f"the embedded store cannot use the folder {self.path}: {err.strerror or err}; "
                "set IDEOGATE_STORE_URL=embedded:DIR to a local folder that may be written, "
                "or to the URL of a Valkey or Redis"
            ) from err

    def prepare(self) -> None:
        """Makes the folder, private. Raises OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):  # a mounted volume may belong to somebody else
            self.path.chmod(0o700)

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """One process at a time starts, stops or judges the server. Raises StoreCannotStart."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        with self.named_in_errors():
            lock = self.open_lock("lock")
        try:
            with self.named_in_errors():
                taken = take(lock)
            while not taken and loop.time() < deadline:
                await asyncio.sleep(0.01)
                taken = take(lock)
            if not taken:
                raise StoreCannotStart(
                    f"another process has been starting or stopping the store of {self.path} "
                    f"for {self._patience:.0f} s; look at {self.log}"
                )
            yield
        finally:
            os.close(lock)

    def open_lock(self, name: str) -> int:
        """A file to lock; closing it, or dying, gives the lock back. Raises OSError."""
        return os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def server_lives(self) -> bool:
        """Asked under `locked()` only, since asking takes the server's lock for a moment."""
        lock = self.open_lock("alive")
        try:
            return not take(lock)
        finally:
            os.close(lock)

    def lay_out(self) -> None:
        """Configuration, a bounded log, a place for the socket. No server, and no child of one,
        may be alive. Raises OSError.
        """
        for half_written in (*self.path.glob("temp-*.aof"), *self.path.glob("temp-*.rdb")):
            half_written.unlink()  # a rewrite that a kill cut short; Valkey never looks at it again
        if self._in_temp:
            _own_folder(self.socket.parent)
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
        self.config.write_text(self._config_text(), encoding="utf-8")

    def clear_socket(self) -> None:
        """After the server is gone for good."""
        with contextlib.suppress(OSError):
            self.socket.unlink()
        if self._in_temp:
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def log_size(self) -> int:
        """Bytes; 0 when there is none."""
        return self.log.stat().st_size if self.log.exists() else 0

    def log_since(self, offset: int) -> list[str]:
        """Lines the server wrote after `offset`."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(offset)
            return log.read(LOG_BYTES).decode(errors="replace").splitlines()
        return []

    def secret(self, name: str) -> bytes:
        """64 hexadecimal digits kept in the file `name`, made at the first call. Thread- and
        process-safe: the file appears whole or not at all. Raises StoreCannotStart.
        """
        if not NAME.match(name):
            raise ValueError("a secret's name is made of a-z, 0-9 and '-'")
        path = self.path / name
        with self.named_in_errors():
            if not path.exists():
                self._put(path, secrets.token_hex(32).encode())
            held = path.read_bytes().strip()
        if not SECRET.match(held):
            raise StoreCannotStart(
                f"{path} does not hold the 64 hexadecimal digits that were written there; "
                "keys were made with it, so restore it from a backup"
            )
        return held

    def _put(self, path: Path, content: bytes) -> None:
        written = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(
                os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as f:
                f.write(content + b"\n")
                f.flush()
                os.fsync(f.fileno())
            with contextlib.suppress(FileExistsError):  # somebody was faster: theirs counts
                path.hardlink_to(written)
        finally:
            written.unlink(missing_ok=True)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _config_text(self) -> str:
        lines = {
            "port": "0",
            "unixsocket": _quoted(self.socket),
            "unixsocketperm": "700",
            "daemonize": "yes",  # its own session, nobody's child: Ctrl-C and our end pass it by
            "pidfile": _quoted(self.path / "valkey.pid"),
            "logfile": _quoted(self.log),
            "dir": _quoted(self.path),
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "always",  # what was acknowledged is on disk
            "aof-load-truncated": "yes",  # a kill -9 in mid-write costs only what nobody was told
            "auto-aof-rewrite-min-size": "16mb",  # keeps loading well below a second
            "maxmemory": MEMORY,
            "maxmemory-policy": "noeviction",
        }
        head = "# Written anew at every start.\n"
        return head + "".join(f"{name} {value}\n" for name, value in lines.items())


def take(lock: int, *, shared: bool = False) -> bool:
    """Whether the lock is ours now. Raises OSError where the file system has no locks."""
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _own_folder(path: Path) -> None:
    """A folder in a place open to all: ours, private, and no link to somewhere else."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StoreCannotStart(
            f"{path} belongs to somebody else; remove it, or choose a shorter folder with "
            "IDEOGATE_STORE_URL=embedded:DIR"
        )
    path.chmod(0o700)
