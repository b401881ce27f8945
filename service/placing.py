"""From a plan to its answer: quoted, or held, drawn and told, within the caller's deadline."""

import asyncio
from typing import Final, Literal, NamedTuple, cast

from litestar.types import Receive, Send

from adapters.openai.errors import ApiError
from adapters.store.client import Store
from adapters.translate.plan import Plan, Rules
from config.settings import Settings, UnknownRule
from service.allowance import rate_headers
from service.answers import answer
from service.current import Current
from service.deadlines import client_deadline
from service.descriptions import description
from service.keys import Credential
from service.keyspace import Keyspace
from service.left import tell_rates
from service.order import Order
from service.outbox import send_answer, send_error
from service.permits import refuse_forbidden
from service.presence import Presence, present
from service.quotes import quote
from service.render import Renderer
from service.replay import Replay
from service.stream import stream
from service.visit import Visit

_TRUE: Final = frozenset({"true", "1", "yes", "on"})


class Planned(NamedTuple):
    """A request as it will be drawn. `digest`: what it asks for (fingerprint.py)."""

    plan: Plan
    digest: bytes


class Placing:
    """What every image route does once its plan stands."""

    def __init__(self, current: Current, replay: Replay, renderer: Renderer, store: Store) -> None:
        self.current = current
        self._replay = replay
        self._renderer = renderer
        self._store = store

    async def serve(
        self, receive: Receive, send: Send, visit: Visit, caller: Credential, planned: Planned
    ) -> None:
        """Answer a plan; the body has been read. Raises ApiError, ClientLeft."""
        plan, digest = planned
        visit.model = plan.model.name
        refuse_forbidden(caller.permits, self.current.settings.catalogue, plan)
        if flag(visit, "x-ideogate-dry-run"):
            quoted = await quote(plan, self._store)
            await self._tell_rates(visit)
            await send_answer(send, quoted)
            return
        ticket = self._replay.ticket(visit, digest)
        deadline = visit.began + client_deadline(visit, self.current.settings.client_deadline)
        if asyncio.get_running_loop().time() >= deadline:
            refusal = ApiError("timeout", "The body arrived after the deadline. Nothing was sent.")
            await self._replay.refused_unplaced(ticket, refusal)
            raise refusal
        async with self._replay.order(plan, caller, ticket) as order, present(receive) as here:
            visit.order = order.id
            visit.rates = rate_headers(order.held.rates)
            await self._tell_rates(visit)  # of a repeat, which took nothing from them
            await here.meanwhile(self._told(send, order, deadline, here))

    async def refuse(self, send: Send, visit: Visit, refusal: ApiError) -> None:
        """Answer a request that did not come to an order."""
        await self._tell_rates(visit, refusal)
        await send_error(send, refusal)

    async def _tell_rates(self, visit: Visit, refusal: ApiError | None = None) -> None:
        settings = self.current.settings
        names, model = Keyspace(settings.organization), settings.catalogue.default_model
        await tell_rates(self._store, names, visit, model=model, refusal=refusal)

    async def _told(self, send: Send, order: Order, deadline: float, here: Presence) -> None:
        try:
            await self._tell(send, order, deadline)
        except ApiError as refusal:
            await self._replay.refused(order, refusal)
            await send_error(send, refusal)
        # nothing is awaited in between: a complete answer looks as if the caller had left
        if not here.gone and not order.late:
            self._replay.delivered(order)

    async def _tell(self, send: Send, order: Order, deadline: float) -> None:
        if order.plan.operation == "describe":
            await send_answer(send, await description(order, deadline))
        elif order.plan.delivery.stream:
            await stream(send, order, self._renderer, deadline)
        else:
            await send_answer(send, await answer(order, self._renderer, deadline))


def rules(settings: Settings, visit: Visit, caller: Credential) -> Rules:
    """The operator's defaults, the project's rule over them, and what this request asks for. Raises
    ApiError.
    """
    own = cast("UnknownRule | Literal['']", caller.unknown_parameters)
    return Rules(
        size_policy=settings.size_policy,
        unknown_parameters=own or settings.unknown_parameters,
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
