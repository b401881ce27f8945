"""UTC periods that money counts in: their names, what a day belongs to, and when they end."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

TOTAL: Final = "total"  # of all time


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
