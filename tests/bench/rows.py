"""One line of the bench's table."""

from typing import NamedTuple


class Row(NamedTuple):
    """What was seen, and the most it may be; None: only shown."""

    name: str
    seen: float
    limit: float | None = None

    @property
    def broken(self) -> bool:
        return self.limit is not None and self.seen > self.limit
