"""POST /v1/images/generations, from bytes to a plan; placing.py takes it from there."""

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from adapters.openai.errors import ApiError
from adapters.openai.requests import read_generate
from adapters.translate.plan import Plan, Rules
from adapters.translate.quote import plan
from service.faults import wrong_method
from service.guard import Guard
from service.intake import ClientLeft, Intake
from service.outbox import send_error
from service.placing import Placing, rules
from service.visit import Visit, visit_of


class Generations:
    """The whole way of one generation (DESIGN 2)."""

    def __init__(self, guard: Guard, intake: Intake, placing: Placing) -> None:
        self._guard = guard
        self._intake = intake
        self._placing = placing

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = visit_of(scope)
        try:
            if visit.method != "POST":
                raise wrong_method(visit, "POST")
            caller = await self._guard.caller(visit)
            asked = rules(self._placing.current.settings, visit)
            async with self._intake.json_body(visit, receive) as body:
                await self._placing.serve(send, visit, caller, self._plan(visit, body, asked))
        except ClientLeft:
            return
        except ApiError as refusal:
            await send_error(send, refusal)

    def _plan(self, visit: Visit, body: bytes, asked: Rules) -> Plan:
        settings = self._placing.current.settings
        ask = read_generate(body, unknown_parameters=asked.unknown_parameters)
        if visit.deployment is not None:  # an Azure path's model wins over the body's
            ask = msgspec.structs.replace(ask, model=visit.deployment)
        return plan(ask, settings.catalogue, settings.upstreams, asked)


def generation_route(generations: Generations) -> ASGIRouteHandler:
    @asgi("/v1/images/generations", copy_scope=False)
    async def create_image(scope: Scope, receive: Receive, send: Send) -> None:
        await generations.handle(scope, receive, send)

    return create_image
