"""The frame of an edit: from `size` and the input's own pixels to what is drawn."""

from typing import Final

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit
from adapters.translate import fitting, sizes
from adapters.translate.fields import Served
from adapters.translate.fitting import Asked, Fit
from adapters.translate.plan import Input, Warn
from adapters.translate.sizes import Shape

_CROP: Final = 0.02  # the part of the input that may fall away without a word


def frame(ask: Edit, served: Served, picture: Input, warnings: list[Warn]) -> Fit:
    """ApiError for every size that cannot be met; warns of every other pixel and of what is cut."""
    asked, native = fitting.wish(ask, served)
    if native is not None:
        found = Fit(fitting.instead(native, asked, warnings))
    elif served.operation not in ("remix", "reframe"):
        return _kept(asked, served, picture, warnings)
    elif asked is not None:
        found = fitting.nearest(asked, served, warnings)
    elif served.operation == "remix":
        found = Fit(_alike(served, picture))
    else:
        raise ApiError(
            "missing_required_parameter",
            "reframe needs size or resolution: the frame that the image is drawn on into.",
            param="size",
        )
    if served.operation == "remix" and found.shape is not None:
        _warn_of_crop(found.shape, picture, warnings)
    return found


def named(ask: Edit) -> bool:
    """Whether the caller said what the picture is to measure."""
    size = (ask.size or "auto").strip().lower()
    return size != "auto" or ask.aspect_ratio is not None or ask.resolution is not None


def pixels(fit: Fit, served: Served, picture: Input) -> str | None:
    """What the answer will measure, should the upstream not say it; None where nobody knows."""
    if served.operation == "upscale" and fit.exact is None:
        return None
    if fit.shape is None and fit.exact is None and served.operation != "remix":
        return _size(picture)
    return fitting.pixels(fit, served)


def refuse_oblong(picture: Input, model: str, param: str) -> None:
    """ApiError unless the input is square: all that legacy reframe takes (ideogram-upstream 1.4)."""
    if picture.width != picture.height:
        raise ApiError(
            "invalid_image_file",
            f"{model} reframes square images only, got {_size(picture)}; an Ideogram 3.0 model takes"
            " any.",
            param=param,
        )


def _size(picture: Input) -> str:
    return f"{picture.width}x{picture.height}"


def _alike(served: Served, picture: Input) -> Shape | None:
    """The listed ratio nearest to the input; a size where an upstream takes no ratio."""
    known = fitting.shapes(served)
    ratios = [shape for shape in known if shape.field == "aspect_ratio"]
    near = sizes.by_distance(picture.width, picture.height, ratios or known)
    return near[0] if near else None


def _warn_of_crop(shape: Shape, picture: Input, warnings: list[Warn]) -> None:
    across, down = shape.width * picture.height, shape.height * picture.width
    lost = 1 - min(across, down) / max(across, down)
    if lost > _CROP:
        message = (
            f"The image is {_size(picture)} and {shape.field} {shape.value} was sent: Ideogram cuts"
            f" {lost:.1%} of it away."
        )
        warnings.append(Warn("cropped", "size", message))


def _kept(asked: Asked | None, served: Served, picture: Input, warnings: list[Warn]) -> Fit:
    """The endpoint has no size: the answer follows the input (ideogram-upstream 1.4, 8.3)."""
    if asked is None:
        return Fit(None)
    match asked.policy:
        case "strict":
            if str(asked) != _size(picture) or served.operation == "upscale":
                raise _fixed(asked, served, picture)
            return Fit(None)
        case "exact":
            error = Shape("resolution", "", picture.width, picture.height).error(
                asked.width, asked.height
            )
            if abs(error) > served.rules.max_ratio_error:
                raise _fixed(asked, served, picture)
            return Fit(None, fitting.target(asked))
        case _:
            if str(asked) != _size(picture):
                warnings.append(Warn("size_ignored", "size", _ignored(asked, served, picture)))
            return Fit(None)


def _fixed(asked: Asked, served: Served, picture: Input) -> ApiError:
    return ApiError(
        "unsupported_size",
        f"{served.operation} cannot answer in {asked} under size_policy {asked.policy}:"
        f" {_follows(served, picture)}.",
        param="size",
    )


def _ignored(asked: Asked, served: Served, picture: Input) -> str:
    return (
        f"size {asked} was not used: {_follows(served, picture)}. Send size_policy exact and"
        f" response_format b64_json to get {asked}."
    )


def _follows(served: Served, picture: Input) -> str:
    if served.operation == "upscale":
        return f"it makes the image larger than its {_size(picture)}"
    return f"the size of the answer follows the image, which is {_size(picture)}"
