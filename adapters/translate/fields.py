"""Which native fields an operation of a model takes on which upstream, and who takes the others."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate
from adapters.openai.wording import listed
from adapters.translate.plan import Rules
from config.catalogue import NATIVE_FIELDS, Catalogue, Family, Model, Operation, Upstream

REFERENCES: Final = "style_reference_images"

_V3: Final = frozenset(  # what every V3 endpoint has (ideogram-upstream 1.2)
    ("rendering_speed", "seed", "style_preset", "style_codes", REFERENCES, "color_palette")
)
_V3_DRAWS: Final = _V3 | {
    "aspect_ratio",
    "resolution",
    "magic_prompt",
    "negative_prompt",
    "style_type",
}
_LEGACY_DRAWS: Final = frozenset(  # image_request (ideogram-upstream 1.4)
    (
        "aspect_ratio",
        "resolution",
        "magic_prompt",
        "negative_prompt",
        "seed",
        "style_type",
        "color_palette",
    )
)
_WEIGHT: Final = frozenset({"image_weight"})  # of every model's remix; rows speak of generate

ENDPOINTS: Final[Mapping[tuple[Family, Operation], frozenset[str]]] = {
    ("v3", "generate"): _V3_DRAWS,
    ("v3", "remix"): _V3_DRAWS | _WEIGHT,
    ("v3", "edit"): _V3 | {"magic_prompt", "style_type"},
    ("v3", "reframe"): _V3 | {"resolution"},
    ("v3", "replace_background"): _V3 | {"magic_prompt"},
    ("legacy", "generate"): _LEGACY_DRAWS,
    ("legacy", "remix"): _LEGACY_DRAWS | _WEIGHT,
    ("legacy", "edit"): frozenset(("magic_prompt", "seed", "style_type")),
    ("legacy", "reframe"): frozenset(("resolution", "seed", "style_type")),
    ("legacy", "upscale"): frozenset(("resemblance", "detail", "magic_prompt", "seed")),
    ("legacy", "describe"): frozenset(("describe_model_version",)),
}
# What a family's payloads have a place for, should an upstream's row add it.
_PLACES: Final[Mapping[Family, frozenset[str]]] = {
    "v3": _V3_DRAWS | _WEIGHT,
    "legacy": _LEGACY_DRAWS | _WEIGHT | {"resemblance", "detail", "describe_model_version"},
}
# Fields that AiHubMix's page shows and the endpoint lacks (ideogram-upstream 9.6, 9.7).
_SHOWN: Final[Mapping[tuple[Family, Operation], tuple[str, ...]]] = {
    ("v3", "edit"): ("aspect_ratio", "negative_prompt"),
    ("v3", "replace_background"): ("style_type",),
}


class Terms(NamedTuple):
    """What a request is planned against. `upstreams` in the order in which they are tried."""

    catalogue: Catalogue
    upstreams: Sequence[Upstream]
    rules: Rules


class Served(NamedTuple):
    """What one request is served from.

    `upstreams` take every native field that the caller gave; `fields` are what each of them takes,
    so that what we derive from OpenAI's fields suits them all.
    """

    model: Model
    operation: Operation
    catalogue: Catalogue
    rules: Rules
    upstreams: tuple[Upstream, ...]
    fields: frozenset[str]


def given(ask: Generate) -> tuple[str, ...]:
    """The native fields that the caller gave, in the table's order."""
    return tuple(name for name in NATIVE_FIELDS if getattr(ask, name, None) not in (None, ()))


def served(wanted: Sequence[str], model: Model, operation: Operation, terms: Terms) -> Served:
    """`wanted`: native fields that were given. The terms' upstreams (at least one) offer it.

    ApiError unsupported_parameter when none of them takes every one of the fields.
    """
    taken = {upstream.name: takes(model, upstream, operation) for upstream in terms.upstreams}
    able = tuple(one for one in terms.upstreams if taken[one.name].issuperset(wanted))
    if not able:
        missing = [name for name in wanted if not any(name in took for took in taken.values())]
        raise unsupported((missing or wanted)[0], model, operation, terms.catalogue)
    common = frozenset.intersection(*(taken[one.name] for one in able))
    return Served(model, operation, terms.catalogue, terms.rules, able, common)


def of_row(model: Model, operation: Operation) -> frozenset[str]:
    """What the endpoint has and the row takes, whoever the upstream is."""
    return ENDPOINTS[model.family, operation].intersection((*model.fields, *_WEIGHT))


def takes(model: Model, upstream: Upstream, operation: Operation) -> frozenset[str]:
    """`of_row`, corrected by the upstream's "operation.field" entries.

    An added field counts for every model whose payload has a place for it.
    """
    added, removed = (
        {name.removeprefix(f"{operation}.") for name in names if name.startswith(f"{operation}.")}
        for names in (upstream.fields_added, upstream.fields_removed)
    )
    return (of_row(model, operation) | (added & _PLACES[model.family])) - removed


def unsent(
    wanted: Collection[str], model: Model, operation: Operation, upstreams: Sequence[Upstream]
) -> tuple[str, ...]:
    """The fields that were asked because AiHubMix's page shows them, and that nobody takes."""
    shown = _SHOWN.get((model.family, operation), ())
    return tuple(
        name
        for name in shown
        if name in wanted and not any(name in takes(model, one, operation) for one in upstreams)
    )


def unsupported(field: str, model: Model, operation: Operation, catalogue: Catalogue) -> ApiError:
    """The refusal of a native field, naming the models or the operations that take it."""
    pairs = [(row, one) for row in catalogue.models.values() for one in row.operations]
    taking = [(row, one) for row, one in pairs if (row.family, one) in ENDPOINTS]
    taking = [(row, one) for row, one in taking if field in of_row(row, one)]
    models = [row.name for row, one in taking if one == operation]
    if field in of_row(model, operation):
        why = f"the upstream that serves {model.name} does not take {field} on {operation}."
    elif models:
        why = (
            f"{model.name} does not take {field} on {operation}; models that do: {listed(models)}."
        )
    else:
        others = listed(dict.fromkeys(one for _, one in taking)) or "none"
        why = f"{operation} does not take {field}; operations that do: {others}."
    return ApiError("unsupported_parameter", f"Unsupported parameter: {why}", param=field)
