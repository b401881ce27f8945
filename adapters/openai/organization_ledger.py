"""GET /v1/organization/ledger, ours: what it is asked for and what it answers. Pure."""

import re
from typing import Any, Final, Literal

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.kinds import Whole
from adapters.openai.organization_kinds import Matching
from adapters.openai.organization_query import AN_ID, TIME, Pairs, Param, asked_query

MOST: Final = 1_000  # entries of a page
_ENTRY: Final = Matching(
    re.compile(r"[0-9]{1,15}-[0-9]{1,19}", re.ASCII), 40, "an entry's id, such as 1790000000000-0"
)
LEDGER_QUERY: Final = {
    "after": Param(_ENTRY),
    "limit": Param(Whole(1, MOST)),
    "start_time": Param(TIME),
    "end_time": Param(TIME),
    "project_ids": Param(AN_ID, many=True),
    "api_key_ids": Param(AN_ID, many=True),
}


class LedgerQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: written from `start_time` to before `end_time` (Unix seconds), behind `after`."""

    after: str = ""
    limit: int = 100
    start_time: int = 0
    end_time: int | None = None
    project_ids: tuple[str, ...] = ()
    api_key_ids: tuple[str, ...] = ()


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the books. Amounts in micro-USD, by which the balances changed; counts are images.

    `period` is the month, and `day` the day, that it counts in: those of the order's hold.
    """

    id: str
    at_ms: int
    verb: str
    order: str
    call: str
    period: str
    day: str
    project: str
    key: str
    model: str
    operation: str
    speed: str
    size: str
    source: str
    user: str
    upstream: str
    reason: str
    table: str
    held: int
    posted: int
    parked: int
    house: int
    images: int
    billed: int
    delivered: int
    withheld: int
    price: int
    assumed: bool
    recovered: bool
    resolved: bool
    object: Literal["organization.ledger.entry"] = "organization.ledger.entry"


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in order of time. `last_id` goes to `after`; where entries were left out it may be one
    that is not shown, and a page may be empty though there is more.
    """

    data: tuple[LedgerEntry, ...]
    has_more: bool
    last_id: str | None = None
    object: Literal["list"] = "list"


def read_ledger_query(pairs: Pairs) -> LedgerQuery:
    """Which entries. Raises ApiError, status 400."""
    values: dict[str, Any] = asked_query(pairs, LEDGER_QUERY)
    query = LedgerQuery(**values)
    if query.end_time is not None and query.end_time <= query.start_time:
        raise ApiError("invalid_value", "end_time must be later than start_time.", param="end_time")
    return query
