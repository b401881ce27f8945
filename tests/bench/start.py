"""How soon a fresh gateway draws, and what it weighs at rest: `make bench`."""

import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.contract.gateway import Gateway, start_gateway

STARTS: Final = 3
FIRST_PICTURE_SECONDS: Final = 2.0
REST_MIB: Final = 90.0
PICTURES: Final = 20
REST_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Start:
    """One start: seconds until ready and until the first picture; MiB at rest before and after."""

    ready: float
    picture: float
    rest: float
    used: float


def draw(gateway: Gateway) -> None:
    """One picture, base64 and all."""
    ask = json.dumps({"prompt": "a lighthouse", "model": "gpt-image-1"})
    headers = {"authorization": f"Bearer {gateway.key}", "content-type": "application/json"}
    connection = http.client.HTTPConnection(gateway.host, gateway.port, timeout=30)
    try:
        connection.request("POST", "/v1/images/generations", ask, headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"no picture: {answer.status} {body[:500]!r}")


def resident(pid: int) -> float:
    """Memory of one process in MiB, the store's own process not counted."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        told = re.search(r"^VmRSS:\s+(\d+) kB$", status.read_text(encoding="ascii"), re.MULTILINE)
        assert told is not None
        return int(told[1]) / 1024
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(asked.stdout) / 1024


def measure() -> Start:
    """Start with a new store, rest, draw, rest."""
    begun = time.perf_counter()
    with start_gateway() as gateway:
        ready = time.perf_counter() - begun
        draw(gateway)
        picture = time.perf_counter() - begun
        time.sleep(REST_SECONDS)
        rest = resident(gateway.pid)
        for _ in range(PICTURES):
            draw(gateway)
        time.sleep(REST_SECONDS)
        return Start(ready, picture, rest, resident(gateway.pid))


def main() -> int:
    """Print the table; 1 when a limit is broken."""
    starts = [measure() for _ in range(STARTS)]
    picture = statistics.median(start.picture for start in starts)
    rest = max(start.rest for start in starts)
    rows = [
        ("ready, s", statistics.median(start.ready for start in starts), None),
        ("first picture, s", picture, FIRST_PICTURE_SECONDS),
        ("at rest, MiB", rest, REST_MIB),
        (f"after {PICTURES} more pictures, MiB", max(start.used for start in starts), None),
    ]
    table = Table("since the start, store included", "seen", "limit")
    for name, seen, limit in rows:
        table.add_row(name, f"{seen:.2f}", "" if limit is None else f"{limit:.2f}")
    Console().print(table)
    return int(picture > FIRST_PICTURE_SECONDS or rest >= REST_MIB)


if __name__ == "__main__":
    sys.exit(main())
