"""From what is drawn, and who can draw it, to the plan."""

from typing import Final, NamedTuple

import msgspec

from adapters.ideogram.wire import File
from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate
from adapters.translate import options, palette
from adapters.translate.delivery import deliver, unanswered
from adapters.translate.drawing import Drawing
from adapters.translate.fields import Served
from adapters.translate.fitting import Fit
from adapters.translate.plan import Plan, Rules, Source, Warn
from adapters.translate.serving import TooLarge, candidates
from config.catalogue import Operation, Speed

PER_CALL: Final = 8  # num_images is 1..8 (ideogram-upstream 1.2, 1.4)

_PROMPTLESS: Final[frozenset[Operation]] = frozenset(("reframe", "describe"))  # 1.2, 1.4
_SINGLE: Final[frozenset[Operation]] = frozenset(("upscale", "describe"))  # paid by the file


class Sketch(NamedTuple):
    """What an operation settled by itself: its frame, its files, its own fields.

    `pixels` is what the answer will measure, should the upstream not say it. `wanted` are the
    native fields that will be sent.
    """

    asked_model: str
    source: Source
    fit: Fit
    pixels: str | None
    wanted: tuple[str, ...]
    files: tuple[File, ...]
    too_large: TooLarge
    image_weight: int | None = None
    resemblance: int | None = None
    detail: int | None = None


def assemble(ask: Generate, served: Served, sketch: Sketch, warnings: list[Warn]) -> Plan:
    """The whole plan. ApiError, naming the parameter, for what cannot be drawn."""
    speed = options.speed(ask, served.model, warnings)
    drawing = _drawing(ask, served, sketch, speed, warnings)
    ran = speed or options.own_speed(served.model)
    delivery = deliver(ask, sketch.asked_model, sketch.fit.exact, ran, warnings)
    warnings += unanswered(ask)
    alone = served.operation in _SINGLE or (ask.seed is not None and ask.n > 1)
    return Plan(
        asked_model=sketch.asked_model,
        model=served.model,
        operation=served.operation,
        speed=speed,
        prompt=ask.prompt,
        images=ask.n,
        per_call=1 if alone else PER_CALL,
        candidates=candidates(served, drawing, sketch.too_large),
        delivery=msgspec.structs.replace(delivery, expected_size=sketch.pixels),
        table_version=served.catalogue.table_version,
        source=sketch.source,
        user=user(ask),
        warnings=tuple(warnings),
    )


def _drawing(
    ask: Generate, served: Served, sketch: Sketch, speed: Speed | None, warnings: list[Warn]
) -> Drawing:
    return Drawing(
        prompt=_prompt(ask, served.operation),
        model=served.model.upstream_model,
        files=sketch.files,
        speed=speed,
        shape=sketch.fit.shape,
        seed=ask.seed,
        magic_prompt=options.magic_prompt(ask, served, warnings),
        negative_prompt=ask.negative_prompt,
        style_type=options.style_type(ask, served, warnings),
        style_preset=options.style_preset(ask, sketch.wanted, warnings),
        style_codes=options.style_codes(ask),
        color_palette=None if ask.color_palette is None else palette.read(ask.color_palette),
        image_weight=sketch.image_weight,
        resemblance=sketch.resemblance,
        detail=sketch.detail,
    )


def _prompt(ask: Generate, operation: Operation) -> str | None:
    if operation in _PROMPTLESS or (operation == "upscale" and not ask.prompt.strip()):
        return None
    return ask.prompt


def user(ask: Generate) -> str:
    """Whom the caller draws for; "safety_identifier" is the newer name (openai-images 1)."""
    return ask.safety_identifier or ask.user or ""


def unless_strict(found: Plan, rules: Rules) -> Plan:
    """ApiError for the first warning, where every warning is to be a refusal."""
    if rules.strict and found.warnings:
        first = found.warnings[0]
        message = f"{first.message} (refused, because x-ideogate-strict is on)"
        raise ApiError("warning_refused", message, param=first.param)
    return found
