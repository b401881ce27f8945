"""POST /v1/images/generations, from bytes to bytes."""

import asyncio
from typing import Final

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from adapters.openai.errors import ApiError
from adapters.openai.requests import read_generate
from adapters.store.client import Store
from adapters.translate.plan import Plan, Rules
from adapters.translate.quote import plan
from config.settings import Settings
from service.answers import answer
from service.current import Current
from service.deadlines import client_deadline
from service.faults import wrong_method
from service.guard import Guard
from service.intake import ClientLeft, Intake
from service.keys import Credential
from service.orders import Orders
from service.outbox import refuse_unread, send_answer, send_error
from service.quotes import quote
from service.render import Renderer
from service.stream import late, stream
from service.visit import Visit, method_of, visit_of

_TRUE: Final = frozenset({"true", "1", "yes", "on"})


class Generations:
    """The whole way of one generation (DESIGN 2)."""

    def __init__(
        self,
        current: Current,
        guard: Guard,
        intake: Intake,
        orders: Orders,
        renderer: Renderer,
        store: Store,
    ) -> None:
        self._current = current
        self._guard = guard
        self._intake = intake
        self._orders = orders
        self._renderer = renderer
        self._store = store

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = visit_of(scope)
        try:
            if method_of(scope) != "POST":
                raise wrong_method(scope, "POST")
            caller = await self._guard.caller(visit)
            strict = flag(visit, "x-ideogate-strict")
            dry = flag(visit, "x-ideogate-dry-run")
        except ApiError as refusal:
            await refuse_unread(send, receive, visit, refusal)
            return
        try:
            async with self._intake.json_body(visit, receive) as body:
                await self._serve(send, visit, caller, self._plan(visit, body, strict=strict), dry)
        except ClientLeft:
            return
        except ApiError as refusal:
            await send_error(send, refusal)

    def _plan(self, visit: Visit, body: bytes, *, strict: bool) -> Plan:
        defaults = self._current.settings
        ask = read_generate(body, unknown_parameters=defaults.unknown_parameters)
        if visit.deployment is not None:  # an Azure path's model wins over the body's
            ask = msgspec.structs.replace(ask, model=visit.deployment)
        planned = plan(ask, defaults.catalogue, defaults.upstreams, _rules(defaults, strict))
        visit.model = planned.model.name
        return planned

    async def _serve(
        self, send: Send, visit: Visit, caller: Credential, planned: Plan, dry: bool
    ) -> None:
        if dry:
            await send_answer(send, await quote(planned, self._store))
            return
        seconds = client_deadline(visit, self._current.settings.client_deadline)
        deadline = visit.began + seconds
        order = await self._orders.begin(planned, caller)
        if planned.delivery.stream:
            await stream(send, order, self._renderer, deadline)
            return
        try:
            async with asyncio.timeout_at(deadline):
                await order.over()
                reply = await answer(order, self._renderer)
        except TimeoutError:
            raise late(order) from None
        await send_answer(send, reply)


def _rules(settings: Settings, strict: bool) -> Rules:
    return Rules(
        size_policy=settings.size_policy,
        unknown_parameters=settings.unknown_parameters,
        strict=strict,
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


def generation_route(generations: Generations) -> ASGIRouteHandler:
    @asgi("/v1/images/generations", copy_scope=False)
    async def create_image(scope: Scope, receive: Receive, send: Send) -> None:
        await generations.handle(scope, receive, send)

    return create_image
