"""Threads for pixels step back behind everything else."""

import os
import sys
from threading import get_native_id

import pytest

from service.pool import PIXEL_THREADS, POLITE, pixel_pool


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness")
def test_pixels_are_worked_on_politely_and_nothing_else_is() -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    with pixel_pool() as pool:
        theirs = pool.submit(lambda: os.getpriority(os.PRIO_PROCESS, get_native_id())).result(5)
    assert theirs == min(ours + POLITE, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours


def test_there_are_few_of_them_and_they_can_be_told_apart() -> None:
    with pixel_pool() as pool:
        for _ in range(2 * PIXEL_THREADS):
            pool.submit(lambda: None).result(5)
        assert 0 < len(pool._threads) <= PIXEL_THREADS
        assert all(thread.name.startswith("pixels") for thread in pool._threads)
