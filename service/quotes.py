"""A dry run: what a request would send and cost, with nothing held and nothing sent."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.ideogram.wire import Payload
from adapters.openai import replies
from adapters.store.client import Store
from adapters.translate.plan import Candidate, Plan
from config.catalogue import PriceStep
from config.money import MicroUSD, add, total, usd
from service.answers import plan_headers, warned
from service.ledger import Unpriced
from service.outbox import Answer
from service.refusals import not_started, unavailable
from service.settling import SILENT

DESCRIBED: Final = "(the text of the description)"


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
    lead = in_force(plan.lead.candidates[0], now_ms) if plan.lead else None
    if step is None or (plan.lead and lead is None):
        raise not_started(Unpriced(), plan)
    price = add(total(step.microusd, plan.images), lead.microusd if lead else MicroUSD(0))
    facts = {
        "price_microusd": price,
        "price_usd": usd(price),
        "unit_microusd": step.microusd,
        "assumed": step.assumed or (lead is not None and lead.assumed),
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
    candidate = plan.candidates[0]
    leading: list[Payload] = []
    if plan.lead is not None:
        leading = [plan.lead.candidates[0].payload(0, 1)]
        candidate = plan.lead.then(DESCRIBED)[0]
    make = candidate.payload
    rest = [make(first, min(plan.per_call, plan.images - first)) for first in firsts]
    return leading + rest


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
