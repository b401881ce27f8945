"""Pictures as they come: one event each, comments meanwhile, errors in the nested form."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from litestar.types import Send

from adapters.openai import events
from adapters.openai.errors import ApiError
from service.answers import (
    created_at,
    format_of,
    ideogate,
    lost,
    missing,
    nothing_came,
    placed,
    plan_headers,
    size_of,
)
from service.orders import Ended, Order
from service.outbox import piece, start
from service.render import Lost, Renderer

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
        ("x-ideogate-images-requested", str(order.plan.images)),
        *plan_headers(order.plan, order.plan.warnings),
    ]
    await start(send, 200, headers)
    sent = 0
    problem: ApiError | None = None
    try:
        async for ended in _within(order, send, deadline, every):
            sent += await _show(send, order, renderer, ended)
    except ApiError as error:
        problem = error
    if problem is None and sent == 0:
        problem = nothing_came(order) if not _delivered(order) else _not_home()
    for warning in missing(order) if problem is None else ():
        await piece(send, f": warning {warning.code}: {warning.message}\n\n".encode(), more=True)
    tail = events.END if problem is None else events.error(problem)
    await piece(send, tail, more=False)


def _delivered(order: Order) -> bool:
    return any(placed(ended) for ended in order.ended)


def _not_home() -> ApiError:
    return ApiError(
        "result_expired", "The pictures were drawn and are billed, but could not be downloaded."
    )


async def _within(order: Order, send: Send, deadline: float, every: float) -> AsyncIterator[Ended]:
    """The ends of calls until the deadline, with keepalive comments in between."""
    ends = aiter(order.stream())
    waiting = asyncio.ensure_future(anext(ends, None))
    loop = asyncio.get_running_loop()
    try:
        while True:
            left = deadline - loop.time()
            if left <= 0:
                raise late(order)
            done, _ = await asyncio.wait({waiting}, timeout=min(every, left))
            if not done:
                await piece(send, events.KEEPALIVE, more=True)
                continue
            ended = waiting.result()
            if ended is None:
                return
            yield ended
            waiting = asyncio.ensure_future(anext(ends, None))
    finally:
        waiting.cancel()


def late(order: Order) -> ApiError:
    """The caller's deadline passed; the calls that were sent run on and are billed."""
    order.abandoned = True
    return ApiError(
        "timeout",
        "The pictures are not ready within the deadline. What Ideogram has begun it finishes and "
        "bills, so sending the request again would pay twice.",
        retry=False,
    )


async def _show(send: Send, order: Order, renderer: Renderer, ended: Ended) -> int:
    """Send the pictures of one call one by one; says how many."""
    sent = 0
    for place in placed(ended):
        async with renderer.room(order.plan, 1):
            shown = await renderer.show(place.picture, order.plan)
            if isinstance(shown, Lost):
                comment = f": warning {lost(place.index, order.plan, shown).message}\n\n"
                await piece(send, comment.encode(), more=True)
                continue
            extras = {"index": place.index, "ideogate": ideogate(order, order.plan.warnings)}
            for chunk in events.completed(
                "image_generation",
                shown,
                created_at=created_at(order),
                size=size_of([shown], order.plan),
                quality=order.plan.delivery.quality,
                output_format=format_of(order.plan),
                extras=extras,
            ):
                await piece(send, chunk, more=True)
            sent += 1
    return sent
