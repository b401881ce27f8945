"""What an upstream call came to: status, headers and body -> one outcome. Pure."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Literal

import msgspec

from adapters.ideogram.backoff import retry_after
from adapters.ideogram.complaint import Complaint, read_complaint
from adapters.ideogram.wire import Answer, Item, read_answer, text, unix_seconds, whole
from adapters.pixels.sniff import Format

Reason = Literal[
    "unreachable",  # never connected: DNS, refused, TLS, connect timeout
    "bad_request",  # 400, 413, 415, 422-with-field: our payload or the caller's value
    "moderated",  # 422: the prompt failed the safety check
    "auth",  # 401, 403
    "funds",  # 402, AiHubMix's balance 403
    "not_found",  # 404
    "busy",  # 429
    "other",  # any other 4xx
]

Missing = Literal[
    "not_allowed",  # a link to a host, scheme or port that is not ours to visit
    "gone",  # any status but 200: expired, removed, moved
    "unreachable",  # never connected
    "broken",  # the answer was cut or garbled
    "too_slow",
    "too_big",
    "not_a_picture",
]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of data[]: `url` is None exactly when the picture is withheld (not safe)."""

    url: str | None
    safe: bool
    seed: int | None = None
    prompt: str | None = None
    resolution: str | None = None
    style_type: str | None = None


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A complete, valid 200: billed per entry, safe or withheld."""

    pictures: tuple[Picture, ...]
    descriptions: tuple[str, ...] = ()
    created: int | None = None  # unix seconds
    notice: str | None = None
    status: int = 200


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """It provably never ran: not billed, may be sent again where the reason allows."""

    reason: Reason
    message: str
    status: int | None = None
    retry_after: float | None = None  # seconds, as the header said, at most 60; None: no header
    max_inflight: int | None = None  # the 429 body's max_inflight_requests


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """It ran and failed, and this upstream does not bill that."""

    message: str
    status: int


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody knows whether it was billed: parked."""

    message: str
    status: int | None = None


Outcome = Delivered | Refused | Failed | Unknown


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A downloaded picture. `content`: raw bytes, or base64 text when that was asked for."""

    content: bytes
    format: Format
    length: int  # raw bytes


class Unfetched(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that did not arrive. `status` is None when there was no answer."""

    reason: Missing
    status: int | None = None


_NO_FUNDS: Final = frozenset(  # reject_reason values of a 402 (ideogram-upstream 3.2)
    {
        "insufficient_funds",
        "daily_limit",
        "subscription_required",
        "priority_credit_required",
        "feature_limit",
    }
)
# AiHubMix says it in words, as 403 or 400 (ideogram-upstream 3.2).
_RECHARGE: Final = re.compile(
    r"recharg|top[ -]?up|(?:insufficient|not enough)\W+(?:\w+\W+)?(?:balance|quota|credits?|funds)"
    r"|充值|余额|额度",
    re.IGNORECASE,
)


def judge(
    status: int, headers: Mapping[str, str], body: bytes, *, failed_is_free: bool, now: float
) -> Outcome:
    """What a complete HTTP answer means for the money. `now`: unix seconds, for Retry-After dates.

    Anything that is not known to be free counts as unknown, redirects and informational answers
    too: nothing proves that they did not run.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _success(status, body)
    complaint = read_complaint(body)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refused(status, headers, complaint, now)
    message = complaint.message or f"HTTP {status} without a message"
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and failed_is_free and complaint.readable:
        return Failed(message=message, status=status)
    return Unknown(message=message, status=status)


def _success(status: int, body: bytes) -> Outcome:
    answer = read_answer(body)
    if answer is None:
        return Unknown(message="the success body is cut or garbled", status=status)
    pictures = tuple(map(_picture, answer.data or ()))
    descriptions = tuple(filter(None, (text(entry.text) for entry in answer.descriptions or ())))
    if not descriptions and not _usable(answer, pictures):
        return Unknown(message="the success body holds no result", status=status)
    return Delivered(
        pictures=pictures,
        descriptions=descriptions,
        created=unix_seconds(answer.created),
        notice=text(answer.notice),
        status=status,
    )


def _usable(answer: Answer, pictures: tuple[Picture, ...]) -> bool:
    """At least one picture arrived or was said to be withheld: otherwise the links were lost."""
    return any(picture.safe for picture in pictures) or any(
        item.is_image_safe is False for item in answer.data or ()
    )


def _picture(item: Item) -> Picture:
    """Without a link a picture counts as withheld, whatever its flag says; so does an unsafe one
    that came with a link."""
    url = None if item.is_image_safe is False else text(item.url)
    return Picture(
        url=url,
        safe=url is not None,
        seed=whole(item.seed),
        prompt=text(item.prompt),
        # For transparent pictures `resolution` is the one before upscaling (ideogram-upstream 3.1).
        resolution=text(item.upscaled_resolution) or text(item.resolution),
        style_type=text(item.style_type),
    )


def _refused(status: int, headers: Mapping[str, str], complaint: Complaint, now: float) -> Refused:
    reason = _reason(status, complaint)
    message = complaint.message or f"HTTP {status} without a message"
    if reason != "busy":
        return Refused(reason=reason, message=message, status=status)
    wait = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    return Refused(
        reason=reason,
        message=message,
        status=status,
        retry_after=None if wait is None else retry_after(wait, now),
        max_inflight=complaint.max_inflight,
    )


def _reason(status: int, complaint: Complaint) -> Reason:
    if _is_about_funds(status, complaint):
        return "funds"
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and complaint.by_field:
        return "bad_request"
    return _REASONS.get(status, "other")


_REASONS: Final[Mapping[int, Reason]] = {
    400: "bad_request",
    401: "auth",
    403: "auth",
    404: "not_found",
    413: "bad_request",
    415: "bad_request",
    422: "moderated",
    429: "busy",
}


def _is_about_funds(status: int, complaint: Complaint) -> bool:
    if status == HTTPStatus.PAYMENT_REQUIRED or complaint.reject_reason in _NO_FUNDS:
        return True
    # A 400 may quote the caller's own words, so there only the reseller's form counts.
    told = status == HTTPStatus.FORBIDDEN or (
        status == HTTPStatus.BAD_REQUEST and complaint.wrapped
    )
    return told and _RECHARGE.search(complaint.message) is not None
