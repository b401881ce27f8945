"""How long to pause after "too much in progress". Pure: dice and clock are handed in."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

FIRST: Final = 0.5  # seconds; the fastest pictures take 2 to 4 s (ideogram-upstream 3.3)
CEILING: Final = 20.0  # seconds; no picture takes much longer
LONGEST_PAUSE: Final = 60.0  # seconds; a header that asks for more stops us no longer than that
LONGEST_WORD: Final = 86_400.0  # seconds; what a header says beyond a day is no wait any more
UNREADABLE: Final = 1.0  # seconds, when a header is there and says nothing

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def backoff(between: Callable[[float, float], float]) -> Iterator[float]:
    """Full jitter, in seconds, without end: between nothing and the doubled step."""
    step = FIRST
    while True:
        yield between(0.0, step)
        step = min(CEILING, 2.0 * step)


def retry_after(header: str, now: float) -> float:
    """Seconds of a Retry-After header, at most a day: a number, or an HTTP date seen from `now` (unix).

    The caller is told as much; `not_before` bounds what we wait ourselves.
    """
    said = header.strip()
    if _SECONDS.fullmatch(said):
        return min(float(said), LONGEST_WORD)
    try:
        moment = parsedate_to_datetime(said)
        # "-0000" gives a naive moment; HTTP dates are UTC (RFC 9110, 5.6.7).
        then = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return UNREADABLE
    return min(max(then - now, 0.0), LONGEST_WORD)


def not_before(until: float, *, now: float, pause: float) -> float:
    """The later of two ends of a pause: one that is running never gets shorter, none is too long."""
    return max(until, now + min(pause, LONGEST_PAUSE))
