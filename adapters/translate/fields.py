"""Which native fields a model takes on which upstream, and who takes a field that it does not."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate
from adapters.openai.wording import listed
from adapters.translate.plan import Rules
from config.catalogue import NATIVE_FIELDS, Catalogue, Model, Operation, Upstream

# An image_request has no place for other fields (ideogram-upstream 1.4), whatever is added to a row.
_LEGACY: Final = frozenset(
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


def served(
    ask: Generate,
    model: Model,
    operation: Operation,
    catalogue: Catalogue,
    upstreams: Sequence[Upstream],
    rules: Rules,
) -> Served:
    """`upstreams` (at least one) offer the operation.

    ApiError unsupported_parameter when none of them takes every native field that was given.
    """
    wanted = given(ask)
    taken = {upstream.name: takes(model, upstream, operation) for upstream in upstreams}
    able = tuple(one for one in upstreams if taken[one.name].issuperset(wanted))
    if not able:
        missing = [name for name in wanted if not any(name in took for took in taken.values())]
        raise unsupported((missing or wanted)[0], model, operation, catalogue)
    common = frozenset.intersection(*(taken[one.name] for one in able))
    return Served(model, operation, catalogue, rules, able, common)


def takes(model: Model, upstream: Upstream, operation: Operation) -> frozenset[str]:
    """The row's fields, corrected by the upstream's "operation.field" entries.

    An added field counts for every model whose payload has a place for it.
    """
    added, removed = (
        {name.removeprefix(f"{operation}.") for name in names if name.startswith(f"{operation}.")}
        for names in (upstream.fields_added, upstream.fields_removed)
    )
    if model.family == "legacy":
        added &= _LEGACY
    return (frozenset(model.fields) | added) - removed


def unsupported(field: str, model: Model, operation: Operation, catalogue: Catalogue) -> ApiError:
    """The refusal of a native field, naming the models that take it."""
    if field in model.fields:
        why = f"the upstream that serves {model.name} does not take {field}."
    else:
        takers = listed(
            row.name
            for row in catalogue.models.values()
            if operation in row.operations and field in row.fields
        )
        why = f"{model.name} does not take {field}; models that do: {takers or 'none'}."
    return ApiError("unsupported_parameter", f"Unsupported parameter: {why}", param=field)
