"""The Ideogram stand-in as a process of its own, for tests that need a real upstream."""

import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
START_SECONDS: Final = 20.0
END_SECONDS: Final = 5.0
LINE: Final = "sandbox listening on "


class Upstream:
    """A running sandbox. `base_url` is the official form; put /ideogram behind it for AiHubMix's."""

    def __init__(self, base_url: str, process: "subprocess.Popen[str]") -> None:
        self.base_url = base_url
        self.process = process

    def bill(self) -> dict[str, Any]:
        """microusd, images, withheld, accepted, submits by path, refusals by status, calls."""
        shown: dict[str, Any] = self._control("bill")
        return shown

    def state(self) -> dict[str, int]:
        """in_progress, max_seen, limit."""
        shown: dict[str, int] = self._control("state")
        return shown

    def fault(self, kind: str, **more: Any) -> None:
        """One fault for the next matching submits: see adapters/sandbox/faults.py."""
        self.faults([{"kind": kind, **more}])

    def faults(self, script: list[dict[str, Any]]) -> None:
        """Several faults, one for each of the next matching submits, in this order."""
        self._control("faults", script)

    def limit(self, images: int) -> None:
        self._control("limit", {"limit": images})

    def reset(self) -> None:
        """An empty bill, no faults."""
        self._control("reset", {})

    def _control(self, name: str, body: Any = None) -> Any:
        asked = urllib.request.Request(
            f"{self.base_url}/__sandbox__/{name}",
            data=None if body is None else json.dumps(body).encode(),
            method="GET" if body is None else "POST",
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(asked, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def start_sandbox(**flags: Any) -> Iterator[Upstream]:
    """`python -m adapters.sandbox` with these flags: limit, seconds, keys, folder, host, port."""
    chosen = {"port": 0, "seconds": 0, **flags}
    words = [word for name, value in chosen.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [sys.executable, "-m", "adapters.sandbox", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Upstream(_listening(process), process)
    finally:
        _end(process)


def _listening(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if ready else ""
    if not line.startswith(LINE):
        raise RuntimeError(f"The sandbox did not start: {line!r}, ended with {process.poll()}")
    return line.removeprefix(LINE).strip()


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_SECONDS)
    assert process.stdout is not None
    process.stdout.close()
