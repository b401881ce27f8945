"""Finished pictures and the signed, expiring links to them; in memory or in a folder."""

import hmac
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

LIFE: Final = 24 * 3600  # seconds (ideogram-upstream 0.9)
FOLDER_BYTES: Final = 256 * 1024 * 1024
MEMORY_BYTES: Final = 64 * 1024 * 1024
ENDING: Final = re.compile(r"/images/([0-9a-f]{32})\.png")


class Store(Protocol):
    """Where the bytes lie. `secret` outlives a restart where the bytes do."""

    secret: bytes

    def put(self, name: str, content: bytes) -> None: ...

    def get(self, name: str) -> bytes | None: ...


class Memory:
    """At most so many bytes, the oldest picture out first."""

    def __init__(self, limit: int = MEMORY_BYTES) -> None:
        self.secret = secrets.token_bytes(32)
        self._limit = limit
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def put(self, name: str, content: bytes) -> None:
        self._held[name] = content
        self._bytes += len(content)
        while self._bytes > self._limit and len(self._held) > 1:
            self._bytes -= len(self._held.popitem(last=False)[1])

    def get(self, name: str) -> bytes | None:
        return self._held.get(name)


class Folder:
    """Files that several processes may share; swept at every picture."""

    def __init__(self, folder: Path, limit: int = FOLDER_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._limit = limit
        self.secret = self._kept_secret()

    def _kept_secret(self) -> bytes:
        """Written aside and linked into place: whoever comes second reads a whole one."""
        path, aside = self._folder / "secret", self._folder / f"secret.{secrets.token_hex(8)}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            path.hardlink_to(aside)
        aside.unlink()
        return path.read_bytes()

    def put(self, name: str, content: bytes) -> None:
        path = self._folder / f"{name}.png"
        half = path.with_suffix(".part")
        half.write_bytes(content)
        half.replace(path)
        self._sweep(time.time())

    def get(self, name: str) -> bytes | None:
        try:
            return (self._folder / f"{name}.png").read_bytes()
        except FileNotFoundError:
            return None

    def _sweep(self, now: float) -> None:
        """Newest first: what is over age or over the limit goes."""
        found = []
        for path in self._folder.glob("*.png"):
            with suppress(FileNotFoundError):  # another process swept it
                found.append((path, path.stat()))
        found.sort(key=lambda entry: entry[1].st_mtime_ns, reverse=True)
        kept = 0
        for place, (path, stat) in enumerate(found):
            kept += stat.st_size
            if place and (kept > self._limit or stat.st_mtime < now - LIFE):
                path.unlink(missing_ok=True)


class Shelf:
    """Puts pictures away and says under which link they can be had."""

    def __init__(self, store: Store, start: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._start = start
        self._clock = clock

    def put(self, content: bytes) -> str:
        """The link. Blocking: it may write a file."""
        name = secrets.token_hex(16)
        self._store.put(name, content)
        return self.link(name)

    def link(self, name: str | None = None) -> str:
        """A link that is signed and in time; without a name, to nothing at all."""
        name = name or secrets.token_hex(16)
        expires = int(self._clock()) + LIFE
        return f"{self._start}/images/{name}.png?exp={expires}&sig={self._sign(name, expires)}"

    def get(self, path: str, exp: str, sig: str) -> tuple[int, bytes]:
        """Status and bytes: 404 unknown or wrongly signed, 410 expired."""
        found = ENDING.search(path)
        if found is None or found.end() != len(path) or not re.fullmatch(r"[0-9]{1,12}", exp):
            return 404, b""
        name, expires = found.group(1), int(exp)
        if not hmac.compare_digest(self._sign(name, expires).encode(), sig.encode()):
            return 404, b""
        if expires <= self._clock():
            return 410, b""
        content = self._store.get(name)
        return (404, b"") if content is None else (200, content)

    def _sign(self, name: str, expires: int) -> str:
        return hmac.new(self._store.secret, f"{name}:{expires}".encode(), "sha256").hexdigest()
