"""What an order came to, told to its caller: pictures in order, warnings, costs, or one error."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from adapters.ideogram.outcome import Delivered, Outcome, Picture
from adapters.openai import replies
from adapters.openai.errors import ApiError
from adapters.openai.replies import OutputFormat, Shown
from adapters.translate.plan import Plan, Warn
from config.money import MicroUSD, usd
from service.order import Ended, Order
from service.orders import NOT_SENT
from service.outbox import Answer, Headers
from service.render import Lost, Renderer
from service.verdict import DESCRIBED, FREE, gravity, refusal


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """An order in numbers. `cost`: micro-USD posted; `parked`: reserved until known."""

    requested: int
    delivered: int
    billed: int
    cost: MicroUSD
    parked: MicroUSD


class Placed(msgspec.Struct, frozen=True):
    """A picture at its place in the order."""

    index: int
    picture: Picture


def tally(order: Order) -> Tally:
    pictures = [picture for ended in order.ended for picture in _pictures(ended)]
    delivered = sum(1 for picture in pictures if picture.safe)
    billed = len(pictures)
    if order.plan.operation == "describe":  # its text is the one thing that it was for
        delivered = billed = sum(1 for ended in order.ended if ended.verb == "post")
    return Tally(
        requested=order.plan.images,
        delivered=delivered,
        billed=billed,
        cost=MicroUSD(sum(e.amount for e in order.ended if e.verb == "post")),
        parked=MicroUSD(sum(e.amount for e in order.ended if e.verb == "park")),
    )


def _pictures(ended: Ended) -> tuple[Picture, ...]:
    """Of more than was asked, what was asked: the others are the house's."""
    return ended.outcome.pictures[: ended.images] if isinstance(ended.outcome, Delivered) else ()


def placed(ended: Ended) -> list[Placed]:
    """The safe pictures of one call, each at its index in the order."""
    return [
        Placed(ended.first + place, picture)
        for place, picture in enumerate(_pictures(ended))
        if picture.safe
    ]


def missing(order: Order) -> list[Warn]:
    """A warning for each image that was asked for and did not come, with why and at what cost."""
    why: dict[int, str] = {}
    for ended in order.ended:
        pictures = _pictures(ended)
        for place in range(ended.images):
            if place < len(pictures):
                if not pictures[place].safe:
                    why[ended.first + place] = _withheld(order)
            else:
                why[ended.first + place] = _reason(ended)
    came = {p.index for ended in order.ended for p in placed(ended)}
    return [
        Warn(
            "image_missing",
            "n",
            f"Image {index + 1} of {order.plan.images} is missing: "
            f"{why.get(index, 'it was not sent; it is not billed')}.",
        )
        for index in range(order.plan.images)
        if index not in came
    ]


def _withheld(order: Order) -> str:
    billed = "it is not billed" if order.held.terms.house else "it is billed all the same"
    return f"Ideogram's safety check withheld it; {billed}"


def _reason(ended: Ended) -> str:
    if ended.verb == "post":
        return "Ideogram returned fewer images than asked; it is not billed"
    if ended.verb == "park":
        return "Ideogram's answer was lost; its price stays reserved until that is settled"
    return "Ideogram did not draw it; it is not billed"


def lost(place: int, plan: Plan, loss: Lost) -> Warn:
    return Warn(
        "download_failed",
        "response_format",
        f"Image {place + 1} of {plan.images} was drawn and is billed, but could not be downloaded "
        f"({loss.reason}). Its link may still work: {loss.url}",
    )


def nothing_came(order: Order) -> ApiError:
    """No image arrived: the gravest outcome speaks; what was posted or parked forbids a retry.

    A description that came before the images says nothing of why they did not come.
    """
    first = order.ended[0]
    describes = order.leads(first.call) or order.plan.operation == "describe"
    described = describes and isinstance(first.outcome, Delivered)
    decided = order.ended[1:] if described else order.ended
    if all(ended.outcome is NOT_SENT for ended in decided) and described:
        error = _cut_short(first.outcome)
    else:
        gravest = max(decided, key=lambda ended: gravity(ended.outcome))
        error = refusal(
            gravest.outcome,
            asked_model=order.plan.asked_model,
            cost=DESCRIBED if described else FREE,
        )
    if any(ended.verb in ("post", "park") for ended in order.ended):
        error.retry = False
        error.retry_after = None
    error.headers = (*error.headers, *cost_headers(order))
    return error


def _cut_short(described: Outcome) -> ApiError:
    """The images were never sent: their text did not come, or the books did not let them go."""
    if isinstance(described, Delivered) and described.descriptions:
        return ApiError(
            "ledger_unavailable", f"The gateway could not go on to the images. {DESCRIBED}"
        )
    return ApiError(
        "upstream_error", "Ideogram described the picture without words, and bills it all the same."
    )


def order_header(order: Order) -> tuple[str, str]:
    """The name under which the journal has it, also for a caller who gets no pictures."""
    return "x-ideogate-order", order.id


