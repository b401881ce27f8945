"""Usage and costs as people look at them: sums by day, key, project, model or tag."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from adapters.store.client import Store
from service.key_records import KeyRecords
from service.keyspace import Keyspace
from service.projects import Projects
from service.usage import SECONDS, Counts, Dimension, Metering, Where, line_item, total

HOURS_DAYS: Final = 60  # how long hours are kept (lua/usage.lua)
UNTAGGED: Final = "(no tag)"
_FIELDS: Final[Mapping[str, Dimension]] = {"key": "api_key_id", "project": "project_id"}


class Row(msgspec.Struct, frozen=True):
    """One line: what it is for, and what that came to."""

    label: str
    counts: Counts


class Views:
    """Every method raises StoreSilent, StoreRefused."""

    def __init__(self, store: Store, names: Keyspace, records: KeyRecords) -> None:
        self._metering = Metering(store, names)
        self._projects = Projects(store, names)
        self._records = records

    async def by_day(self, first: date, last: date, where: Where, zone: ZoneInfo) -> list[Row]:
        """Every day of the zone, both included. In UTC corrections are in it; elsewhere days are
        put together of hours, and it is what was drawn.
        """
        if zone.key == "UTC":
            buckets = await self._metering.costs(_utc(first), _utc(last, 1), where=where)
            days = [(datetime.fromtimestamp(one.start, UTC).date(), one) for one in buckets]
        else:
            start = int(datetime(first.year, first.month, first.day, tzinfo=zone).timestamp())
            after = last + timedelta(days=1)
            end = int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp())
            start += -start % SECONDS["hour"]  # an hour counts in the day in which it begins
            hours = await self._metering.usage(start, end, "hour", where=where)
            days = [(datetime.fromtimestamp(one.start, zone).date(), one) for one in hours]
        sums: dict[date, list[Counts]] = {}
        for day, bucket in days:
            sums.setdefault(day, []).extend(bucket.groups.values())
        return [Row(day.isoformat(), total([Counts(), *some])) for day, some in sums.items()]

    async def by_model(self, first: date, last: date, where: Where) -> list[Row]:
        """By line item."""
        group: Sequence[Dimension] = ("model", "speed", "operation")
        return await self._rows(first, last, where, group, line_item)

    async def by_name(self, by: str, first: date, last: date, where: Where) -> list[Row]:
        """By "key" or "project", each with its name."""
        named = await (self._key_names() if by == "key" else self._project_names())
        return await self._rows(
            first, last, where, (_FIELDS[by],), lambda name: f"{name} {named.get(name, '')}".strip()
        )

    async def by_tag(self, tag: str, first: date, last: date, where: Where) -> list[Row]:
        """By the value of one tag of the projects."""
        projects = await self._projects.some(await self._projects.ids())
        values = {one.id: one.tags.get(tag, UNTAGGED) for one in projects}
        rows = await self._rows(first, last, where, ("project_id",), lambda name: name)
        sums: dict[str, list[Counts]] = {}
        for row in rows:
            sums.setdefault(values.get(row.label, UNTAGGED), []).append(row.counts)
        return [Row(value, total(some)) for value, some in sums.items()]

    async def _rows(
        self,
        first: date,
        last: date,
        where: Where,
        group_by: Sequence[Dimension],
        label: Callable[..., str],
    ) -> list[Row]:
        buckets = await self._metering.costs(
            _utc(first), _utc(last, 1), where=where, group_by=group_by
        )
        sums: dict[tuple[str, ...], list[Counts]] = {}
        for bucket in buckets:
            for group, counts in bucket.groups.items():
                sums.setdefault(group, []).append(counts)
        return [Row(label(*group), total(some)) for group, some in sums.items()]

    async def _key_names(self) -> dict[str, str]:
        return {record.id: record.name for record in await self._records.every()}

    async def _project_names(self) -> dict[str, str]:
        projects = await self._projects.some(await self._projects.ids())
        return {one.id: one.name for one in projects}


def _utc(day: date, more: int = 0) -> int:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=more)
    return int(moment.timestamp())
