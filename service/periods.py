"""UTC periods that money counts in: their names, what a day belongs to, and when they end."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

TOTAL: Final = "total"  # of all time
DAY_KEPT: Final = timedelta(days=40)  # after its end; no order is in work so long
WEEK_KEPT: Final = timedelta(days=100)
_DAY_OR_WEEK: Final = re.compile(r"\d{4}-(\d\d-\d\d|W\d\d)", re.ASCII)


def periods_of(day: str) -> Iterator[str]:
    """What a day "2026-11-22" belongs to, itself included: "2026-11", "2026-W47", "2026-11-22",
    "total". A month alone, "2026-11", belongs to no day. Weeks are those of ISO 8601.
    """
    yield day[:7]
    yield TOTAL
    if len(day) > len("2026-11"):
        year, week, _ = date.fromisoformat(day).isocalendar()
        yield f"{year:04d}-W{week:02d}"
        yield day


def end_of(period: str) -> datetime | None:
    """The first moment (UTC) that is no longer in a period; None for "total"."""
    if period == TOTAL:
        return None
    if "W" in period:
        year, week = period.split("-W")
        after = date.fromisocalendar(int(year), int(week), 1) + timedelta(days=7)
    elif len(period) == len("2026-11"):
        first = date.fromisoformat(f"{period}-01")
        after = (first + timedelta(days=31)).replace(day=1)
    else:
        after = date.fromisoformat(period) + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC)


def long_over(balance: str, now: datetime) -> bool:
    """Whether a balance "SCOPE:PERIOD" is of a day or a week that nobody looks at any more."""
    period = balance.rpartition(":")[2]
    ends = end_of(period) if _DAY_OR_WEEK.fullmatch(period) else None
    return ends is not None and now - ends > (WEEK_KEPT if "W" in period else DAY_KEPT)
