"""GET /v1/organization/costs: what is owed, by day, UTC."""

from collections.abc import Sequence
from typing import Any, Final, cast

from adapters.openai.organization import encode
from adapters.openai.organization_usage import CostsResult, amount
from adapters.openai.organization_usage_query import CostsQuery, read_costs_query
from config.money import MicroUSD
from service.administration.endpoint import READERS, Endpoint
from service.administration.metering import asked_of, counted, paged, rows_of, span_of
from service.administration.office import Call
from service.usage import ADJUSTMENT, Counts, Dimension, Metering

_SOURCE: Final = "api_source"  # OpenAI's; nothing here comes from any of theirs


async def costs(call: Call) -> bytes:
    """Sum what is owed, by day; corrections are the line item "adjustment"."""
    query = read_costs_query(call.query)
    where = asked_of(call, query)
    if query.line_items:
        where["line_item"] = frozenset(query.line_items)
    span = await span_of(call, query)
    names = _dimensions(query)
    metering = Metering(call.office.store, call.office.names)
    buckets = await metering.costs(span.start, span.end, where=where, group_by=names)
    results = {
        bucket.start: [_result(*row, by_source=_SOURCE in query.group_by) for row in rows]
        for bucket in buckets
        if (rows := rows_of(bucket, names))
    }
    return encode(paged(buckets, results, span))


def _dimensions(query: CostsQuery) -> Sequence[Dimension]:
    return [cast("Dimension", name) for name in query.group_by if name != _SOURCE]


def _result(group: dict[str, Any], counts: Counts, *, by_source: bool) -> CostsResult:
    item = group.get("line_item")
    of_images = item is not None and item != ADJUSTMENT
    return CostsResult(
        amount=amount(MicroUSD(counts.microusd)),
        api_source="unlabeled" if by_source else None,
        quantity=counts.billed if of_images else None,
        quantity_unit="images" if of_images else None,
        **counted(counts),
        **group,
    )


COSTS: Final = (
    Endpoint(
        method="GET",
        path="/v1/organization/costs",
        may=READERS,
        of="narrowed",
        handle=costs,
        meters=True,
    ),
)
