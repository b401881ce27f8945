"""What an upstream call came to: status, headers and body -> one outcome. Pure."""

from typing import Literal

import msgspec

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
    retry_after: float | None = None  # seconds, as the header said (capped by backoff.py)
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
