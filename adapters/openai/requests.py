"""What callers send: strict requests, decoded by hand from bytes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.openai.asked import asked_json
from adapters.openai.errors import ApiError
from adapters.openai.fields import GENERATE
from adapters.openai.near import UnknownRule


class Generate(msgspec.Struct, frozen=True, kw_only=True):
    """One image generation as asked, null and "" already folded into None.

    Enumerations are kept as the caller wrote them, lower-cased where OpenAI's are lower case; the
    native fields keep the caller's spelling: translate reads them. `unknown` holds the names that
    no rule knows, in order (openai-images 1, DESIGN 3), cut to a length fit for a message.
    """

    prompt: str
    model: str | None = None
    n: int = 1
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    response_format: str | None = None  # "url" | "b64_json"
    output_format: str | None = None  # "png" | "jpeg" | "webp"
    output_compression: int | None = None  # 0..100
    background: str | None = None
    moderation: str | None = None
    stream: bool = False
    partial_images: int | None = None
    user: str | None = None
    safety_identifier: str | None = None
    complexity: str | None = None
    # native fields, spellings folded (num_images -> n, magic_prompt_option -> magic_prompt)
    aspect_ratio: str | None = None
    resolution: str | None = None
    rendering_speed: str | None = None
    magic_prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    style_type: str | None = None
    style_preset: str | None = None
    style_codes: tuple[str, ...] | None = None
    style_reference_images: tuple[str, ...] | None = None  # data URLs
    color_palette: Mapping[str, Any] | None = None
    size_policy: str | None = None
    # fields of other operations and fields nobody knows, by name, for the unknown-field rule
    unknown: tuple[str, ...] = ()


def read_generate(body: bytes, *, unknown_parameters: UnknownRule) -> Generate:
    """One generation from a JSON body. Raises ApiError, status 400, for everything else."""
    asked = asked_json(body, GENERATE, unknown_parameters)
    _check_prompt(asked.values.get("prompt"))
    return Generate(**asked.values, unknown=tuple(asked.unknown))


def _check_prompt(prompt: str | None) -> None:
    if prompt is None:
        raise ApiError(
            "missing_required_parameter", "prompt is required: say what to draw.", param="prompt"
        )
    if not prompt.strip():
        raise ApiError("invalid_value", "prompt is blank: say what to draw.", param="prompt")


class Upload(msgspec.Struct, frozen=True):
    """A picture that came with a request. `param` names it in errors: "image", "image[1]", "mask"."""

    param: str
    content: bytes


class Link(msgspec.Struct, frozen=True):
    """A picture that a JSON edit names by its https link; fetched before anything is planned."""

    param: str
    url: str


class Edit(Generate, frozen=True, kw_only=True):
    """One edit, variation or description as asked; pictures in the order in which they came.

    `prompt` is blank only where the operation needs none. `references` are
    `style_reference_images` in whatever form they came.
    """

    prompt: str = ""
    images: tuple[Upload | Link, ...] = ()
    mask: Upload | Link | None = None
    references: tuple[Upload | Link, ...] = ()
    operation: str | None = None
    mask_polarity: str | None = None  # "alpha" | "black_edits" | "white_edits"
    input_fidelity: str | None = None  # "low" | "high"
    image_weight: int | None = None  # 1..100
    resemblance: int | None = None  # 1..100
    detail: int | None = None  # 1..100
    describe_model_version: str | None = None
