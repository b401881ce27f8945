"""POST /v1/images/edits, /variations and /descriptions: pictures in, from forms or JSON."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from adapters.ideogram.inputs import InputPictures
from adapters.openai import edits as reading
from adapters.openai.form import Parts
from adapters.openai.near import UnknownRule
from adapters.openai.requests import Edit
from adapters.translate.describing import plan_describe
from adapters.translate.edits import plan_edit
from adapters.translate.fingerprint import fingerprint
from adapters.translate.plan import Inputs, Plan, Rules
from adapters.translate.variations import plan_variation
from config.catalogue import Catalogue, Upstream
from config.settings import Settings
from service.entrance import Entered, Entrance
from service.intake import Intake
from service.links import resolved
from service.placing import Placing, Planned
from service.prepare import Prepare
from service.visit import Visit

# Of one picture of a form: what a data URL in JSON may hold (openai-images 2c). What is more than
# the upstream takes goes out smaller.
FILE_BYTES: Final = 15 * 1024 * 1024

ReadForm = Callable[..., Edit]
Planner = Callable[[Edit, Inputs, Catalogue, Sequence[Upstream], Rules], Plan]


class Kind(NamedTuple):
    """One route: how its bodies are read and planned. `own_mask`: see Prepare.inputs."""

    path: str
    read_form: ReadForm
    read_json: ReadForm | None
    plan: Planner
    own_mask: bool = False


KINDS: Final = (
    Kind(
        "/v1/images/edits", reading.read_edit_form, reading.read_edit_json, plan_edit, own_mask=True
    ),
    Kind("/v1/images/variations", reading.read_variation_form, None, plan_variation),
    Kind(
        "/v1/images/descriptions",
        reading.read_description_form,
        reading.read_description_json,
        plan_describe,
    ),
)


class Edits:
    """The whole way of a request that brings pictures (DESIGN 2)."""

    def __init__(
        self,
        entrance: Entrance,
        intake: Intake,
        pictures: InputPictures,
        prepare: Prepare,
        placing: Placing,
    ) -> None:
        self._entrance = entrance
        self._intake = intake
        self._pictures = pictures
        self._prepare = prepare
        self._placing = placing

    async def handle(self, kind: Kind, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entrance.let_in(scope, send, partial(self._draw, kind, receive, send))

    async def _draw(self, kind: Kind, receive: Receive, send: Send, entered: Entered) -> None:
        visit, caller, asked = entered
        file_bytes = largest_file(self._placing.current.settings)
        json = kind.read_json is not None
        async with self._intake.pictures(visit, receive, file_bytes, json=json) as body:
            planned = await self._plan(kind, visit, body, asked)
            await self._placing.serve(receive, send, visit, caller, planned)

    async def _plan(self, kind: Kind, visit: Visit, body: Parts | bytes, asked: Rules) -> Planned:
        settings = self._placing.current.settings
        ask = _read(kind, body, asked.unknown_parameters)
        if visit.deployment is not None:  # an Azure path's model wins over the body's
            ask = msgspec.structs.replace(ask, model=visit.deployment)
        found = await resolved(ask, self._pictures, most=settings.max_body)
        inputs = await self._prepare.inputs(
            found, max_file=settings.max_file, own_mask=kind.own_mask
        )
        plan = kind.plan(found, inputs, settings.catalogue, settings.upstreams, asked)
        # beside the loop: 50 MiB take their time
        digest = await asyncio.to_thread(fingerprint, kind.path, ask, plan, strict=asked.strict)
        return Planned(plan, digest)


def largest_file(settings: Settings) -> int:
    """Bytes of one picture: what is over the upstream's own cap goes out smaller."""
    return max(FILE_BYTES, settings.max_file)


def _read(kind: Kind, body: Parts | bytes, rule: UnknownRule) -> Edit:
    if isinstance(body, bytes):
        assert kind.read_json is not None  # noqa: S101  the intake refuses JSON elsewhere
        return kind.read_json(body, unknown_parameters=rule)
    return kind.read_form(body, unknown_parameters=rule)


def edit_routes(edits: Edits) -> list[ASGIRouteHandler]:
    return [_route(edits, kind) for kind in KINDS]


def _route(edits: Edits, kind: Kind) -> ASGIRouteHandler:
    @asgi(kind.path, copy_scope=False)
    async def send_pictures(scope: Scope, receive: Receive, send: Send) -> None:
        await edits.handle(kind, scope, receive, send)

    return send_pictures
