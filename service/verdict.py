"""What an outcome means for the money and for the caller. Pure."""

from math import ceil
from typing import Final, NamedTuple

from adapters.ideogram.outcome import Delivered, Failed, Outcome, Reason, Refused, Unknown
from adapters.openai.errors import LONGEST_WAIT, ApiError, Code
from adapters.translate.reply import our_field
from service.ledger import Verb

BUSY_SECONDS: Final = 2  # a 429 without Retry-After: a picture of the account ends about then


class Verdict(NamedTuple):
    """How a call is settled. Counts are images; `reason` goes into the journal."""

    verb: Verb
    reason: str
    billed: int = 0
    delivered: int = 0
    withheld: int = 0


def verdict(outcome: Outcome) -> Verdict:
    """Delivered and withheld are billed; refused and failed are not; unknown is parked (DESIGN 3)."""
    match outcome:
        case Delivered():
            # a description is the one thing that its call was for
            drawn = len(outcome.pictures) or 1
            withheld = sum(1 for picture in outcome.pictures if not picture.safe)
            reason = "withheld" if withheld else "delivered"
            return Verdict("post", reason, drawn, drawn - withheld, withheld)
        case Failed():
            return Verdict("void", "failed")
        case Unknown():
            return Verdict("park", "unknown")
        case _:  # Refused
            return Verdict("void", f"refused_{outcome.reason}")


def gravity(outcome: Outcome) -> tuple[int, int]:
    """Which outcome decides the answer when no image arrived: the highest (DESIGN 2)."""
    match outcome:
        case Unknown():
            return 3, 0
        case Delivered():
            return 2, 0  # all of it withheld
        case Failed():
            return 1, 0
        case _:  # Refused
            return 0, _LASTING.index(outcome.reason)


# Among refusals, the one that sending it again helps least speaks.
_LASTING: Final[tuple[Reason, ...]] = (
    "busy",
    "unreachable",
    "other",
    "not_found",
    "auth",
    "funds",
    "bad_request",
    "moderated",
)
_REFUSALS: Final[dict[Reason, Code]] = {
    "unreachable": "upstream_unreachable",
    "bad_request": "invalid_value",
    "moderated": "moderation_blocked",
    "auth": "upstream_unavailable",
    "funds": "upstream_unavailable",
    "not_found": "upstream_unavailable",
    "busy": "rate_limit_exceeded",
    "other": "upstream_unavailable",
}


FREE: Final = "Nothing was drawn and nothing is billed."
DESCRIBED: Final = "Nothing was drawn; the description of the picture, which came first, is billed."


def refusal(outcome: Outcome, *, asked_model: str, cost: str = FREE) -> ApiError:
    """The error a caller gets when this outcome decided an order without images.

    `cost` tells what is billed, where this outcome is not.
    """
    match outcome:
        case Unknown():
            return ApiError(
                "upstream_outcome_unknown",
                "Ideogram took the request but its answer was lost, so nobody knows yet whether it "
                "was billed. The amount stays reserved until that is settled; do not send it again.",
            )
        case Delivered():
            return _moderated(
                asked_model, "Ideogram drew the request but its safety check withheld every image."
            )
        case Failed():
            return ApiError("upstream_error", f"Ideogram failed to draw the request. {cost}")
        case _:  # Refused
            return _refused(outcome, asked_model, cost)


def _refused(outcome: Refused, asked_model: str, cost: str) -> ApiError:
    code = _REFUSALS[outcome.reason]
    if code == "moderation_blocked":
        return _moderated(
            asked_model, f"Ideogram's safety system refused the prompt: {outcome.message}"
        )
    if code == "invalid_value":
        return ApiError(
            code,
            f"Ideogram refused the request: {outcome.message}",
            param=our_field(outcome.message),
        )
    if code == "rate_limit_exceeded":
        wait = max(1, ceil(outcome.retry_after or BUSY_SECONDS))
        soon = wait <= LONGEST_WAIT
        return ApiError(
            code,
            f"Ideogram's account has all its places taken. {cost} Please try again in {wait}s.",
            retry_after=wait if soon else None,
            retry=soon,
        )
    if code == "upstream_unreachable":
        return ApiError(
            code,
            f"Ideogram could not be reached. {cost}",
            retry_after=BUSY_SECONDS,
        )
    return ApiError(
        code,
        f"Ideogram refused the gateway itself (HTTP {outcome.status}); its operator has to look. "
        f"{cost}",
    )


def _moderated(asked_model: str, message: str) -> ApiError:
    """Apps of the dall-e era test for another code than those of GPT image (openai-images 6)."""
    dalle = asked_model.lower().startswith("dall-e")
    return ApiError("content_policy_violation" if dalle else "moderation_blocked", message)
