"""How soon a fresh gateway draws, and what it weighs at rest."""

import os
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Final

from tests.bench.asking import draw
from tests.bench.memory import resident
from tests.bench.rows import Row
from tests.contract.gateway import start_gateway

# As it is shipped: among a developer's packages Litestar finds some that it loads for itself.
PYTHON: Final = os.environ.get("BENCH_PYTHON", sys.executable)
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


def measure() -> Start:
    """Start with a new store, rest, draw, rest."""
    begun = time.perf_counter()
    with start_gateway(python=PYTHON) as gateway:
        ready = time.perf_counter() - begun
        draw(gateway)
        picture = time.perf_counter() - begun
        time.sleep(REST_SECONDS)
        rest = resident(gateway.pid)
        for _ in range(PICTURES):
            draw(gateway)
        time.sleep(REST_SECONDS)
        return Start(ready, picture, rest, resident(gateway.pid))


def rows() -> list[Row]:
    starts = [measure() for _ in range(STARTS)]
    return [
        Row("a start: ready, s", statistics.median(start.ready for start in starts)),
        Row(
            "a start: first picture, s",
            statistics.median(start.picture for start in starts),
            FIRST_PICTURE_SECONDS,
        ),
        Row("at rest, MiB", max(start.rest for start in starts), REST_MIB),
        Row(f"at rest after {PICTURES} pictures, MiB", max(start.used for start in starts)),
    ]