def cost_headers(order: Order) -> list[tuple[str, str]]:
    numbers = tally(order)
    headers = [
        order_header(order),
        ("x-ideogate-cost-usd", usd(numbers.cost)),
        ("x-ideogate-images-requested", str(numbers.requested)),
        ("x-ideogate-images-delivered", str(numbers.delivered)),
        ("x-ideogate-images-billed", str(numbers.billed)),
    ]
    if order.joined:
        headers.append(("x-ideogate-replayed", "true"))
    if numbers.parked:
        headers.append(("x-ideogate-parked-usd", usd(numbers.parked)))
    return headers


def plan_headers(plan: Plan, warnings: Sequence[Warn]) -> list[tuple[str, str]]:
    """What is known before anything was sent."""
    headers = [("x-ideogate-model", plan.model.name)]
    if warnings:
        codes = ",".join(dict.fromkeys(warning.code for warning in warnings))
        headers.append(("x-ideogate-warnings", f"{len(warnings)}; {codes}"))
    if plan.candidates[0].upstream.name == "sandbox":
        headers.append(("x-ideogate-sandbox", "true"))
    return headers


def warned(warnings: Iterable[Warn]) -> list[dict[str, str | None]]:
    return [{"code": w.code, "param": w.param, "message": w.message} for w in warnings]


def ideogate(order: Order, warnings: Sequence[Warn]) -> dict[str, Any]:
    """The `ideogate` object of a reply."""
    plan, numbers = order.plan, tally(order)
    return {
        "cost_microusd": numbers.cost,
        "cost_usd": usd(numbers.cost),
        "parked_microusd": numbers.parked,
        "images_requested": numbers.requested,
        "images_delivered": numbers.delivered,
        "images_billed": numbers.billed,
        "model": plan.model.name,
        "operation": plan.operation,
        "rendering_speed": plan.speed,
        "upstream": plan.candidates[0].upstream.name,
        "order": order.id,
        "warnings": warned(warnings),
    }


async def answer(order: Order, renderer: Renderer, deadline: float) -> Answer:
    """The whole JSON reply of an order, once it is over. `deadline`: loop time, seconds.

    Raises ApiError when no image arrived, and when the order is not over in time.
    """
    try:
        async with asyncio.timeout_at(deadline):
            await order.over()
    except TimeoutError:
        raise late(order) from None
    plan = order.plan
    places = sorted(
        (place for ended in order.ended for place in placed(ended)), key=lambda p: p.index
    )
    if not places:
        raise nothing_came(order)
    shown: list[Shown] = []
    warnings = [*plan.warnings, *missing(order)]
    every = await renderer.show([place.picture for place in places], order, deadline)
    for place, one in zip(places, every, strict=True):
        if isinstance(one, Lost):
            warnings.append(lost(place.index, plan, one))
        else:
            shown.append(one)
    if not shown:
        raise all_lost(order, warnings, deadline)
    chunks = replies.images(
        shown,
        created=created_at(order),
        size=size_of(shown, plan),
        output_format=format_of(plan),
        quality=plan.delivery.quality,
        ideogate=ideogate(order, warnings),
    )
    headers: Headers = [*cost_headers(order), *plan_headers(plan, warnings)]
    return Answer(chunks=chunks, headers=headers)


def late(order: Order) -> ApiError:
    """The caller's deadline passed. The order runs on, and a repeat of this request gets it."""
    order.late = True
    if order.joined == "key":
        return ApiError(
            "idempotency_in_progress",
            "The order of this Idempotency-Key is still being drawn. Send the request again with the "
            "same key: that costs nothing.",
            retry_after=1,
        )
    lost = any(ended.verb == "park" for ended in order.ended)
    return ApiError(
        "timeout",
        "The pictures are not ready within the deadline. They are drawn and billed all the same; a "
        "retry by an OpenAI SDK, or with the same Idempotency-Key, gets them and costs nothing. Any "
        "other request is a new order.",
        retry=not lost,
        headers=(order_header(order),),
    )


def all_lost(order: Order, warnings: Iterable[Warn], deadline: float) -> ApiError:
    """Pictures came, and none could be brought home; by the deadline, or at all."""
    if asyncio.get_running_loop().time() >= deadline:
        return late(order)
    return ApiError(
        "result_expired",
        " ".join(w.message for w in warnings if w.code == "download_failed"),
        headers=tuple(cost_headers(order)),
    )


def size_of(shown: Sequence[Shown], plan: Plan) -> str | None:
    """The real size of the pictures; what the supplier said comes before what we expect."""
    if plan.delivery.exact is not None:
        return "{}x{}".format(*plan.delivery.exact)
    return shown[0].resolution or plan.delivery.expected_size


def created_at(order: Order) -> int:
    """When the supplier says it drew the first of them; now, where it does not say. Unix seconds."""
    said = [
        e.outcome.created
        for e in order.ended
        if isinstance(e.outcome, Delivered)
        if e.outcome.created
    ]
    return min(said, default=int(time.time()))


def format_of(plan: Plan) -> OutputFormat:
    """Links lead to the supplier's own PNG files."""
    return "png" if plan.delivery.response_format == "url" else plan.delivery.output_format
