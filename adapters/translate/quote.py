"""From what was asked to what will be sent, to whom, and what it costs."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate
from adapters.openai.wording import shown
from adapters.translate import fields, fitting, legacy, options, palette, references, v3
from adapters.translate.delivery import deliver, unanswered
from adapters.translate.drawing import Drawing
from adapters.translate.fields import Served
from adapters.translate.plan import Plan, Rules, Warn
from adapters.translate.serving import candidates
from adapters.translate.sizes import Shape
from config.catalogue import Catalogue, Family, Model, Operation, Speed, Upstream

MAKERS: Final[Mapping[tuple[Family, Operation], Callable[[Drawing, int, int], Payload]]] = {
    ("v3", "generate"): v3.generate,
    ("legacy", "generate"): legacy.generate,
}
PER_CALL: Final = 8  # num_images is 1..8 (ideogram-upstream 1.2, 1.4)


def plan(ask: Generate, catalogue: Catalogue, upstreams: Sequence[Upstream], rules: Rules) -> Plan:
    """ApiError, naming the parameter, for what cannot be drawn; a warning for what is changed.

    `upstreams` stand in the order in which they are to be tried; so do the plan's candidates.
    """
    asked_model = ask.model or catalogue.default_model
    model = _row(asked_model, catalogue)
    offering = _offering(model, "generate", upstreams)
    options.refuse_exclusive(fields.given(ask))
    served = fields.served(ask, model, "generate", catalogue, offering, rules)
    warnings: list[Warn] = []
    fit = fitting.fit(ask, served, warnings)
    speed = options.speed(ask, model, warnings)
    drawing = _drawing(ask, served, fit.shape, speed, warnings)
    ran = speed or options.own_speed(model)
    delivery = deliver(ask, asked_model, fit.exact, ran, warnings)
    warnings += unanswered(ask)
    make = partial(MAKERS[model.family, "generate"], drawing)
    found = Plan(
        asked_model=asked_model,
        model=model,
        operation="generate",
        speed=speed,
        prompt=ask.prompt,
        images=ask.n,
        per_call=1 if ask.seed is not None and ask.n > 1 else PER_CALL,
        candidates=candidates(served, drawing, make),
        delivery=msgspec.structs.replace(delivery, expected_size=fitting.pixels(fit, served)),
        table_version=catalogue.table_version,
        warnings=tuple(warnings),
    )
    return _unless_strict(found, rules)


def _row(asked_model: str, catalogue: Catalogue) -> Model:
    model = catalogue.find(asked_model)
    if model is None:
        raise ApiError(
            "unknown_model", f"The model '{shown(asked_model)}' does not exist.", param="model"
        )
    return model


def _offering(model: Model, operation: Operation, upstreams: Sequence[Upstream]) -> list[Upstream]:
    if operation not in model.operations:
        message = f"{model.name} does not offer {operation}."
        raise ApiError("operation_not_offered", message, param="model")
    offering = [one for one in upstreams if operation in one.operations]
    if not offering:
        message = f"No upstream here offers {operation}."
        raise ApiError("operation_not_offered", message, param="model")
    return offering


def _drawing(
    ask: Generate, served: Served, shape: Shape | None, speed: Speed | None, warnings: list[Warn]
) -> Drawing:
    largest = max(one.max_file for one in served.upstreams)
    return Drawing(
        prompt=ask.prompt,
        model=served.model.upstream_model,
        speed=speed,
        shape=shape,
        seed=ask.seed,
        magic_prompt=options.magic_prompt(ask, served, warnings),
        negative_prompt=ask.negative_prompt,
        style_type=options.style_type(ask, served, warnings),
        style_preset=options.style_preset(ask, warnings),
        style_codes=options.style_codes(ask),
        style_references=references.files(ask.style_reference_images or (), largest),
        color_palette=None if ask.color_palette is None else palette.read(ask.color_palette),
    )


def _unless_strict(found: Plan, rules: Rules) -> Plan:
    if rules.strict and found.warnings:
        first = found.warnings[0]
        message = f"{first.message} (refused, because x-ideogate-strict is on)"
        raise ApiError("warning_refused", message, param=first.param)
    return found
