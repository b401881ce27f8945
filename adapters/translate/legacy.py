"""The payloads of Ideogram 1.0, 2.0 and 2a: an `image_request` that names the model."""

from adapters.ideogram.wire import Payload
from adapters.translate.drawing import Drawing
from adapters.translate.sizes import Field

_PREFIX: dict[Field, str] = {"resolution": "RESOLUTION", "aspect_ratio": "ASPECT"}


def generate(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /generate (ideogram-upstream 1.4). `num_images` decides the bill: always said."""
    shape = drawing.shape
    spoken = {
        "prompt": drawing.prompt,
        "model": drawing.model,
        "magic_prompt_option": drawing.magic_prompt,
        "seed": drawing.seed_of(first),
        "style_type": drawing.style_type,
        "negative_prompt": drawing.negative_prompt,
        "num_images": images,
        "color_palette": drawing.color_palette,
    }
    if shape is not None:
        spoken[shape.field] = f"{_PREFIX[shape.field]}_{shape.value.replace('x', '_')}"
    asked = {name: value for name, value in spoken.items() if value is not None}
    return Payload(path="/generate", encoding="json", images=images, body={"image_request": asked})
