"""Pictures as they come: one event each, comments meanwhile, errors in the nested form."""

import asyncio
from collections.abc import Coroutine
from math import inf
from typing import Any, Final, TypeVar

from litestar.types import Send

from adapters.openai import events
from adapters.openai.errors import ApiError
from adapters.openai.replies import Shown
from adapters.translate.plan import Warn
from service.answers import (
    Placed,
    all_lost,
    created_at,
    format_of,
    ideogate,
    late,
    lost,
    missing,
    nothing_came,
    order_header,
    placed,
    plan_headers,
    size_of,
)
from service.order import Ended, Order
from service.outbox import piece, start
from service.render import Lost, Renderer

T = TypeVar("T")
KEEPALIVE_SECONDS: Final = 10.0


async def stream(
    send: Send,
    order: Order,
    renderer: Renderer,
    deadline: float,
    *,
    every: float = KEEPALIVE_SECONDS,
) -> None:
    """Send the headers at once and an event for each picture as its call ends.

    `deadline` is loop time, seconds. An order without a picture, or one that is late, ends in an
    error event: the status has long been 200.
    """
    headers = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        order_header(order),
        ("x-ideogate-images-requested", str(order.plan.images)),
        *plan_headers(order.plan, order.plan.warnings),
    ]
    await start(send, 200, headers)
    telling = _Telling(send, order, renderer, deadline, every)
    try:
        tail = await telling.all()
    except ApiError as problem:
        tail = events.error(problem)
    await piece(send, tail, more=False)


class _Telling:
    """One stream: what it has shown, and what it lost."""

    def __init__(
        self, send: Send, order: Order, renderer: Renderer, deadline: float, every: float
    ) -> None:
        self._send = send
        self._order = order
        self._renderer = renderer
        self._deadline = deadline
        self._every = every
        self._shown = 0
        self._lost: list[Warn] = []

    async def all(self) -> bytes:
        """Everything but the last bytes, which it answers. Raises ApiError."""
        while (ended := await self._meanwhile(self._order.news(), self._deadline)) is not None:
            await self._call(ended)
        if self._shown == 0:
            if self._lost:
                raise all_lost(self._order, self._lost, self._deadline)
            raise nothing_came(self._order)
        for warning in missing(self._order):
            await self._remark(warning)
        return events.END

    async def _call(self, ended: Ended) -> None:
        """The pictures of one call: fetched side by side, told in order of index."""
        places = placed(ended)
        fetching = [
            asyncio.create_task(self._renderer.show([place.picture], self._order, self._deadline))
            for place in places
        ]
        try:
            for place, fetch in zip(places, fetching, strict=True):
                (one,) = await self._meanwhile(_result(fetch))  # has its own deadline
                if isinstance(one, Lost):
                    self._lost.append(lost(place.index, self._order.plan, one))
                    await self._remark(self._lost[-1])
                else:
                    await self._event(place, one)
        finally:
            for fetch in fetching:
                fetch.cancel()

    async def _event(self, place: Placed, shown: Shown) -> None:
        order = self._order
        extras = {"index": place.index, "ideogate": ideogate(order, order.plan.warnings)}
        for chunk in events.completed(
            "image_generation" if order.plan.operation == "generate" else "image_edit",
            shown,
            created_at=created_at(order),
            size=size_of([shown], order.plan),
            quality=order.plan.delivery.quality,
            output_format=format_of(order.plan),
            extras=extras,
        ):
            await piece(self._send, chunk, more=True)
        self._shown += 1

    async def _remark(self, warning: Warn) -> None:
        """As a comment, on one line: a link is the supplier's text."""
        text = " ".join(f"warning {warning.code}: {warning.message}".split())
        await piece(self._send, f": {text}\n\n".encode(), more=True)

    async def _meanwhile(self, work: Coroutine[Any, Any, T], deadline: float = inf) -> T:
        """Keepalive comments until it is done. Raises ApiError at the deadline."""
        task = asyncio.create_task(work)
        loop = asyncio.get_running_loop()
        try:
            while True:
                left = deadline - loop.time()
                done, _ = await asyncio.wait({task}, timeout=max(0.0, min(self._every, left)))
                if done:
                    return task.result()
                if left <= self._every:
                    raise late(self._order)
                await piece(self._send, events.KEEPALIVE, more=True)
        finally:
            task.cancel()


async def _result(task: asyncio.Task[T]) -> T:
    return await task
