"""Which upstreams can serve a drawing, at which price."""

from adapters.openai.errors import ApiError
from adapters.translate.drawing import Drawing
from adapters.translate.fields import Served
from adapters.translate.plan import Candidate, Maker
from adapters.translate.references import too_large
from config.catalogue import Upstream


def candidates(served: Served, drawing: Drawing, payload: Maker) -> tuple[Candidate, ...]:
    """Those of the upstreams that take these values and price them, in their order."""
    obstacles = [_obstacle(one, served, drawing) for one in served.upstreams]
    if None not in obstacles:
        raise next(filter(None, obstacles))
    found: list[Candidate] = []
    for upstream, why in zip(served.upstreams, obstacles, strict=True):
        product = (upstream.prices, drawing.model, served.operation, drawing.speed)
        unit = served.catalogue.unit(*product)
        if why is None and unit is not None:
            schedule = served.catalogue.schedule(*product)
            found.append(
                Candidate(upstream=upstream, unit=unit, schedule=schedule, payload=payload)
            )
    if not found:
        raise _unpriced(served, drawing)
    return tuple(found)


def _unpriced(served: Served, drawing: Drawing) -> ApiError:
    speed = f" at rendering_speed {drawing.speed}" if drawing.speed else ""
    return ApiError(
        "model_not_priced",
        f"{served.model.name}{speed} has no price at the upstream that would draw it, so it is not"
        " sold here.",
        param="rendering_speed" if drawing.speed else "model",
    )


def _obstacle(upstream: Upstream, served: Served, drawing: Drawing) -> ApiError | None:
    # AiHubMix's page has FICTION on no legacy model (ideogram-upstream 1.4, 1.6)
    fiction = served.model.family == "legacy" and drawing.style_type == "FICTION"
    if fiction and upstream.kind == "aihubmix":
        return ApiError(
            "invalid_value",
            f"style_type FICTION on {served.model.name} is not offered by the upstream.",
            param="style_type",
        )
    for place, file in enumerate(drawing.style_references):
        if len(file.content) > upstream.max_file:
            return too_large(place, upstream.max_file)
    return None
