"""A limit refused an order: what its caller reads. Nothing was sent, nothing is billed. Pure."""

from math import ceil
from typing import Final

from adapters.openai.errors import LONGEST_WAIT, ApiError
from adapters.translate.plan import Plan
from config.money import MicroUSD, usd
from service.allowance import Barred, Refused, Short, Slow, rate_headers
from service.periods import end_of

NOTHING: Final = "Nothing was drawn and nothing is billed."
_OF: Final = {"key": "This API key", "project": "This project", "organization": "This organization"}
_COUNTS: Final = {
    "requests_minute": ("requests", "minute"),
    "requests_day": ("requests", "day"),
    "images_minute": ("images", "minute"),
}


def over_limit(refused: Refused, plan: Plan) -> ApiError:
    match refused:
        case Barred():
            error = _barred(refused, plan)
        case Slow():
            error = _slow(refused, plan)
        case _:
            error = _short(refused)
    error.headers = (*error.headers, *rate_headers(refused.rates))
    return error


def _barred(barred: Barred, plan: Plan) -> ApiError:
    scope, allowed = _OF[barred.scope], barred.value.replace(",", ", ")
    match barred.limit:
        case "operations":
            return ApiError(
                "model_not_allowed",
                f"{scope} may not use the operation {plan.operation}; it may use {allowed}. {NOTHING}",
                param="operation",
            )
        case "speeds":
            return ApiError(
                "model_not_allowed",
                f"{scope} may not draw at the speed {plan.speed}; it may draw at {allowed}. {NOTHING}",
                param="quality",
            )
        case "images_request":
            return ApiError(
                "integer_above_max_value",
                f"{scope} takes at most {allowed} images a request, this one asks for {plan.images}. "
                f"{NOTHING}",
                param="n",
            )
        case _:
            most = usd(MicroUSD(int(barred.value)))
            return ApiError(
                "invalid_value",
                f"{scope} takes requests of at most ${most}, this one costs more. {NOTHING} Ask for "
                "fewer images, a lower quality or a cheaper model; the header "
                "x-ideogate-dry-run: true says what a request costs.",
                param="n",
            )


def _slow(slow: Slow, plan: Plan) -> ApiError:
    noun, per = _COUNTS[slow.limit]
    begin = f"Rate limit reached for {plan.model.name} in this project on {noun} per {per}"
    left = slow.rates.images.left if noun == "images" else slow.rates.requests.left
    asked = plan.images if noun == "images" else 1
    counts = f"Limit {slow.value}, left {left}, requested {asked}."
    if slow.wait_ms is None:
        return ApiError(
            "rate_limit_exceeded",
            f"{begin}: {counts} So many never pass at once, so waiting does not help. {NOTHING}",
            retry=False,
        )
    seconds = max(1, ceil(slow.wait_ms / 1000))
    known = seconds <= LONGEST_WAIT
    return ApiError(
        "rate_limit_exceeded",
        f"{begin}: {counts} Please try again in {seconds}s. {NOTHING}",
        retry_after=seconds if known else None,
        retry=known,
    )


def _short(short: Short) -> ApiError:
    ends = end_of(short.period)
    until = f"until {ends:%Y-%m-%d %H:%M} UTC" if ends else "in all"
    whom = short.contact or "the team that runs this gateway"
    return ApiError(
        "insufficient_quota",
        f"{_OF[short.scope]} has used ${usd(short.spent)} of the ${usd(short.limit)} it may spend "
        f"{until}; this order would pass the limit. {NOTHING} To raise it, ask {whom}.",
    )
