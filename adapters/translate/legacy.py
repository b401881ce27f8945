"""The payloads of Ideogram 1.0, 2.0 and 2a, and of upscale and describe."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.ideogram.wire import Payload
from adapters.translate.drawing import Drawing
from adapters.translate.sizes import Field

_PREFIX: Final[Mapping[Field, str]] = {"resolution": "RESOLUTION", "aspect_ratio": "ASPECT"}
_REQUEST: Final = "image_request"


def generate(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /generate: an `image_request` that names the model (ideogram-upstream 1.4, as all)."""
    asked = _spoken(drawing, first, images)
    return Payload(path="/generate", encoding="json", images=images, body={_REQUEST: asked})


def remix(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /remix: an `image_request` beside a file."""
    return _wrapped("/remix", drawing, images, _spoken(drawing, first, images))


def upscale(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /upscale: no model; the file is what is paid for, so each call has one picture."""
    asked = _spoken(drawing, first, images)
    del asked["model"], asked["num_images"]
    return _wrapped("/upscale", drawing, images, asked)


def edit(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /edit: fields beside the files, nothing wrapped."""
    return _flat("/edit", drawing, images, _spoken(drawing, first, images))


def reframe(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /reframe."""
    return _flat("/reframe", drawing, images, _spoken(drawing, first, images))


def describe(drawing: Drawing, first: int, images: int) -> Payload:
    """POST /describe: no model of the drawing kind, no count."""
    asked = _spoken(drawing, first, images)
    del asked["model"], asked["num_images"]
    return _flat("/describe", drawing, images, asked)


def _spoken(drawing: Drawing, first: int, images: int) -> dict[str, Any]:
    """`num_images` decides the bill of whatever is drawn, so it is always said."""
    shape = drawing.shape
    spoken = {
        "prompt": drawing.prompt,
        "model": drawing.model,
        "image_weight": drawing.image_weight,
        "resemblance": drawing.resemblance,
        "detail": drawing.detail,
        "magic_prompt_option": drawing.magic_prompt,
        "seed": drawing.seed_of(first),
        "style_type": drawing.style_type,
        "negative_prompt": drawing.negative_prompt,
        "num_images": images,
        "color_palette": drawing.color_palette,
        "describe_model_version": drawing.describe_model_version,
    }
    if shape is not None:
        spoken[shape.field] = f"{_PREFIX[shape.field]}_{shape.value.replace('x', '_')}"
    return {name: value for name, value in spoken.items() if value is not None}


def _wrapped(path: str, drawing: Drawing, images: int, asked: Mapping[str, Any]) -> Payload:
    """Ideogram's document has the object as a JSON part, AiHubMix's page as text (1.4)."""
    return Payload(
        path=path,
        encoding="multipart",
        images=images,
        fields=((_REQUEST, _json(asked)),),
        parts_json=(_REQUEST,) if drawing.kind == "ideogram" else (),
        files=drawing.files,
    )


def _flat(path: str, drawing: Drawing, images: int, asked: Mapping[str, Any]) -> Payload:
    objects = tuple(name for name, value in asked.items() if isinstance(value, Mapping))
    return Payload(
        path=path,
        encoding="multipart",
        images=images,
        fields=tuple(
            (name, _json(value) if name in objects else str(value)) for name, value in asked.items()
        ),
        parts_json=objects,
        files=drawing.files,
    )


def _json(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
