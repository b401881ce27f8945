"""What usage and costs share: whose part a caller sees, and which buckets make a page."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypedDict

from adapters.openai.errors import ApiError
from adapters.openai.organization_usage import Bucket as Shown
from adapters.openai.organization_usage import CostsResult, UsageResult, usage_page
from adapters.openai.organization_usage_query import CostsQuery, UsageQuery, page_token
from config.money import MicroUSD
from service.administration.office import Call
from service.usage import Bucket, Counts, Dimension, Group

Query = UsageQuery | CostsQuery


class Span(NamedTuple):
    """One page: Unix seconds, `start` inclusive, `end` exclusive; `next_page` asks for the rest."""

    start: int
    end: int
    next_page: str | None


async def span_of(call: Call, query: Query) -> Span:
    """The time of the page that is asked for. Without an end it is now, by the store's clock."""
    seconds = query.seconds
    end = query.end_time if query.end_time is not None else await call.office.now() + 1
    start = query.start_time if query.resume_at is None else query.resume_at
    start -= start % seconds
    full = start + query.limit * seconds
    return Span(start, min(end, full), page_token(full) if full < end else None)


def asked_of(call: Call, query: Query) -> dict[Dimension, Collection[str]]:
    """The filters that usage and costs share, narrowed to what the caller may see. Raises ApiError."""
    where: dict[Dimension, Collection[str]] = {}
    projects = projects_of(call, query.project_ids)
    if projects:
        where["project_id"] = projects
    if query.api_key_ids:
        where["api_key_id"] = frozenset(query.api_key_ids)
    return where


def projects_of(call: Call, asked: Collection[str]) -> frozenset[str]:
    """Those a caller may see, of those it asks for; none: all there are. Raises ApiError."""
    projects = frozenset(asked)
    if call.bound is None:
        return projects
    strange = sorted(projects - call.bound)
    if strange:
        raise ApiError(
            "insufficient_permissions",
            f"{call.credential.shown} sees nothing of the project {strange[0]}.",
            param="project_ids",
        )
    return projects or call.bound


def paged(
    buckets: Sequence[Bucket],
    results: Mapping[int, Sequence[UsageResult | CostsResult]],
    span: Span,
) -> object:
    """The page; `results` by the start of their bucket."""
    shown = (
        Shown(start_time=one.start, end_time=one.end, results=tuple(results.get(one.start, ())))
        for one in buckets
    )
    return usage_page(tuple(shown), span.next_page)


def rows_of(bucket: Bucket, names: Sequence[str]) -> list[tuple[dict[str, str | None], Counts]]:
    """The groups of a bucket in an order that stays, each with its values by name."""
    return [(_named(names, group), counts) for group, counts in sorted(bucket.groups.items())]


def _named(names: Sequence[str], group: Group) -> dict[str, str | None]:
    return {name: value or None for name, value in zip(names, group, strict=True)}


class Counted(TypedDict):
    """What rows of usage and of costs both say, as OpenAI's shapes take it."""

    microusd: MicroUSD
    images_billed: int
    images_delivered: int
    images_withheld: int
    parked_microusd: MicroUSD
    assumed: bool


def counted(counts: Counts) -> Counted:
    """Images and micro-USD of one row."""
    return Counted(
        microusd=MicroUSD(counts.microusd),
        images_billed=counts.billed,
        images_delivered=counts.delivered,
        images_withheld=counts.withheld,
        parked_microusd=MicroUSD(counts.parked_microusd),
        assumed=counts.assumed_microusd != 0,
    )
