"""How far this gateway has seen the journal: entries that were its last one, and when."""

import time
from collections import deque
from collections.abc import Callable


class Seen:
    """`within`: seconds until a moment counts no more. Entries are ids of the stream, "MS-N"."""

    def __init__(self, within: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._within = within
        self._now = now
        self._ends: deque[tuple[float, str]] = deque()

    def note(self, entry: str) -> None:
        """It is the journal's last entry just now."""
        if self._ends and self._ends[-1][1] == entry:
            self._ends.pop()
        self._ends.append((self._now(), entry))
        self._forget_old()

    def begin_anew(self) -> None:
        """What was seen is lost, and all of it that is known was told again."""
        self._ends.clear()

    @property
    def newest(self) -> str:
        """However long ago; empty before anything was seen."""
        return self._ends[-1][1] if self._ends else ""

    @property
    def oldest(self) -> str:
        """The first that was still the last one within the time; empty when there is none."""
        self._forget_old()
        first, entry = self._ends[0] if self._ends else (0.0, "")
        return entry if self._now() - first <= self._within else ""

    def _forget_old(self) -> None:
        """All but the newest, which is what must not get lost."""
        while len(self._ends) > 1 and self._now() - self._ends[0][0] > self._within:
            self._ends.popleft()
