"""From `size`, `size_policy`, `aspect_ratio` and `resolution` to the one shape that is drawn."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate
from adapters.openai.wording import listed, shown
from adapters.translate import sizes, spellings
from adapters.translate.fields import Served, of_row, unsupported
from adapters.translate.plan import Rules, Warn
from adapters.translate.sizes import Shape
from config.catalogue import Catalogue, Model, Operation

LARGEST: Final = 3840 * 2160  # OpenAI's largest picture (openai-images 1): the most we resize to

_SHOWN: Final = 3  # sizes that a refusal names


class Fit(NamedTuple):
    """`shape` None leaves the size to the upstream. `exact`: pixels to crop and resize to."""

    shape: Shape | None
    exact: tuple[int, int] | None = None


class Asked(NamedTuple):
    """A size in pixels, and how close the picture must come to it."""

    width: int
    height: int
    policy: str  # a SizePolicy

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Wish(NamedTuple):
    """`asked`: the pixels of `size`. `native`: what `aspect_ratio` or `resolution` names."""

    asked: Asked | None
    native: Shape | None


def fit(ask: Generate, served: Served, warnings: list[Warn]) -> Fit:
    """ApiError for every size, ratio or policy that cannot be met; warns of every other pixel."""
    asked, native = wish(ask, served)
    if native is not None:
        return Fit(instead(native, asked, warnings))
    return Fit(None) if asked is None else nearest(asked, served, warnings)


def wish(ask: Generate, served: Served) -> Wish:
    """What the caller said of the size. ApiError for what no model or not this one knows."""
    asked = _asked(ask, served.rules)
    if ask.aspect_ratio is not None:
        return Wish(asked, _named(ask.aspect_ratio, served.model, shapes(served)))
    if ask.resolution is not None:
        return Wish(asked, _listed(ask.resolution, served.model, shapes(served)))
    return Wish(asked, None)


def shapes(served: Served) -> tuple[Shape, ...]:
    """What the model can be told to draw, by the fields that the upstreams take."""
    return _shapes(served.model, served.catalogue, served.fields)


def pixels(fit: Fit, served: Served) -> str | None:
    """What the answer will measure, should the upstream not say it."""
    if fit.exact is not None:
        return f"{fit.exact[0]}x{fit.exact[1]}"
    if fit.shape is not None:
        return fit.shape.pixels
    # told no size it draws a square (ideogram-upstream 1.2, 1.4)
    return served.catalogue.sizes[served.model.sizes].ratios.get("1x1")


def _asked(ask: Generate, rules: Rules) -> Asked | None:
    if ask.size is None or ask.size.strip().lower() == "auto":
        return None
    found = spellings.size(ask.size)
    if found is None:
        raise ApiError(
            "invalid_value",
            f'Invalid size "{shown(ask.size)}": write WIDTHxHEIGHT in pixels, such as 1024x1024, or'
            " auto; a ratio goes into aspect_ratio.",
            param="size",
        )
    return Asked(*found, ask.size_policy or rules.size_policy)


def _named(text: str, model: Model, shapes: Sequence[Shape]) -> Shape:
    ratios = [shape for shape in shapes if shape.field == "aspect_ratio"]
    wanted = spellings.ratio(text)
    for shape in ratios:
        if shape.value == wanted:
            return shape
    raise ApiError(
        "invalid_value",
        f'Invalid aspect_ratio "{shown(text)}":'
        f" {model.name} takes {listed(shape.value for shape in ratios)}.",
        param="aspect_ratio",
    )


def _listed(text: str, model: Model, shapes: Sequence[Shape]) -> Shape:
    members = [shape for shape in shapes if shape.field == "resolution"]
    wanted = spellings.pixels(text)
    for shape in members:
        if (shape.width, shape.height) == wanted:
            return shape
    if wanted is None:
        hint = "write it as 1344x768 or RESOLUTION_1344_768."
    else:
        near = sizes.by_distance(*wanted, members)
        hint = f"{model.name} takes {len(members)} of them; nearest: {_names(near)}."
    raise ApiError(
        "invalid_value", f'Invalid resolution "{shown(text)}": {hint}', param="resolution"
    )


def _shapes(model: Model, catalogue: Catalogue, fields: Collection[str]) -> tuple[Shape, ...]:
    every = sizes.shapes(catalogue.sizes[model.sizes], model.family)
    return tuple(shape for shape in every if shape.field in fields)


def instead(native: Shape, asked: Asked | None, warnings: list[Warn]) -> Shape:
    """A native value wins over `size`, unless the policy holds `size` to the pixel."""
    if asked is None or native.pixels == str(asked):
        return native
    if asked.policy != "nearest":
        raise ApiError(
            "mutually_exclusive_parameters",
            f"size {asked} with size_policy {asked.policy} and {native.field} {native.value}"
            " exclude each other: send one of them.",
            param="size",
        )
    warnings.append(
        Warn(
            "size_ignored",
            "size",
            f"size {asked} was not used, because {native.field} {native.value} was given too:"
            f" the picture is {native.pixels}.",
        )
    )
    return native


def nearest(asked: Asked, served: Served, warnings: list[Warn]) -> Fit:
    """The shape that stands for a size, as the policy allows it."""
    if not sizes.drawable(asked.width, asked.height):
        raise ApiError(
            "unsupported_size",
            f"size {asked} is outside 1:3 to 3:1, which no model draws.",
            param="size",
        )
    near = sizes.ranked(asked.width, asked.height, shapes(served))
    if not near:
        raise unsupported("aspect_ratio", served.model, served.operation, served.catalogue)
    best = near[0]
    error = best.error(asked.width, asked.height)
    if best.pixels == str(asked):
        return Fit(best, target(asked))
    if asked.policy == "strict" or abs(error) > served.rules.max_ratio_error:
        raise _out_of_reach(asked, served, near)
    cut = target(asked)
    if cut is None:
        warnings.append(Warn("size_changed", "size", _changed(asked, best, error)))
    return Fit(best, cut)


def target(asked: Asked) -> tuple[int, int] | None:
    """The pixels to crop and resize to: those of size_policy exact."""
    if asked.policy != "exact":
        return None
    if asked.width * asked.height > LARGEST:
        raise ApiError(
            "unsupported_size",
            f"size {asked} is too large for size_policy exact, which resizes to at most"
            f" {LARGEST:,} pixels (3840x2160).",
            param="size",
        )
    return asked.width, asked.height


def _changed(asked: Asked, sent: Shape, error: float) -> str:
    drawn = "" if sent.value == sent.pixels else f", which draws {sent.pixels}"
    ratio = "the same ratio" if error == 0 else f"a ratio {_off(error)}"
    return (
        f"size {asked} was asked, {sent.field} {sent.value} was sent{drawn}: {ratio}. Send"
        f" size_policy exact and response_format b64_json to get {asked}."
    )


def _off(error: float) -> str:
    return f"{abs(error):.2%} {'wider' if error > 0 else 'narrower'}"


def _out_of_reach(asked: Asked, served: Served, near: list[Shape]) -> ApiError:
    bound = served.rules.max_ratio_error
    reach = [
        row.name
        for row in served.catalogue.models.values()
        if served.operation in row.operations
        and _reaches(asked, row, served.operation, served.catalogue, bound)
    ]
    how = (
        "to the pixel, as size_policy strict asks"
        if asked.policy == "strict"
        else f"within {bound:.0%} of its ratio"
    )
    return ApiError(
        "unsupported_size",
        f"{served.model.name} cannot draw {asked} {how}. Nearest sizes: {_names(near)}."
        f" Models that reach it: {listed(reach) or 'none'}.",
        param="size",
    )


def _reaches(
    asked: Asked, row: Model, operation: Operation, catalogue: Catalogue, bound: float
) -> bool:
    known = _shapes(row, catalogue, of_row(row, operation))
    best = sizes.ranked(asked.width, asked.height, known)[0]
    if asked.policy == "strict":
        return best.pixels == str(asked)
    return abs(best.error(asked.width, asked.height)) <= bound


def _names(near: Iterable[Shape]) -> str:
    return listed(list(dict.fromkeys(shape.pixels for shape in near))[:_SHOWN])
