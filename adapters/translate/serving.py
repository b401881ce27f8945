"""Which row and which upstreams serve an operation, and at which price."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import msgspec

from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.openai.wording import listed, shown
from adapters.translate import legacy, v3
from adapters.translate.drawing import Drawing
from adapters.translate.fields import Served, Terms
from adapters.translate.plan import Candidate
from config.catalogue import Catalogue, Family, Model, Operation, Upstream

MAKERS: Final[Mapping[tuple[Family, Operation], Callable[[Drawing, int, int], Payload]]] = {
    ("v3", "generate"): v3.generate,
    ("v3", "remix"): v3.remix,
    ("v3", "edit"): v3.edit,
    ("v3", "reframe"): v3.reframe,
    ("v3", "replace_background"): v3.replace_background,
    ("legacy", "generate"): legacy.generate,
    ("legacy", "remix"): legacy.remix,
    ("legacy", "edit"): legacy.edit,
    ("legacy", "reframe"): legacy.reframe,
    ("legacy", "upscale"): legacy.upscale,
    ("legacy", "describe"): legacy.describe,
}
_OWN_ROWS: Final = ("upscale", "describe")  # done for any model's name, booked on rows of their own

TooLarge = Callable[[Upstream], ApiError | None]  # why files are too large for an upstream


def row(asked_model: str, catalogue: Catalogue) -> Model:
    """ApiError unknown_model for a name that nobody sells."""
    model = catalogue.find(asked_model)
    if model is None:
        raise ApiError(
            "unknown_model", f"The model '{shown(asked_model)}' does not exist.", param="model"
        )
    return model


def booked(asked: Model, operation: Operation, catalogue: Catalogue, param: str) -> Model:
    """The row that an operation is booked on. `param`: what made it this operation."""
    offering = [one for one in catalogue.models.values() if _does(one, operation)]
    if _does(asked, operation):
        return asked
    if offering and operation in _OWN_ROWS:
        return offering[0]
    others = listed(one.name for one in offering) or "none"
    raise ApiError(
        "operation_not_offered",
        f"{asked.name} does not offer {operation}; models that do: {others}.",
        param=param,
    )


def _does(model: Model, operation: Operation) -> bool:
    return operation in model.operations and (model.family, operation) in MAKERS


def offered(operation: Operation, terms: Terms, param: str) -> Terms:
    """The terms with those of the upstreams that offer the operation."""
    offering = [one for one in terms.upstreams if operation in one.operations]
    if not offering:
        message = f"No upstream here offers {operation}."
        raise ApiError("operation_not_offered", message, param=param)
    return terms._replace(upstreams=offering)


def candidates(served: Served, drawing: Drawing, too_large: TooLarge) -> tuple[Candidate, ...]:
    """Those of the upstreams that price the drawing and take its values, in their order."""
    found: list[Candidate] = []
    obstacles: list[tuple[int, ApiError]] = []
    for upstream in served.upstreams:
        product = (upstream.prices, drawing.model, served.operation, drawing.speed)
        unit = served.catalogue.unit(*product)
        if unit is None:
            continue
        why = _fiction(upstream, served, drawing) or too_large(upstream)
        if why is not None:
            obstacles.append((upstream.max_file, why))
            continue
        told = msgspec.structs.replace(drawing, kind=upstream.kind)
        found.append(
            Candidate(
                upstream=upstream,
                unit=unit,
                schedule=served.catalogue.schedule(*product),
                payload=partial(MAKERS[served.model.family, served.operation], told),
            )
        )
    if not found:  # the most patient upstream tells why
        raise max(obstacles, key=lambda one: one[0])[1] if obstacles else _unpriced(served, drawing)
    return tuple(found)


def _unpriced(served: Served, drawing: Drawing) -> ApiError:
    if served.operation != "generate" and not _priced_at_all(served):
        return ApiError(
            "operation_not_offered",
            f"No upstream here has a price for {served.operation} of {served.model.name}, so it is"
            " not offered.",
            param="model",
        )
    speed = f" at rendering_speed {drawing.speed}" if drawing.speed else ""
    return ApiError(
        "model_not_priced",
        f"{served.model.name}{speed} has no price at the upstream that would draw it, so it is not"
        " sold here.",
        param="rendering_speed" if drawing.speed else "model",
    )


def _priced_at_all(served: Served) -> bool:
    tables = {one.prices for one in served.upstreams}
    return any(
        product.prices in tables
        and product.model == served.model.upstream_model
        and product.operation == served.operation
        for product in served.catalogue.offers
    )


def _fiction(upstream: Upstream, served: Served, drawing: Drawing) -> ApiError | None:
    # AiHubMix's page has FICTION on no legacy model (ideogram-upstream 1.4, 1.6)
    fiction = served.model.family == "legacy" and drawing.style_type == "FICTION"
    if not (fiction and upstream.kind == "aihubmix"):
        return None
    return ApiError(
        "invalid_value",
        f"style_type FICTION on {served.model.name} is not offered by the upstream.",
        param="style_type",
    )
