"""What a caller is told of an order."""

import json
from collections.abc import Sequence
from typing import Any

from adapters.openai.errors import ApiError
from service.answers import answer
from service.faults import error_headers
from service.order import Order
from tests.money.books import in_time, renderer


class Told:
    """What the caller got: a reply or an error, with its headers."""

    def __init__(self, status: int, body: dict[str, Any], headers: Sequence[tuple[str, str]]):
        self.status = status
        self.body = body
        self.headers = dict(headers)


async def told(order: Order) -> Told:
    try:
        reply = await answer(order, renderer(), in_time())
    except ApiError as refusal:
        body = {"code": refusal.shape.code, "message": refusal.message, "param": refusal.param}
        return Told(refusal.shape.status, body, error_headers(refusal))
    return Told(reply.status, json.loads(b"".join(reply.chunks)), reply.headers)
