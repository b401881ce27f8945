"""How long a generation takes while eight masks are being converted."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.bench.asking import DRY, draw, edit, form
from tests.bench.drawn import flat_mask, photo_mask, saved
from tests.bench.rows import Row
from tests.contract.gateway import Gateway, start_gateway
from tests.upstream import start_sandbox

SIDE: Final = 1024
MASKS: Final = 8
RATIO: Final = 2.0
ROUNDS: Final = 4
DRAWN: Final = 8  # in each round, with and without masks


def rows() -> list[Row]:
    """The pictures are drawn by another process: what is measured waits for the gateway alone."""
    body = form(saved(flat_mask(SIDE).convert("RGB"), "PNG"), saved(photo_mask(SIDE), "PNG"))
    alone, beside = list[float](), list[float]()
    with start_sandbox() as upstream:
        env = {
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": "of-the-bench",
        }
        with start_gateway(env) as gateway:
            draw(gateway)
            for _ in range(ROUNDS):
                alone += [_seconds(gateway) for _ in range(DRAWN)]
                with _converting(gateway, body):
                    beside += [_seconds(gateway) for _ in range(DRAWN)]
    quiet, busy = statistics.median(alone), statistics.median(beside)
    return [
        Row("a generation, ms", quiet * 1000),
        Row(f"a generation beside {MASKS} masks, ms", busy * 1000),
        Row(f"a generation beside {MASKS} masks, times one alone", busy / quiet, RATIO),
    ]


def _seconds(gateway: Gateway) -> float:
    begun = time.perf_counter()
    draw(gateway)
    return time.perf_counter() - begun


@contextmanager
def _converting(gateway: Gateway, body: bytes) -> Iterator[None]:
    """For the length of the block as many clients as there are masks send one after the other."""
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            edit(gateway, body, DRY)

    threads = [threading.Thread(target=send) for _ in range(MASKS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
