"""From a plan to its answer: quoted, or held, drawn and told, within the caller's deadline."""

import asyncio
from typing import Final

from litestar.types import Send

from adapters.openai.errors import ApiError
from adapters.store.client import Store
from adapters.translate.plan import Plan, Rules
from config.settings import Settings
from service.answers import answer
from service.current import Current
from service.deadlines import client_deadline
from service.descriptions import description
from service.keys import Credential
from service.orders import Orders
from service.outbox import send_answer
from service.quotes import quote
from service.render import Renderer
from service.stream import stream
from service.visit import Visit

_TRUE: Final = frozenset({"true", "1", "yes", "on"})


class Placing:
    """What every image route does once its plan stands."""

    def __init__(self, current: Current, orders: Orders, renderer: Renderer, store: Store) -> None:
        self.current = current
        self._orders = orders
        self._renderer = renderer
        self._store = store

    async def serve(self, send: Send, visit: Visit, caller: Credential, plan: Plan) -> None:
        """Answer a plan. Raises ApiError."""
        visit.model = plan.model.name
        if flag(visit, "x-ideogate-dry-run"):
            await send_answer(send, await quote(plan, self._store))
            return
        deadline = visit.began + client_deadline(visit, self.current.settings.client_deadline)
        if asyncio.get_running_loop().time() >= deadline:
            raise ApiError("timeout", "The body arrived after the deadline. Nothing was sent.")
        order = await self._orders.begin(plan, caller)
        visit.order = order.id
        if plan.operation == "describe":
            await send_answer(send, await description(order, deadline))
        elif plan.delivery.stream:
            await stream(send, order, self._renderer, deadline)
        else:
            await send_answer(send, await answer(order, self._renderer, deadline))


def rules(settings: Settings, visit: Visit) -> Rules:
    """The operator's defaults, and what this request asks for. Raises ApiError."""
    return Rules(
        size_policy=settings.size_policy,
        unknown_parameters=settings.unknown_parameters,
        strict=flag(visit, "x-ideogate-strict"),
        max_ratio_error=settings.max_ratio_error,
    )


def flag(visit: Visit, name: str) -> bool:
    """A header that says yes or no. Raises ApiError for anything else."""
    text = (visit.header(name) or "").lower()
    if text in _TRUE:
        return True
    if text in ("", "false", "0", "no", "off"):
        return False
    raise ApiError("invalid_value", f"The header {name} takes true or false.", param=name)
