"""From a picture to be put into words to what will be sent, to whom, and what it costs."""

from collections.abc import Sequence
from typing import Final

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit
from adapters.translate import fields, serving, spellings, uploads
from adapters.translate.assembly import unless_strict, user
from adapters.translate.delivery import unanswered
from adapters.translate.drawing import Drawing
from adapters.translate.fields import REFERENCES, Served, Terms
from adapters.translate.plan import Candidate, Delivery, Inputs, Plan, Rules, Warn
from config.catalogue import Catalogue, Model, Upstream

VERSIONS: Final = ("V_2", "V_3", "V_4")  # ideogram-upstream 1.4

_PICTURES_ONLY: Final = (  # OpenAI's fields that say something of pictures: none is drawn
    "prompt",
    "size",
    "size_policy",
    "quality",
    "style",
    "response_format",
    "output_format",
    "output_compression",
    "input_fidelity",
)


def plan_describe(
    ask: Edit, inputs: Inputs, catalogue: Catalogue, upstreams: Sequence[Upstream], rules: Rules
) -> Plan:
    """As `quote.plan`, for describe: one picture in, texts out. The delivery means nothing."""
    refuse_pictures(ask, inputs, "describe")
    if ask.stream:
        message = "stream is not offered here: a description is one short text."
        raise ApiError("unsupported_parameter", message, param="stream")
    terms = Terms(catalogue, upstreams, rules)
    asked = serving.row(ask.model or catalogue.default_model, catalogue)
    wanted = (*fields.given(ask), *((REFERENCES,) if inputs.references else ()))
    model, offers = described(ask, wanted, inputs, asked, terms)
    found = Plan(
        asked_model=ask.model or model.name,
        model=model,
        operation="describe",
        speed=None,
        prompt="",
        images=1,
        per_call=1,
        candidates=offers,
        delivery=Delivery(response_format="url"),
        table_version=catalogue.table_version,
        source="image.description",
        user=user(ask),
        warnings=(*inputs.warnings, *_unused(ask), *unanswered(ask)),
    )
    return unless_strict(found, rules)


def described(
    ask: Edit, wanted: Sequence[str], inputs: Inputs, asked: Model, terms: Terms
) -> tuple[Model, tuple[Candidate, ...]]:
    """The row that a description is booked on, and who can make it."""
    model = serving.booked(asked, "describe", terms.catalogue, "model")
    terms = serving.offered("describe", terms, "model")
    served = fields.served(wanted, model, "describe", terms)
    alone = msgspec.structs.replace(inputs, others=(), references=())
    sent = uploads.collect(ask, alone, model.family, "describe")
    drawing = Drawing(
        prompt=None,
        model=model.upstream_model,
        files=sent.files,
        describe_model_version=_version(ask, served),
    )
    return model, serving.candidates(served, drawing, sent.too_large)


def refuse_pictures(ask: Edit, inputs: Inputs, what: str) -> None:
    """ApiError for a mask, or more pictures than the one that `what` takes."""
    if ask.mask is not None:
        message = f"{what} takes no mask; /v1/images/edits does."
        raise ApiError("unsupported_parameter", message, param=ask.mask.param)
    if inputs.others:
        message = f"{what} takes one image, got {1 + len(inputs.others)}."
        raise ApiError("unsupported_parameter", message, param=uploads.further(ask))
    if ask.operation is not None:
        message = f"operation is a field of /v1/images/edits, not of {what}."
        raise ApiError("unsupported_parameter", message, param="operation")


def _version(ask: Edit, served: Served) -> str | None:
    asked = ask.describe_model_version
    if asked is None:
        return None
    return spellings.member(asked, VERSIONS, "describe_model_version", served.operation)


def _unused(ask: Edit) -> list[Warn]:
    found = [name for name in _PICTURES_ONLY if getattr(ask, name) not in (None, "")]
    if ask.n > 1:
        found.append("n")
    return [
        Warn(f"{name}_ignored", name, f"{name} was not used: a description is a text.")
        for name in found
    ]
