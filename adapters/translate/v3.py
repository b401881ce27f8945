"""Ideogram 3.0's payloads: flat multipart fields, the version in the path."""

from collections.abc import Mapping
from typing import Final

import msgspec

from adapters.ideogram.wire import Payload
from adapters.translate.drawing import Drawing
from config.catalogue import Kind

# Ideogram renamed edit; AiHubMix knows the older name only (ideogram-upstream 0.4)
_EDIT: Final[Mapping[Kind, str]] = {"aihubmix": "edit", "ideogram": "inpaint"}


def generate(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /v1/ideogram-v3/generate (ideogram-upstream 1.2, as all of them)."""
    return _payload("generate", drawing, first, images)


def remix(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /v1/ideogram-v3/remix."""
    return _payload("remix", drawing, first, images)


def edit(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /v1/ideogram-v3/edit, or its newer name."""
    return _payload(_EDIT[drawing.kind], drawing, first, images)


def reframe(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /v1/ideogram-v3/reframe."""
    return _payload("reframe", drawing, first, images)


def replace_background(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /v1/ideogram-v3/replace-background."""
    return _payload("replace-background", drawing, first, images)


def _payload(name: str, drawing: Drawing, first: int, images: int) -> Payload:
    """`rendering_speed` and `num_images` decide the bill, so they are always said."""
    shape = drawing.shape
    palette = drawing.color_palette
    spoken = (
        ("prompt", drawing.prompt),
        ("image_weight", drawing.image_weight),
        ("seed", drawing.seed_of(first)),
        (shape.field if shape else "", shape.value if shape else None),
        ("rendering_speed", drawing.speed),
        ("magic_prompt", drawing.magic_prompt),
        ("negative_prompt", drawing.negative_prompt),
        ("num_images", images),
        ("color_palette", None if palette is None else msgspec.json.encode(palette).decode()),
        *(("style_codes", code) for code in drawing.style_codes),
        ("style_type", drawing.style_type),
        ("style_preset", drawing.style_preset),
    )
    return Payload(
        path=f"/v1/ideogram-v3/{name}",
        encoding="multipart",
        images=images,
        fields=tuple((field, str(value)) for field, value in spoken if value is not None),
        parts_json=() if palette is None else ("color_palette",),
        files=drawing.files,
    )
