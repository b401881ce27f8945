"""What callers send: strict requests, decoded by hand from bytes."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Generate(msgspec.Struct, frozen=True, kw_only=True):
    """One image generation as asked, null and "" already folded into None.

    Enumerations are kept as the caller wrote them, lower-cased where OpenAI's are lower case; the
    native fields keep the caller's spelling: translate reads them. `unknown` holds the names that
    no rule knows, in order (openai-images 1, DESIGN 3).
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
