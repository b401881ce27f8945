"""The fields of the routes that take a picture: edits, variations, descriptions."""

from collections.abc import Mapping
from typing import Final

from adapters.openai.fields import (
    DESCRIPTIONS,
    EDITS,
    NATIVE,
    NOT_OFFERED,
    OPENAI,
    SHORT,
    SPELLINGS,
    Field,
    Route,
    plain,
)
from adapters.openai.kinds import Whole, Word
from adapters.openai.pictures import Pictures

MOST_IMAGES: Final = 16  # OpenAI's bound (openai-images 2a)
MOST_REFERENCES: Final = 16  # as for generations
VARIATIONS: Final = "/v1/images/variations"

_PERCENT: Final = Whole(1, 100)  # ideogram-upstream 1.2, 1.4

_EDITING: Final = plain(
    operation=Word(("edit", "remix", "reframe", "replace_background", "upscale")),
    mask_polarity=Word(("alpha", "black_edits", "white_edits")),
    input_fidelity=Word(("low", "high")),
    image_weight=_PERCENT,
    resemblance=_PERCENT,
    detail=_PERCENT,
    describe_model_version=SHORT,
)
_MASK: Final = {"mask": Field("mask", Pictures(1, single=True))}
_REFERENCES: Final = {
    "style_reference_images": Field("references", Pictures(MOST_REFERENCES)),
}


def _images(most: int, *names: str) -> dict[str, Field]:
    return {name: Field("images", Pictures(most)) for name in names}


def _without(fields: Mapping[str, Field], *names: str) -> dict[str, Field]:
    return {name: field for name, field in fields.items() if name not in names}


_TEXTS: Final = {**OPENAI, **NATIVE, **SPELLINGS, **_EDITING, **_MASK, **_REFERENCES}

# Two letters from `image_file`, but real clients mean `size` by it (openai-images 9).
_APART: Final = frozenset({"image_size"})


def _route(path: str, fields: Mapping[str, Field], images: Mapping[str, Field]) -> Route:
    elsewhere = {name: EDITS for name in _TEXTS if name not in fields}
    return Route(path, {**images, **fields, **NOT_OFFERED}, elsewhere, _APART)


EDIT_FORM: Final = _route(EDITS, _TEXTS, _images(MOST_IMAGES, "image", "image_file"))
EDIT_JSON: Final = _route(EDITS, _TEXTS, _images(MOST_IMAGES, "images"))

# Describe, then remix: what either takes; the prompt is the description.
VARIATION_FORM: Final = _route(
    VARIATIONS,
    _without(
        _TEXTS,
        "prompt",
        "mask",
        "mask_polarity",
        "stream",
        "partial_images",
        "operation",
        "resemblance",
        "detail",
    ),
    _images(1, "image", "image_file"),
)

_DESCRIBED: Final = {
    name: _TEXTS[name] for name in ("model", "describe_model_version", "user", "safety_identifier")
}
DESCRIPTION_FORM: Final = _route(DESCRIPTIONS, _DESCRIBED, _images(1, "image", "image_file"))
DESCRIPTION_JSON: Final = _route(DESCRIPTIONS, _DESCRIBED, _images(1, "images"))
