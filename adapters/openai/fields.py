"""The fields of an image request: every name we know, what it fills, and how its value is read."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from adapters.openai.kinds import Flag, Kind, Palette, Refused, Text, Texts, Whole, Word

EDITS: Final = "/v1/images/edits"
DESCRIPTIONS: Final = "/v1/images/descriptions"

PROMPT: Final = Text(32_000)  # OpenAI's longest (openai-images 1)
SHORT: Final = Text(64)  # sizes, ratios and names: the longest style preset has 21
MODEL: Final = Text(256)
WHO: Final = Text(512)
DATA_URL: Final = 20_971_520  # characters, OpenAI's bound for an image in JSON (openai-images 2c)


class Field(NamedTuple):
    """`fills` is the attribute of the request struct; several names may fill one."""

    fills: str
    kind: Kind


class Route(NamedTuple):
    """What one route takes. `elsewhere`: fields of other routes, and which.

    `apart`: names that real clients mean otherwise, never taken for a misspelling of a field.
    """

    path: str
    fields: Mapping[str, Field]
    elsewhere: Mapping[str, str]
    apart: frozenset[str] = frozenset()


def plain(**kinds: Kind) -> dict[str, Field]:
    """Fields that fill the attribute of their own name."""
    return {name: Field(name, kind) for name, kind in kinds.items()}


OPENAI: Final = plain(
    prompt=PROMPT,
    model=MODEL,
    n=Whole(1, 10),
    size=SHORT,
    quality=Word(("auto", "low", "medium", "high", "xhigh", "max", "standard", "hd")),
    style=Word(("vivid", "natural")),
    response_format=Word(("url", "b64_json")),
    output_format=Word(
        ("png", "jpeg", "webp"),
        {"gif": "animations are not offered", "svg": "vector graphics are not offered"},
    ),
    output_compression=Whole(0, 100),
    background=Word(("auto", "opaque"), {"transparent": "transparent pictures are not offered"}),
    moderation=Word(("auto", "low")),
    stream=Flag(),
    partial_images=Whole(0, 3),
    user=WHO,
    safety_identifier=WHO,
    complexity=Word(("low", "medium", "high")),
)

# Ideogram's own fields (ideogram-upstream 1.2, 1.4). Their words keep the caller's spelling.
NATIVE: Final = plain(
    aspect_ratio=SHORT,
    resolution=SHORT,
    rendering_speed=SHORT,
    magic_prompt=SHORT,
    negative_prompt=PROMPT,
    seed=Whole(0, 2_147_483_647),
    style_type=SHORT,
    style_preset=SHORT,
    style_codes=Texts(16, 64),
    style_reference_images=Texts(16, DATA_URL, data_urls=True),
    color_palette=Palette(4_096),
    size_policy=Word(("nearest", "exact", "strict")),
)

# Second spellings, from AiHubMix's page.
SPELLINGS: Final = {
    "num_images": OPENAI["n"],
    "magic_prompt_option": NATIVE["magic_prompt"],
}

NOT_OFFERED: Final = plain(
    svg=Refused("asks for vector graphics, which are not offered"),
    frame_count=Refused("asks for an animation, which is not offered"),
    frame_duration_ms=Refused("asks for an animation, which is not offered"),
    markup=Refused("is not offered: send a mask to /v1/images/edits"),
    character_reference_images=Refused("is a field of Ideogram that is not offered yet"),
    character_reference_images_mask=Refused("is a field of Ideogram that is not offered yet"),
    custom_model_uri=Refused("is a field of Ideogram that is not offered yet"),
    enable_copyright_detection=Refused("is a field of Ideogram that is not offered yet"),
    upscale_factor=Refused("is a field of Ideogram that is not offered yet"),
)

# Fields of other operations: a picture would be paid for in which they play no part.
_NOT_GENERATE: Final = {
    "image": EDITS,
    "images": EDITS,
    "image_file": EDITS,
    "image_url": EDITS,
    "mask": EDITS,
    "mask_polarity": EDITS,
    "image_weight": EDITS,
    "input_fidelity": EDITS,
    "operation": EDITS,
    "resemblance": EDITS,
    "detail": EDITS,
    "describe_model_version": DESCRIPTIONS,
}

GENERATE: Final = Route(
    path="/v1/images/generations",
    fields={**OPENAI, **NATIVE, **SPELLINGS, **NOT_OFFERED},
    elsewhere=_NOT_GENERATE,
)
