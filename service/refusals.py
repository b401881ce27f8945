"""Why an order was not taken: nothing was sent, nothing is billed. Pure."""

from math import ceil

from adapters.openai.errors import LONGEST_WAIT, ApiError
from adapters.translate.plan import Plan
from service.allowance import rate_headers
from service.ledger import Frozen, Full, Gone, NotHeld, Reused, Unpriced
from service.limit_refusals import over_limit


def not_started(started: NotHeld, plan: Plan) -> ApiError:
    """What the books said instead of "held"."""
    match started:
        case Full():
            return _full(started)
        case Unpriced():
            return ApiError(
                "model_not_priced",
                f"{plan.model.name} has no price in force now, so it is not sold.",
                param="model",
            )
        case Gone():
            return unavailable()
        case Frozen():
            return _frozen()
        case Reused():
            return ApiError(
                "idempotency_key_reused",
                "This Idempotency-Key was sent before with another request. Nothing was drawn; take a "
                "new key for a new order.",
                param="Idempotency-Key",
            )
        case _:
            return over_limit(started, plan)


def unavailable() -> ApiError:
    """The store did not answer before anything was sent."""
    return ApiError(
        "ledger_unavailable",
        "The ledger cannot be reached, so no order is taken. Nothing was sent and nothing is billed.",
        retry_after=1,
    )


def store_full() -> ApiError:
    """Before any hold: the ends of what is in work still find room."""
    return ApiError(
        "ledger_unavailable",
        "The ledger's store is nearly full, so no order is taken. Nothing was sent and nothing is "
        "billed.",
        retry_after=30,
    )


def _frozen() -> ApiError:
    """After a failover it lasts seconds; after an old snapshot, until an operator accepts it."""
    return ApiError(
        "ledger_unavailable",
        "The ledger's store has lost entries of its journal, so no order is taken until the books are "
        "whole again. Nothing was sent and nothing is billed.",
        retry_after=5,
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
        headers=rate_headers(full.rates),
    )
