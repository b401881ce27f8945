"""From an edit as asked to what will be sent, to whom, and what it costs."""

from collections.abc import Sequence
from typing import Final

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit
from adapters.openai.wording import listed, shown
from adapters.translate import fields, framing, options, serving, uploads
from adapters.translate.assembly import Sketch, assemble, unless_strict
from adapters.translate.fields import REFERENCES, Terms
from adapters.translate.plan import Inputs, Plan, Rules, Warn
from config.catalogue import Catalogue, Model, Operation, Upstream

OPERATIONS: Final[tuple[Operation, ...]] = (
    "edit",
    "remix",
    "reframe",
    "replace_background",
    "upscale",
)
WEIGHT: Final = 50  # Ideogram's own default (ideogram-upstream 1.2, 1.4)

_PROMPTED: Final = ("edit", "remix", "replace_background")
_SMALL: Final = 0.10  # AiHubMix advises a mask to select at least so much (ideogram-upstream 5)


def plan_edit(
    ask: Edit, inputs: Inputs, catalogue: Catalogue, upstreams: Sequence[Upstream], rules: Rules
) -> Plan:
    """As `quote.plan`, for edit, remix, reframe, replace_background and upscale."""
    terms = Terms(catalogue, upstreams, rules)
    operation = _operation(
        ask, inputs, serving.row(ask.model or catalogue.default_model, catalogue)
    )
    if operation in _PROMPTED and not ask.prompt.strip():
        raise ApiError(
            "missing_required_parameter",
            f"prompt is required: say what {operation} is to draw.",
            param="prompt",
        )
    warnings = [*inputs.warnings, *_told(ask, inputs, operation)]
    return unless_strict(planned(ask, inputs, operation, terms, warnings), rules)


def planned(
    ask: Edit,
    inputs: Inputs,
    operation: Operation,
    terms: Terms,
    warnings: list[Warn],
    *,
    weight: int = WEIGHT,
) -> Plan:
    """The plan of one operation. `weight`: image_weight where the caller wished for none."""
    asked = serving.row(ask.model or terms.catalogue.default_model, terms.catalogue)
    model = serving.booked(asked, operation, terms.catalogue, _why(ask, operation))
    terms = serving.offered(operation, terms, "operation" if ask.operation else "model")
    if operation == "reframe" and model.family == "legacy":
        framing.refuse_oblong(inputs.image, model.name, uploads.first(ask))
    ask = _without_unsent(ask, model, operation, terms, warnings)
    _place_further(ask, inputs, model, operation, terms, warnings)
    wanted = _wanted(ask, inputs)
    options.refuse_exclusive(wanted)
    served = fields.served(wanted, model, operation, terms)
    fit = framing.frame(ask, served, inputs.image, warnings)
    sent = uploads.collect(ask, inputs, model.family, operation)
    sketch = Sketch(
        asked_model=ask.model or (terms.catalogue.default_model if model == asked else model.name),
        source="image.edit",
        fit=fit,
        pixels=framing.pixels(fit, served, inputs.image),
        wanted=wanted,
        files=sent.files,
        too_large=sent.too_large,
        image_weight=options.image_weight(ask, served, weight, warnings),
        resemblance=ask.resemblance,
        detail=ask.detail,
    )
    return assemble(ask, served, sketch, warnings)


def _operation(ask: Edit, inputs: Inputs, model: Model) -> Operation:
    if ask.mask_polarity is not None and inputs.mask is None:
        raise _missing_mask("mask_polarity says how to read a mask, but no mask came.")
    if ask.operation is None:
        if ask.mask is None and model.operations == ("upscale",):
            return "upscale"
        return "edit" if inputs.mask is not None else "remix"
    word = ask.operation.strip().lower().replace("-", "_")
    found = next((one for one in OPERATIONS if one == word), None)
    if found is None:
        raise ApiError(
            "invalid_value",
            f'Invalid operation "{shown(ask.operation)}": it is one of {listed(OPERATIONS)}.',
            param="operation",
        )
    if found == "edit" and inputs.mask is None:
        raise _missing_mask("operation edit needs a mask, which says what is to change.")
    if found != "edit" and ask.mask is not None:
        message = f"operation {found} takes no mask; operation edit does."
        raise ApiError("unsupported_parameter", message, param=ask.mask.param)
    return found


def _missing_mask(message: str) -> ApiError:
    return ApiError("missing_required_parameter", message, param="mask")


def _why(ask: Edit, operation: Operation) -> str:
    """The parameter that made it this operation."""
    if ask.operation is not None:
        return "operation"
    return "mask" if operation == "edit" else "model"


def _told(ask: Edit, inputs: Inputs, operation: Operation) -> list[Warn]:
    """What a caller of OpenAI's edit would not expect."""
    found: list[Warn] = []
    if operation == "edit" and inputs.mask is not None and inputs.mask.coverage < _SMALL:
        message = (
            f"The mask selects {inputs.mask.coverage:.1%} of the image; Ideogram works best when it"
            f" may change {_SMALL:.0%} or more."
        )
        found.append(Warn("small_mask", "mask", message))
    if operation == "remix" and not (ask.operation and framing.named(ask)):
        message = (
            "No mask came, so the whole picture was drawn anew after the image (remix); send a mask"
            " to change a part of it."
        )
        found.append(Warn("redrawn", "mask", message))
    if operation == "reframe" and ask.prompt.strip():
        message = "prompt was not used: reframe goes on with what the image shows."
        found.append(Warn("prompt_ignored", "prompt", message))
    return found


def _without_unsent(
    ask: Edit, model: Model, operation: Operation, terms: Terms, warnings: list[Warn]
) -> Edit:
    """AiHubMix's page shows these fields, so they are no mistake of the caller's."""
    names = fields.unsent(fields.given(ask), model, operation, terms.upstreams)
    for name in names:
        message = f"{name} was not sent: the {operation} of {model.name} has no such field."
        warnings.append(Warn("field_not_sent", name, message))
    return msgspec.structs.replace(ask, **dict.fromkeys(names))


def _place_further(
    ask: Edit,
    inputs: Inputs,
    model: Model,
    operation: Operation,
    terms: Terms,
    warnings: list[Warn],
) -> None:
    """Further images go as style references where there are any, under a warning."""
    if not inputs.others:
        return
    param = uploads.further(ask)
    if not any(REFERENCES in fields.takes(model, one, operation) for one in terms.upstreams):
        message = (
            f"{operation} of {model.name} takes one image, got {1 + len(inputs.others)}; Ideogram"
            " 3.0 takes further ones as style references."
        )
        raise ApiError("unsupported_parameter", message, param=param)
    if ask.style_codes:
        message = (
            "style_codes and further images, which go as style references, exclude each other: send"
            " one of them."
        )
        raise ApiError("mutually_exclusive_parameters", message, param="style_codes")
    message = (
        f"{operation} works on the first image; the other {len(inputs.others)} went as style"
        " references, so their style counts and not what they show."
    )
    warnings.append(Warn("images_as_references", param, message))


def _wanted(ask: Edit, inputs: Inputs) -> tuple[str, ...]:
    """The native fields that will be sent."""
    references = (REFERENCES,) if inputs.references or inputs.others else ()
    return (*fields.given(ask), *references)
