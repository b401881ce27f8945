"""Why an order was not taken: nothing was sent, nothing is billed. Pure."""

from math import ceil
from typing import Final

from adapters.openai.errors import ApiError
from adapters.translate.plan import Plan
from config.money import usd
from service.ledger import Full, Gone, Short, Unpriced

LONGEST_WAIT: Final = (
    60  # seconds; clients ignore or resent a longer retry-after (openai-images 7c)
)


def not_started(started: Full | Short | Unpriced | Gone, plan: Plan) -> ApiError:
    """What the books said instead of "held"."""
    match started:
        case Full():
            return _full(started)
        case Short():
            return _short(started)
        case Unpriced():
            return ApiError(
                "model_not_priced",
                f"{plan.model.name} has no price in force now, so it is not sold.",
                param="model",
            )
        case _:  # Gone
            return unavailable()


def unavailable() -> ApiError:
    """The store did not answer before anything was sent."""
    return ApiError(
        "ledger_unavailable",
        "The ledger cannot be reached, so no order is taken. Nothing was sent and nothing is billed.",
        retry_after=1,
    )


def _full(full: Full) -> ApiError:
    seconds = max(1, ceil(full.wait_ms / 1000))
    known = seconds <= LONGEST_WAIT
    return ApiError(
        "rate_limit_exceeded",
        "All places of the Ideogram account are taken. Nothing was drawn and nothing is billed. "
        f"Please try again in {seconds}s.",
        retry_after=seconds if known else None,
        retry=known,
    )


def _short(short: Short) -> ApiError:
    scope = ("This API key", "This project", "This organization")[short.scope]
    return ApiError(
        "insufficient_quota",
        f"{scope} has used ${usd(short.spent)} of its ${usd(short.limit)} for this month (UTC); "
        "this order would pass the limit. Nothing was drawn and nothing is billed.",
    )
