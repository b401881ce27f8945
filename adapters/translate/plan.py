"""The plan: what one request will ask of which upstream, and what it costs. Pure."""

from collections.abc import Callable
from typing import Literal

import msgspec

from adapters.ideogram.wire import Payload
from config.catalogue import Model, Operation, PriceStep, Speed, Unit, Upstream

SizePolicy = Literal["nearest", "exact", "strict"]
UnknownRule = Literal["near", "refuse", "warn"]


class Warn(msgspec.Struct, frozen=True):
    """One thing that did not come out as asked: shown in `ideogate.warnings`."""

    code: str
    param: str | None
    message: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream that offers and prices the operation.

    `payload(first, images)` makes the request for images first..first+images-1 of the order (the
    first index moves the seed).
    """

    upstream: Upstream
    unit: Unit
    schedule: tuple[PriceStep, ...]
    payload: Callable[[int, int], Payload]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How the reply is to look. `exact`: width, height to crop and resize to."""

    response_format: Literal["url", "b64_json"]
    output_format: Literal["png", "jpeg", "webp"] = "png"
    compression: int = 100
    exact: tuple[int, int] | None = None
    stream: bool = False
    quality: Literal["low", "medium", "high"] = "medium"
    expected_size: str | None = None  # "1024x1024": reported when the upstream does not say


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One order. `per_call`: images one upstream call may carry (8; 1 with seeds)."""

    asked_model: str  # as the caller wrote it, or the default's name
    model: Model
    operation: Operation
    speed: Speed | None
    prompt: str
    images: int
    per_call: int
    candidates: tuple[Candidate, ...]
    delivery: Delivery
    warnings: tuple[Warn, ...] = ()


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults of settings that a request may meet."""

    size_policy: SizePolicy = "nearest"
    unknown_parameters: UnknownRule = "near"
    strict: bool = False  # x-ideogate-strict: every warning becomes a 400
    max_ratio_error: float = 0.10
