"""Every endpoint: its fields, what it requires, what excludes what (ideogram-upstream 1.1 to 1.6)."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from adapters.sandbox import tables
from adapters.sandbox.kinds import (
    MODEL_URI,
    Choice,
    Codes,
    Flag,
    Kind,
    Palette,
    Picture,
    Text,
    Whole,
    Wrapped,
)

Operation = Literal[
    "generate", "edit", "remix", "reframe", "replace_background", "upscale", "describe"
]


Fields = dict[str, Kind]


class Endpoint(NamedTuple):
    """One POST. `excludes` are pairs that must not come together, in whichever object they lie."""

    path: str
    family: Literal["v3", "legacy"]
    operation: Operation
    encoding: Literal["multipart", "json"]
    required: tuple[str, ...]
    fields: Fields
    excludes: tuple[tuple[str, str], ...] = ()

    def flat(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with those of `image_request` beside the others."""
        wrapped: Mapping[str, Any] = values.get("image_request", {})
        return {name: v for name, v in values.items() if name != "image_request"} | dict(wrapped)


_PROMPT: Final = Text(blank=False)
_SEED: Final = Whole(0, tables.BIGGEST_SEED)
_COUNT: Final = Whole(1, tables.MOST_IMAGES, 1)
_PERCENT: Final = Whole(1, 100, 50)
_MAGIC: Final = Choice("MagicPromptOption", tables.MAGIC)
_LEGACY_STYLE: Final = Choice("StyleType", tables.LEGACY_STYLES)
_MODEL: Final = Choice("ModelEnum", tables.LEGACY_MODELS, "V_2")
_LEGACY_RESOLUTION: Final = Choice("Resolution", tables.LEGACY_RESOLUTIONS)

# Fields that every V3 endpoint has; the others are named per endpoint (1.2).
_V3_ALL: Final[Fields] = {
    "rendering_speed": Choice("RenderingSpeed", tables.SPEEDS, "DEFAULT"),
    "num_images": _COUNT,
    "seed": _SEED,
    "color_palette": Palette(),
    "style_codes": Codes(),
    "style_preset": Choice("StylePresetV3", tables.PRESETS),
    "style_reference_images": Picture(many=True),
}
_V3_RESOLUTION: Final = Choice("ResolutionV3", tables.V3_RESOLUTIONS)
_V3_PROMPTED: Final[Fields] = {"prompt": _PROMPT, "magic_prompt": _MAGIC}
_V3_STYLED: Final[Fields] = {
    "style_type": Choice("StyleTypeV3", tables.V3_STYLES, "GENERAL"),
    "character_reference_images": Picture(many=True),
    "character_reference_images_mask": Picture(many=True),
}
_V3_SIZED: Final[Fields] = {
    "resolution": _V3_RESOLUTION,
    "aspect_ratio": Choice("AspectRatioV3", tuple(tables.V3_RATIOS)),
    "negative_prompt": Text(),
}
_V3_EXCLUDES: Final = (
    ("resolution", "aspect_ratio"),
    ("style_codes", "style_reference_images"),
    ("style_codes", "style_type"),
)

_LEGACY_IMAGE: Final[Fields] = {
    "prompt": _PROMPT,
    "model": _MODEL,
    "aspect_ratio": Choice("AspectRatio", tuple(tables.LEGACY_RATIOS)),
    "resolution": _LEGACY_RESOLUTION,
    "magic_prompt_option": _MAGIC,
    "seed": _SEED,
    "style_type": _LEGACY_STYLE,
    "negative_prompt": Text(),
    "num_images": _COUNT,
    "color_palette": Palette(),
}
_LEGACY_EXCLUDES: Final = (("resolution", "aspect_ratio"),)
_UPSCALE: Final[Fields] = {
    "prompt": Text(),
    "resemblance": _PERCENT,
    "detail": _PERCENT,
    "magic_prompt_option": _MAGIC,
    "num_images": _COUNT,
    "seed": _SEED,
}


