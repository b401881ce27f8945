"""What metering is asked for: the pairs of a query into structs. Pure; times are Unix seconds, UTC."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.kinds import Text, Whole
from adapters.openai.organization_kinds import Choice, Matching
from adapters.openai.organization_query import (
    AN_ID,
    ANY,
    TIME,
    Pairs,
    Param,
    asked_query,
)

Width = Literal["1m", "1h", "1d"]
UsageField = Literal["project_id", "user_id", "api_key_id", "model", "size", "source"]
CostsField = Literal["project_id", "api_key_id", "user_id", "line_item", "api_source"]
Source = Literal["image.generation", "image.edit", "image.variation", "image.description"]


class Span(NamedTuple):
    """One width of bucket in seconds, and how many of them a page has."""

    seconds: int
    default: int
    most: int


SPANS: Final[Mapping[Width, Span]] = {  # OpenAI's own bounds
    "1m": Span(60, 60, 1440),
    "1h": Span(3600, 24, 168),
    "1d": Span(86_400, 7, 31),
}
COSTS_SPAN: Final = Span(86_400, 7, 180)
_TOKEN: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


class _Metered(msgspec.Struct, frozen=True, kw_only=True):
    """From `start_time` until before `end_time` (None: now). `resume_at`: where the page starts.

    `limit`: buckets of a page. An empty list leaves all in.
    """

    start_time: int
    limit: int
    end_time: int | None = None
    resume_at: int | None = None
    project_ids: tuple[str, ...] = ()
    api_key_ids: tuple[str, ...] = ()


class UsageQuery(_Metered, frozen=True, kw_only=True):
    """Which usage of images."""

    bucket_width: Width = "1d"
    group_by: tuple[UsageField, ...] = ()
    user_ids: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def seconds(self) -> int:
        """Of a bucket."""
        return SPANS[self.bucket_width].seconds


class CostsQuery(_Metered, frozen=True, kw_only=True):
    """Which costs; buckets are days."""

    bucket_width: Literal["1d"] = "1d"
    group_by: tuple[CostsField, ...] = ()
    line_items: tuple[str, ...] = ()

    @property
    def seconds(self) -> int:
        """Of a bucket."""
        return COSTS_SPAN.seconds


_ALIKE: Final = {
    "start_time": Param(TIME),
    "end_time": Param(TIME),
    "limit": Param(Whole(1, max(span.most for span in (*SPANS.values(), COSTS_SPAN)))),
    "page": Param(Text(64)),
    "project_ids": Param(AN_ID, many=True),
    "api_key_ids": Param(AN_ID, many=True),
}
USAGE_QUERY: Final = {
    **_ALIKE,
    "bucket_width": Param(Choice(get_args(Width))),
    "group_by": Param(Choice(get_args(UsageField)), many=True),
    "user_ids": Param(ANY, many=True),
    "models": Param(ANY, many=True),
    "sizes": Param(
        Matching(re.compile(r"[0-9]+x[0-9]+", re.ASCII), 11, "a size, such as 1024x1024"),
        many=True,
    ),
    "sources": Param(Choice(get_args(Source)), many=True),
}
COSTS_QUERY: Final = {
    **_ALIKE,
    "bucket_width": Param(Choice(("1d",))),
    "group_by": Param(Choice(get_args(CostsField)), many=True),
    "line_items": Param(ANY, many=True),
}


def read_usage_query(pairs: Pairs) -> UsageQuery:
    """Which usage of images. Raises ApiError, status 400."""
    values = asked_query(pairs, USAGE_QUERY)
    return UsageQuery(**_placed(values, SPANS[values.get("bucket_width", "1d")]))


def read_costs_query(pairs: Pairs) -> CostsQuery:
    """Which costs. Raises ApiError, status 400."""
    return CostsQuery(**_placed(asked_query(pairs, COSTS_QUERY), COSTS_SPAN))


def page_token(start: int) -> str:
    """What asks for the buckets from `start` on; callers are not to read it."""
    return urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _placed(values: dict[str, Any], span: Span) -> dict[str, Any]:
    start, end = values.get("start_time"), values.get("end_time")
    if start is None:
        raise ApiError(
            "missing_required_parameter",
            "start_time is required: Unix seconds of the first bucket.",
            param="start_time",
        )
    if end is not None and end <= start:
        raise ApiError("invalid_value", "end_time must be later than start_time.", param="end_time")
    page = values.pop("page", None)
    if page is not None:
        values["resume_at"] = _resumed(page, start, end, span)
    limit = Whole(1, span.most)
    return values | {"limit": limit.text("limit", str(values.get("limit", span.default)))}


def _resumed(token: str, start: int, end: int | None, span: Span) -> int:
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except ValueError:  # binascii's and Unicode's are both
        text = ""
    at = int(text) if _TOKEN.fullmatch(text) else 0
    within = start < at and (end is None or at < end)
    if not within or at % span.seconds or page_token(at) != token:
        raise ApiError(
            "invalid_value",
            "page must be the next_page of an answer to this very query.",
            param="page",
        )
    return at
