"""A dry run: what a request would send and cost, with nothing held and nothing sent."""

from collections.abc import Mapping
from typing import Any

from adapters.ideogram.wire import Payload
from adapters.openai import replies
from adapters.openai.errors import ApiError
from adapters.store.client import Store
from adapters.translate.plan import Candidate, Plan
from config.catalogue import PriceStep
from config.money import total, usd
from service.answers import plan_headers, warned
from service.orders import SILENT, unavailable
from service.outbox import Answer


def in_force(candidate: Candidate, now_ms: int) -> PriceStep | None:
    """The price that applies at a moment of the store's clock."""
    steps = [step for step in candidate.schedule if step.effective_from_ms <= now_ms]
    return max(steps, default=None)


async def quote(plan: Plan, store: Store) -> Answer:
    """The price and the payloads of a plan. Raises ApiError."""
    try:
        now_ms = await store.time_ms()
    except SILENT as silence:
        raise unavailable() from silence
    step = in_force(plan.candidates[0], now_ms)
    if step is None:
        raise ApiError(
            "model_not_priced", f"{plan.model.name} has no price in force now.", param="model"
        )
    price = total(step.microusd, plan.images)
    facts = {
        "price_microusd": price,
        "price_usd": usd(price),
        "unit_microusd": step.microusd,
        "assumed": step.assumed,
        "price_table": plan.table_version,
        "images": plan.images,
        "model": plan.model.name,
        "operation": plan.operation,
        "rendering_speed": plan.speed,
        "upstream": plan.candidates[0].upstream.name,
        "calls": [_shown(payload) for payload in _payloads(plan)],
        "warnings": warned(plan.warnings),
    }
    headers = [
        ("x-ideogate-dry-run", "true"),
        ("x-ideogate-cost-usd", usd(price)),
        *plan_headers(plan, plan.warnings),
    ]
    return Answer(chunks=[replies.quote(facts)], headers=headers)


def _payloads(plan: Plan) -> list[Payload]:
    """The calls when enough places are free."""
    firsts = range(0, plan.images, plan.per_call)
    make = plan.candidates[0].payload
    return [make(first, min(plan.per_call, plan.images - first)) for first in firsts]


def _shown(payload: Payload) -> Mapping[str, Any]:
    facts: dict[str, Any] = {"path": payload.path, "images": payload.images}
    if payload.encoding == "json":
        return {**facts, "json": payload.body}
    fields: dict[str, Any] = {}
    for name, value in payload.fields:
        before = fields.get(name)
        fields[name] = value if before is None else [*_listed(before), value]
    files = [f"{f.field}: {f.content_type}, {len(f.content)} bytes" for f in payload.files]
    return {**facts, "fields": fields, "files": files}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
