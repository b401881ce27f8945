"""How Ideogram says no: a status and a JSON body."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """The request gets this answer and nothing is drawn or billed."""

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any],
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers


def bad(message: str) -> Refusal:
    """A field that the official document does not allow so."""
    return Refusal(400, {"error": message})


def too_large(message: str) -> Refusal:
    return Refusal(413, {"error": message})


def busy(limit: int, speed: str) -> Refusal:
    """Too many images in progress: the documented body (ideogram-upstream 3.2)."""
    return Refusal(
        429,
        {
            "error": "Too many images in progress for this account",
            "reject_reason": "inflight_limit",
            "max_inflight_requests": limit,
            "task_completion_speed": speed,
        },
    )
