"""The one builder: settings in, the application out. Nothing exists before it, nothing is global."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from adapters.ideogram.client import Ideogram
from adapters.ideogram.inputs import InputPictures
from adapters.ideogram.transport import in_process
from adapters.openai.errors import ApiError
from adapters.sandbox.app import Sandbox
from adapters.sandbox.app import build as build_sandbox
from config.catalogue import Upstream
from config.settings import Settings
from service.administration.gate import Gate
from service.administration.office import Office
from service.administration.routes import administration_routes
from service.administration.table import ENDPOINTS
from service.budget import ByteBudget
from service.current import Current
from service.defaults import Defaults
from service.desk import Desk
from service.edits import Edits, edit_routes, largest_file
from service.entrance import Entrance
from service.faults import on_accident, on_api_error, on_http_error
from service.front import Front
from service.guard import Guard
from service.health import State, health_routes
from service.images import Generations, generation_route
from service.intake import Intake
from service.keeping import keep_books
from service.key_records import KeyRecords
from service.keys import Keys
from service.ledger import Ledger
from service.models import model_routes
from service.openapi import openapi_route
from service.orders import Orders
from service.pictures import SANDBOX_PATH, picture_route
from service.placing import Placing
from service.pool import PIXEL_THREADS, pixel_pool
from service.prepare import Prepare
from service.projects import Projects
from service.render import Renderer
from service.replay import Replay
from service.safeguards import Safeguards
from service.slots import Slots
from service.storeroom import Storeroom
from service.users import Users
from service.uses import Uses

ADMIN_BODY: Final = 1024 * 1024  # bytes


class Built(msgspec.Struct, frozen=True):
    """The application, and what `serve` needs to drain it."""

    app: Litestar
    state: State
    desk: Desk
    keys: Keys
    current: Current
    defaults: Defaults


async def build(
    settings: Settings,
    room: Storeroom,
    stack: AsyncExitStack,
    *,
    at: Callable[[str], None] | None = None,
) -> Built:
    """Make every object and hand it on by argument. `stack` closes them in reverse.

    `room` is the open store with its names and peppers (storeroom.py); `at`: see safeguards.py.
    """
    keys = Keys(room.store, room.names, room.peppers)
    guard = _guard(keys, room, stack)
    sandbox = _sandbox(settings, room)
    current = _current(settings, sandbox, stack)
    defaults = await _defaults(settings, room, stack)
    ledger = _ledger(room, current)
    desk = Desk()
    slots = Slots(ledger)
    pool = _pool(stack)
    state = State()
    guards = keep_books(settings, room, ledger, slots, stack, at)
    orders = Orders(ledger, current.suppliers, desk, slots, state, guards=guards)
    replay = Replay(orders, room.store, room.names, room.peppers, desk)
    placing = Placing(current, replay, _renderer(settings, pool), room.store)
    entrance = Entrance(guard, placing)
    intake = Intake(settings.max_body, ByteBudget(settings.upload_bytes))
    pictures = InputPictures(settings.input_hosts, max_file=largest_file(settings))
    prepare = Prepare(pool, at_once=PIXEL_THREADS)
    app = _routed(
        generation_route(Generations(entrance, intake, placing)),
        *edit_routes(Edits(entrance, intake, pictures, prepare, placing)),
        *model_routes(current, guard),
        *health_routes(state, room.store, lambda: _facts(current.settings, room, guards)),
        openapi_route(settings),
        administration_routes(_office(room, keys, current), Gate(guard), ENDPOINTS),
        *([picture_route(sandbox.pictures)] if sandbox else []),
    )
    app.asgi_handler = Front(app.asgi_handler, settings.cors_origins, settings.trusted_proxies)
    return Built(app, state, desk, keys, current, defaults)


def _guard(keys: Keys, room: Storeroom, stack: AsyncExitStack) -> Guard:
    uses = Uses(room.store, room.names)
    stack.push_async_callback(uses.drain)
    return Guard(keys, uses)


def _current(settings: Settings, sandbox: Sandbox | None, stack: AsyncExitStack) -> Current:
    current = Current(settings, lambda now, one: _supplier(now, one, sandbox))
    stack.push_async_callback(current.aclose)
    return current


def _ledger(room: Storeroom, current: Current) -> Ledger:
    users = Users(room.peppers[0], lambda: current.settings)
    return Ledger(room.store, room.names, users=users)


def _pool(stack: AsyncExitStack) -> ThreadPoolExecutor:
    pool = pixel_pool()
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)
    return pool


def _renderer(settings: Settings, pool: ThreadPoolExecutor) -> Renderer:
    return Renderer(ByteBudget(settings.download_bytes), pool)


async def _defaults(settings: Settings, room: Storeroom, stack: AsyncExitStack) -> Defaults:
    defaults = Defaults(room.store, room.names)
    stack.callback(defaults.close)
    await defaults.put_in_force(settings.inherited)
    return defaults


def _office(room: Storeroom, keys: Keys, current: Current) -> Office:
    return Office(
        store=room.store,
        names=room.names,
        keys=keys,
        records=KeyRecords(room.store, room.names, keys),
        projects=Projects(room.store, room.names),
        current=current,
        intake=Intake(ADMIN_BODY, ByteBudget(ADMIN_BODY * 8)),
        peppers=room.peppers,
    )


def _routed(*routes: BaseRouteHandler) -> Litestar:
    """The framework, told to leave refusals and the document to us."""
    return Litestar(
        route_handlers=routes,
        exception_handlers={
            ApiError: on_api_error,
            HTTPException: on_http_error,
            Exception: on_accident,
        },
        openapi_config=None,
        logging_config=None,
    )


def _sandbox(settings: Settings, room: Storeroom) -> Sandbox | None:
    """The in-process stand-in, when it was chosen; its pictures lie beside the embedded store."""
    if not settings.sandbox:
        return None
    folder = room.folder / "pictures" if room.folder else None
    slots = max(one.slots for one in settings.upstreams)
    return build_sandbox(
        public_url=settings.public_url, folder=folder, limit=slots, prefix=SANDBOX_PATH
    )


def _supplier(settings: Settings, upstream: Upstream, sandbox: Sandbox | None) -> Ideogram:
    inside: Mapping[str, Any] = {}
    keys = [secret.reveal() for secret in settings.upstream_keys.get(upstream.name, ())]
    base_url = upstream.base_url
    if sandbox is not None and upstream.name == "sandbox":
        inside = {"transport": in_process(sandbox), "download_transport": in_process(sandbox)}
        keys, base_url = ["sandbox"], settings.public_url + SANDBOX_PATH
    return Ideogram(
        base_url,
        keys,
        failed_is_free=upstream.failed_is_free,
        image_hosts=settings.image_hosts,
        deadline=settings.upstream_deadline,
        **inside,
    )


def _facts(settings: Settings, room: Storeroom, guards: Safeguards) -> dict[str, Any]:
    return {
        "upstreams": [{"name": u.name, "slots": u.slots} for u in settings.upstreams],
        "price_table": settings.catalogue.table_version,
        "store_kind": room.kind,
        "ledger": guards.ledger(),
    }
