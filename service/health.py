"""Is it alive, is it ready: for probes, and in words for people."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from adapters.store.client import Store, StoreRefused, StoreSilent


class State:
    """What the probes ask for. `draining` turns ready red while the listener stays open."""

    def __init__(self) -> None:
        self.started = False
        self.draining = False

    @property
    def ready(self) -> bool:
        return self.started and not self.draining


def health_routes(
    state: State, store: Store, facts: Callable[[], dict[str, Any]]
) -> list[HTTPRouteHandler]:
    """`facts`: what a person wants to see beside the store's state (no secrets)."""

    @get("/health/live", status_code=200)
    async def live() -> Response[bytes]:
        """The loop turns; nothing else is asked."""
        await asyncio.sleep(0)
        return _json({"status": "live"}, 200)

    @get("/health/ready", status_code=200)
    async def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Started once with a working store, and not draining. A later outage of the store shows
        only in `?verbose`: an empty Service would answer HTML instead of our 503.
        """
        status = "ready" if state.ready else "draining" if state.draining else "starting"
        body: dict[str, Any] = {"status": status}
        if "verbose" in request.query_params:
            body |= {**facts(), "store": await _store_says(store)}
        return _json(body, 200 if state.ready else 503)

    return [live, ready]


async def _store_says(store: Store) -> str:
    try:
        await store.ping()
    except (StoreSilent, StoreRefused) as silence:
        return f"silent: {silence}"
    return "answers"


def _json(body: dict[str, Any], status: int) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
