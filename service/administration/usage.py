"""GET /v1/organization/usage/images: what was drawn, by time, UTC."""

from typing import Any, Final

from adapters.openai.organization import encode
from adapters.openai.organization_usage import UsageResult
from adapters.openai.organization_usage_query import UsageQuery, read_usage_query
from service.administration.endpoint import READERS, Endpoint
from service.administration.metering import asked_of, counted, paged, rows_of, span_of
from service.administration.office import Call
from service.usage import Counts, Dimension, Metering, Where, Width
from service.users import Users

_WIDTHS: Final[dict[str, Width]] = {"1m": "minute", "1h": "hour", "1d": "day"}


async def image_usage(call: Call) -> bytes:
    """Sum what was drawn: images and requests, by minute, hour or day."""
    query = read_usage_query(call.query)
    where = _where(call, query)
    span = await span_of(call, query)
    metering = Metering(call.office.store, call.office.names)
    width = _WIDTHS[query.bucket_width]
    buckets = await metering.usage(
        span.start, span.end, width, where=where, group_by=query.group_by
    )
    results = {
        bucket.start: [_result(*row) for row in rows_of(bucket, query.group_by)]
        for bucket in buckets
    }
    return encode(paged(buckets, results, span))


def _where(call: Call, query: UsageQuery) -> Where:
    where = asked_of(call, query)
    catalogue = call.office.current.settings.catalogue
    named: dict[Dimension, frozenset[str]] = {
        "model": frozenset(
            row.name if (row := catalogue.find(name)) else name for name in query.models
        ),
        "size": frozenset(query.sizes),
        "source": frozenset(query.sources),
        "user_id": _users(call, query.user_ids),
    }
    return {**where, **{name: values for name, values in named.items() if values}}


def _users(call: Call, asked: tuple[str, ...]) -> frozenset[str]:
    """As apps send them and as answers show them: both find the same user, under each pepper."""
    office = call.office
    digests = [Users(pepper, lambda: office.current.settings).digest for pepper in office.peppers]
    return frozenset([*asked, *(digest(user) for user in asked for digest in digests)])


def _result(group: dict[str, Any], counts: Counts) -> UsageResult:
    return UsageResult(
        images=counts.billed,
        num_model_requests=counts.requests,
        **counted(counts),
        **group,
    )


USAGE: Final = (
    Endpoint(
        method="GET",
        path="/v1/organization/usage/images",
        may=READERS,
        of="narrowed",
        handle=image_usage,
        meters=True,
    ),
)
