"""A retry pays once: which order a request repeats, and that it is handed out once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import structlog

from adapters.openai.errors import ApiError
from adapters.store.client import Store
from adapters.translate.plan import Plan
from service.desk import Desk
from service.guard import credential_in
from service.joining import Joining
from service.keys import Credential
from service.keyspace import Keyspace
from service.order import Order
from service.orders import Orders
from service.scripts import CLAIM, REFUSED
from service.settling import SILENT
from service.ticket import Ticket, ticket_of
from service.vault import drawer
from service.visit import Visit

_log = structlog.get_logger()
RENEW_SECONDS: Final = 1.0  # a third of what a claim lasts without (lua/replay.lua)
MARK_MS: Final = 120_000  # clients come again within 60 s and their own backoff (openai-images 7c)
TRIES: Final = 100  # of a note that the store did not take, 0.2 s apart
AGAIN_SECONDS: Final = 0.2


class Replay:
    """What stands between a request and a new order."""

    def __init__(
        self, orders: Orders, store: Store, names: Keyspace, peppers: Sequence[bytes], desk: Desk
    ) -> None:
        self._orders = orders
        self._store = store
        self._names = names
        self._peppers = tuple(peppers)  # the current one first
        self._desk = desk
        self._joining = Joining(store, names)

    def ticket(self, visit: Visit, digest: bytes) -> Ticket:
        """For a request whose caller was let in. Raises ApiError."""
        key = credential_in(visit) or ""
        return ticket_of(visit, [drawer(key, pepper) for pepper in self._peppers], digest)

    @asynccontextmanager
    async def order(self, plan: Plan, caller: Credential, ticket: Ticket) -> AsyncIterator[Order]:
        """A new order, or the one that this request repeats, for as long as the block runs.

        Raises ApiError; then nothing was sent. A claim that the block did not hand out (see
        `delivered`) is free again after it.
        """
        try:
            begun = await self._orders.begin(plan, caller, ticket)
        except ApiError as refusal:
            if ticket.token:
                self._surely(lambda: self._claim(ticket, "release"))
            await self._refused_at_once(ticket, refusal)
            raise
        if isinstance(begun, Order):
            yield begun
            return
        order = self._joining.order(begun.folio, plan, begun.supplier, ticket)
        work = [asyncio.create_task(self._joining.follow(order))]
        if ticket.token:
            work.append(asyncio.create_task(self._keep_claim(ticket)))
        try:
            yield order
        finally:
            for task in work:
                task.cancel()
            if ticket.token:
                self._surely(lambda: self._claim(ticket, "release"))

    def delivered(self, order: Order) -> None:
        """It was answered to the end, so no retry may claim it."""
        ticket = order.ticket
        if ticket is not None and not ticket.name:
            for unclaimed in self._unclaimed(ticket):
                self._surely(partial(self._store.call, "ZREM", unclaimed, order.id))

    async def refused(self, order: Order, refusal: ApiError) -> None:
        """Before a refusal goes out of which the books know an order that came to nothing."""
        free = all(ended.verb == "void" for ended in order.ended)
        if order.ticket is not None and refusal.retry and not order.late and free:
            await self._mark(order.ticket, order.id)

    async def refused_unplaced(self, ticket: Ticket, refusal: ApiError) -> None:
        """Before a refusal of a request that had not come as far as an order."""
        await self._refused_at_once(ticket, refusal)

    async def _refused_at_once(self, ticket: Ticket, refusal: ApiError) -> None:
        # a retry that did not reach its start stands where it stood: it has used up no mark
        started = refusal.code == "rate_limit_exceeded"
        if refusal.retry and (started or not ticket.token):
            await self._mark(ticket, None)

    async def _mark(self, ticket: Ticket, order: str | None) -> None:
        if ticket.name:
            return
        keys = [self._names.refused(ticket.print)]
        if order is not None:
            keys.append(self._names.order(order))
        try:
            await self._store.run(REFUSED, keys, [MARK_MS])
        except SILENT:
            self._surely(lambda: self._store.run(REFUSED, keys, [MARK_MS]))

    async def _keep_claim(self, ticket: Ticket) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._claim(ticket, "renew")
            except SILENT as silence:
                _log.warning("claim_not_renewed", reason=str(silence))

    async def _claim(self, ticket: Ticket, verb: str) -> None:
        for unclaimed in self._unclaimed(ticket):
            await self._store.run(CLAIM, [unclaimed], [ticket.token, verb, self._names.order("")])

    def _unclaimed(self, ticket: Ticket) -> list[str]:
        return [self._names.unclaimed(print_) for print_ in ticket.prints]

    def _surely(self, note: Callable[[], Awaitable[Any]]) -> None:
        """Beside the answer, and again while the store is silent; without it a retry may pay."""

        async def again() -> None:
            for _ in range(TRIES):
                try:
                    await note()
                except SILENT:
                    await asyncio.sleep(AGAIN_SECONDS)
                else:
                    return
            _log.error("replay_not_noted")

        self._desk.keep(again(), firm=True)
