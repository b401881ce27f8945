"""POST /v1/images/generations, from bytes to a plan; placing.py takes it from there."""

from functools import partial
from typing import Final

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from adapters.openai.requests import read_generate
from adapters.translate.fingerprint import fingerprint
from adapters.translate.plan import Rules
from adapters.translate.quote import plan
from service.entrance import Entered, Entrance
from service.intake import Intake
from service.placing import Placing, Planned
from service.visit import Visit

PATH: Final = "/v1/images/generations"


class Generations:
    """The whole way of one generation (DESIGN 2)."""

    def __init__(self, entrance: Entrance, intake: Intake, placing: Placing) -> None:
        self._entrance = entrance
        self._intake = intake
        self._placing = placing

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entrance.let_in(scope, send, partial(self._draw, receive, send))

    async def _draw(self, receive: Receive, send: Send, entered: Entered) -> None:
        visit, caller, asked = entered
        async with self._intake.json_body(visit, receive) as body:
            planned = self._plan(visit, body, asked)
            await self._placing.serve(receive, send, visit, caller, planned)

    def _plan(self, visit: Visit, body: bytes, asked: Rules) -> Planned:
        settings = self._placing.current.settings
        ask = read_generate(body, unknown_parameters=asked.unknown_parameters)
        if visit.deployment is not None:  # an Azure path's model wins over the body's
            ask = msgspec.structs.replace(ask, model=visit.deployment)
        found = plan(ask, settings.catalogue, settings.upstreams, asked)
        return Planned(found, fingerprint(PATH, ask, found, strict=asked.strict))


def generation_route(generations: Generations) -> ASGIRouteHandler:
    @asgi(PATH, copy_scope=False)
    async def create_image(scope: Scope, receive: Receive, send: Send) -> None:
        await generations.handle(scope, receive, send)

    return create_image
