"""The plan: what one request will ask of which upstream, and what it costs. Pure."""

from collections.abc import Callable
from typing import Literal

import msgspec

from adapters.ideogram.wire import Payload
from config.catalogue import Model, Operation, PriceStep, Speed, Unit, Upstream

SizePolicy = Literal["nearest", "exact", "strict"]
UnknownRule = Literal["near", "refuse", "warn"]
Source = Literal["image.generation", "image.edit", "image.variation", "image.description"]

Maker = Callable[[int, int], Payload]  # (first, images) -> the call for those images of the order


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
    payload: Maker


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How the reply is to look. `exact`: width, height to crop and resize to."""

    response_format: Literal["url", "b64_json"]
    output_format: Literal["png", "jpeg", "webp"] = "png"
    compression: int = 100
    exact: tuple[int, int] | None = None
    stream: bool = False
    quality: Literal["low", "medium", "high"] = "medium"
    expected_size: str | None = None  # "1024x1024": reported when the upstream does not say

    @property
    def size(self) -> str | None:
        """What can be said of it before it is drawn; None for a description."""
        return "{}x{}".format(*self.exact) if self.exact is not None else self.expected_size


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
    table_version: str
    source: Source  # the route it came by, as usage names it
    user: str = ""  # as the caller wrote it: safety_identifier, else user
    warnings: tuple[Warn, ...] = ()
    lead: "Lead | None" = None  # a call that comes first (variations: describe)


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A call of its own price that runs before the images: its text becomes their prompt.

    `then(text)` gives the candidates of the order again, their payloads with that prompt.
    """

    model: Model
    operation: Operation
    candidates: tuple[Candidate, ...]
    then: Callable[[str], tuple[Candidate, ...]]


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's picture, upright and fit to be sent. Width and height in pixels."""

    content: bytes
    format: Literal["png", "jpeg", "webp"]
    width: int
    height: int


class MaskInput(msgspec.Struct, frozen=True, kw_only=True):
    """A mask as Ideogram takes it: 8-bit grey PNG, black = change, of the image's exact size.

    `coverage`: the part that changes, 0 < x <= 1.
    """

    content: bytes
    coverage: float


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """The picture facts of an edit, as prepare made them, with its warnings."""

    image: Input
    mask: MaskInput | None = None
    others: tuple[Input, ...] = ()  # further images, in order
    references: tuple[Input, ...] = ()  # style_reference_images
    warnings: tuple[Warn, ...] = ()


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults of settings that a request may meet."""

    size_policy: SizePolicy = "nearest"
    unknown_parameters: UnknownRule = "near"
    strict: bool = False  # x-ideogate-strict: every warning becomes a 400
    max_ratio_error: float = 0.10
