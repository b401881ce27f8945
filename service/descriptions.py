"""What a description came to: the supplier's words, and what they cost."""

import asyncio

from adapters.ideogram.outcome import Delivered
from adapters.openai import replies
from service.answers import cost_headers, created_at, ideogate, late, nothing_came, plan_headers
from service.order import Order
from service.outbox import Answer


async def description(order: Order, deadline: float) -> Answer:
    """The JSON reply of an order that describes. `deadline` is loop time. Raises ApiError."""
    try:
        async with asyncio.timeout_at(deadline):
            await order.over()
    except TimeoutError:
        raise late(order) from None
    texts = texts_of(order)
    if not texts:
        raise nothing_came(order)
    warnings = order.plan.warnings
    body = replies.descriptions(
        texts, created=created_at(order), ideogate=ideogate(order, warnings)
    )
    return Answer(
        chunks=[body], headers=[*cost_headers(order), *plan_headers(order.plan, warnings)]
    )


def texts_of(order: Order) -> list[str]:
    return [
        text
        for ended in order.ended
        if isinstance(ended.outcome, Delivered)
        for text in ended.outcome.descriptions
    ]
