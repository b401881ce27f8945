"""How long a caller waits: its own word, or ours if that is shorter. Pure."""

import re
from typing import Final

from service.visit import Visit

_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_ANNOUNCED: Final = ("x-stainless-read-timeout", "x-stainless-timeout")
ANSWER_SECONDS: Final = 0.5  # an answer must arrive before the caller gives up


def client_deadline(visit: Visit, ours: float) -> float:
    """Seconds from arrival within which the caller is answered (DESIGN 3, two clocks)."""
    shortest = ours
    for name in _ANNOUNCED:
        text = visit.header(name) or ""
        if _SECONDS.fullmatch(text) and float(text) > 0:
            announced = float(text)
            shortest = min(shortest, max(announced - ANSWER_SECONDS, announced / 2))
    return shortest
