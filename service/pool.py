"""The threads that work on pixels: few, and last in line for a processor."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id
from typing import Final

PIXEL_THREADS: Final = 2  # Pillow lets go of the interpreter; more only costs memory
POLITE: Final = 10  # of 19: a tenth of the share that the event loop has
_MOST: Final = 19


def pixel_pool() -> ThreadPoolExecutor:
    """Two masks fill two cores; whoever waits for no pixels must not feel them."""
    return ThreadPoolExecutor(PIXEL_THREADS, thread_name_prefix="pixels", initializer=_step_back)


def _step_back() -> None:
    if sys.platform != "linux":  # elsewhere a niceness is the whole process's
        return
    thread = get_native_id()
    own = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(own + POLITE, _MOST))