def _v3(name: str, operation: Operation, required: tuple[str, ...], fields: Fields) -> Endpoint:
    pairs = tuple(pair for pair in _V3_EXCLUDES if set(pair) <= set(fields | _V3_ALL))
    path = f"/v1/ideogram-v3/{name}"
    return Endpoint(path, "v3", operation, "multipart", required, fields | _V3_ALL, pairs)


_V3_EDIT: Final = _V3_PROMPTED | _V3_STYLED | {"image": Picture(), "mask": Picture()}

ENDPOINTS: Final = (
    _v3(
        "generate",
        "generate",
        ("prompt",),
        _V3_PROMPTED
        | _V3_STYLED
        | _V3_SIZED
        | {"custom_model_uri": Text(MODEL_URI), "enable_copyright_detection": Flag()},
    ),
    # The newer and the older name of the same operation (0.4).
    _v3("inpaint", "edit", ("image", "mask", "prompt"), _V3_EDIT),
    _v3("edit", "edit", ("image", "mask", "prompt"), _V3_EDIT),
    _v3(
        "remix",
        "remix",
        ("image", "prompt"),
        _V3_PROMPTED | _V3_STYLED | _V3_SIZED | {"image": Picture(), "image_weight": _PERCENT},
    ),
    _v3(
        "reframe",
        "reframe",
        ("image", "resolution"),
        {"image": Picture(), "resolution": _V3_RESOLUTION},
    ),
    _v3(
        "replace-background",
        "replace_background",
        ("image", "prompt"),
        _V3_PROMPTED | {"image": Picture()},
    ),
    Endpoint(
        "/generate",
        "legacy",
        "generate",
        "json",
        ("image_request",),
        {"image_request": Wrapped(_LEGACY_IMAGE, ("prompt",))},
        _LEGACY_EXCLUDES,
    ),
    Endpoint(
        "/edit",
        "legacy",
        "edit",
        "multipart",
        ("image_file", "mask", "prompt", "model"),
        {
            "image_file": Picture(),
            "mask": Picture(),
            "prompt": _PROMPT,
            "model": _MODEL,
            "magic_prompt_option": _MAGIC,
            "num_images": _COUNT,
            "seed": _SEED,
            "style_type": _LEGACY_STYLE,
        },
    ),
    Endpoint(
        "/remix",
        "legacy",
        "remix",
        "multipart",
        ("image_request", "image_file"),
        {
            "image_request": Wrapped(_LEGACY_IMAGE | {"image_weight": _PERCENT}, ("prompt",)),
            "image_file": Picture(),
        },
        _LEGACY_EXCLUDES,
    ),
    Endpoint(
        "/reframe",
        "legacy",
        "reframe",
        "multipart",
        ("image_file", "resolution", "model"),
        {
            "image_file": Picture(),
            "resolution": _LEGACY_RESOLUTION,
            "model": _MODEL,
            "num_images": _COUNT,
            "seed": _SEED,
            "style_type": _LEGACY_STYLE,
        },
    ),
    Endpoint(
        "/upscale",
        "legacy",
        "upscale",
        "multipart",
        ("image_request", "image_file"),
        {"image_request": Wrapped(_UPSCALE, ()), "image_file": Picture()},
    ),
    Endpoint(
        "/describe",
        "legacy",
        "describe",
        "multipart",
        ("image_file",),
        {
            "image_file": Picture(),
            "describe_model_version": Choice("DescribeModelVersion", tables.DESCRIBERS, "V_3"),
        },
    ),
)

_BY_LENGTH: Final = sorted(ENDPOINTS, key=lambda endpoint: -len(endpoint.path))


def find(path: str) -> Endpoint | None:
    """The endpoint at the end of a path, below any prefix ("/ideogram") that is no version."""
    for endpoint in _BY_LENGTH:
        prefix = path.removesuffix(endpoint.path)
        if prefix != path:
            return None if {"v1", "v2"} & set(prefix.split("/")) else endpoint
    return None
