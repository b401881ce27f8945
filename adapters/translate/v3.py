"""Ideogram 3.0's payloads: flat multipart fields, the version in the path."""

import msgspec

from adapters.ideogram.wire import Payload
from adapters.translate.drawing import Drawing


def generate(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /v1/ideogram-v3/generate (ideogram-upstream 1.2).

    `rendering_speed` and `num_images` decide the bill, so they are always said.
    """
    shape = drawing.shape
    palette = drawing.color_palette
    spoken = (
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
        path="/v1/ideogram-v3/generate",
        encoding="multipart",
        images=images,
        fields=(
            ("prompt", drawing.prompt),
            *((name, str(value)) for name, value in spoken if value is not None),
        ),
        parts_json=() if palette is None else ("color_palette",),
        files=drawing.style_references,
    )
