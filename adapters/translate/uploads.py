"""The pictures of an edit as file parts, under names of ours, and who can take their size."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from adapters.ideogram.wire import File
from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Link, Upload
from adapters.translate import references
from adapters.translate.fields import REFERENCES
from adapters.translate.plan import Inputs
from config.catalogue import Family, Operation, Upstream

# ideogram-upstream 9.4: never to be mixed
_IMAGE: Final[dict[Family, str]] = {"v3": "image", "legacy": "image_file"}


class Uploads(NamedTuple):
    """File parts in order; `params` names each as the caller knows it."""

    files: tuple[File, ...]
    params: tuple[str, ...]

    def too_large(self, upstream: Upstream) -> ApiError | None:
        """Why an upstream does not take them; None when it does."""
        for file, param in zip(self.files, self.params, strict=True):
            if len(file.content) > upstream.max_file:
                return ApiError(
                    "request_too_large",
                    f"{param} has {len(file.content):,} bytes; the upstream takes at most"
                    f" {upstream.max_file:,} in one file.",
                    param=param,
                )
        return None


def collect(ask: Edit, inputs: Inputs, family: Family, operation: Operation) -> Uploads:
    """The first image, the mask of an edit, then style references and further images as such.

    ApiError request_too_large when they are too much for any one request.
    """
    found = list(_parts(ask, inputs, family, operation))
    whole = sum(len(file.content) for file, _ in found)
    if whole >= references.WHOLE_REQUEST:
        raise ApiError(
            "request_too_large",
            f"The images together have {whole:,} bytes; Ideogram takes less than"
            f" {references.WHOLE_REQUEST:,} in one request.",
            param=found[0][1],
        )
    return Uploads(tuple(file for file, _ in found), tuple(param for _, param in found))


def first(ask: Edit) -> str:
    """What the caller calls the image that is worked on."""
    return _param(ask.images, 0, "image")


def further(ask: Edit) -> str:
    """What the caller calls the first image that Ideogram has no place for."""
    return _param(ask.images, 1, "image")


def _parts(
    ask: Edit, inputs: Inputs, family: Family, operation: Operation
) -> Iterator[tuple[File, str]]:
    image = inputs.image
    yield references.part(_IMAGE[family], "image", image.format, image.content), first(ask)
    if inputs.mask is not None and operation == "edit":
        mask = references.part("mask", "mask", "png", inputs.mask.content)
        yield mask, first(ask) if ask.mask is None else ask.mask.param
    named = [
        (one, _param(ask.references, i, REFERENCES)) for i, one in enumerate(inputs.references)
    ]
    named += [(one, _param(ask.images, i, "image")) for i, one in enumerate(inputs.others, 1)]
    for place, (one, param) in enumerate(named):
        yield references.style(place, one.format, one.content), param


def _param(pictures: Sequence[Upload | Link], place: int, otherwise: str) -> str:
    return pictures[place].param if place < len(pictures) else otherwise
