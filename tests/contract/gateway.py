"""The real gateway in a process of its own: `with start_gateway() as gateway: ...`."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
START_SECONDS: Final = 30.0  # a slow, shared machine; `make bench` holds the real limit
STOP_SECONDS: Final = 15.0


def key_of(random_part: str, prefix: str = "sk-ig-") -> str:
    """A key with a right checksum: CRC-32 of all before it, six characters of base62."""
    body = prefix + random_part.ljust(32, "0")
    rest, tail = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        tail = BASE62[digit] + tail
    return body + tail


@dataclass(frozen=True)
class Gateway:
    """A running gateway. `root` is the host's URL, `base_url` what an OpenAI client is given."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    key: str
    folder: Path

    @property
    def root(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.root}/v1"

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        """What it printed so far, log lines included."""
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def status(self, path: str) -> int:
        """The status of a GET; 0 when nobody answers."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def stop(self) -> int:
        """Ask it to end, then insist; answers the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def start_gateway(
    env: Mapping[str, str] | None = None,
    words: Sequence[str] = ("service", "serve"),
    *,
    python: str = sys.executable,
) -> Iterator[Gateway]:
    """A gateway with an embedded store of its own, ready to draw; `env` is laid over the settings.

    `words` follow `python -m`; `python`: of another environment.
    """
    # Short, since the store listens on a unix socket in it (at most 107 bytes).
    folder = Path(tempfile.mkdtemp(prefix="ig-", dir="/tmp"))
    port = free_port()
    key = key_of("contract")
    settings = {
        "IDEOGATE_HOST": "127.0.0.1",
        "IDEOGATE_PORT": str(port),
        "IDEOGATE_METRICS_PORT": "0",
        "IDEOGATE_STORE_URL": f"embedded:{folder / 'store'}",
        "IDEOGATE_BOOTSTRAP_KEY": key,
        **(env or {}),
    }
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", *words],
            cwd=ROOT,
            env=_clean() | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    gateway = Gateway(process, "127.0.0.1", port, settings["IDEOGATE_BOOTSTRAP_KEY"], folder)
    try:
        _until_ready(gateway)
        yield gateway
    finally:
        gateway.stop()
        _end_store(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _end_store(folder: Path) -> None:
    """End the store of a gateway that was killed; one that stopped has taken it along."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / "store/valkey.pid").read_text(encoding="ascii"))
        # The number may long be another process's: only the one that names this folder is ours.
        if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)


def _clean() -> dict[str, str]:
    """The environment without settings of this machine: ours, OpenAI's and proxies."""
    ours = ("IDEOGATE_", "OPENAI_", "AZURE_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours) and not name.lower().endswith("_proxy")
    }


def _until_ready(gateway: Gateway) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if gateway.process.poll() is not None:
            break
        if gateway.status("/health/ready") == 200:
            return
        time.sleep(0.02)
    raise AssertionError(f"the gateway did not get ready:\n{gateway.output}")
