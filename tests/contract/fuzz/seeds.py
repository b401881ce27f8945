"""Good bodies, one for each way a request with pictures is made: what the mutants come from."""

import base64
import io
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image

EDITS: Final = "/v1/images/edits"
VARIATIONS: Final = "/v1/images/variations"
DESCRIPTIONS: Final = "/v1/images/descriptions"
GENERATIONS: Final = "/v1/images/generations"

SIDE: Final = 16


def _saved(picture: Image.Image, form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def _turned() -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = 6
    return made


def _open_on_the_left() -> Image.Image:
    mask = Image.new("RGBA", (SIDE, SIDE), "black")
    mask.paste((0, 0, 0, 0), (0, 0, SIDE // 2, SIDE))
    return mask


_PLAIN: Final = Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB")
PNG: Final = _saved(_PLAIN, "PNG")
PALETTE: Final = _saved(_PLAIN.quantize(8), "PNG", transparency=3)
JPEG: Final = _saved(_PLAIN, "JPEG", exif=_turned())
WEBP: Final = _saved(_PLAIN.convert("RGBA"), "WEBP", lossless=True)
MASK: Final = _saved(_open_on_the_left(), "PNG")
GREY_MASK: Final = _saved(_open_on_the_left().convert("L"), "PNG")
DATA_URL: Final = "data:image/png;base64," + base64.b64encode(PNG).decode()
MASK_URL: Final = "data:image/png;base64," + base64.b64encode(MASK).decode()


@dataclass
class Part:
    """One part of a form: its header lines and its content."""

    head: list[bytes]
    content: bytes


@dataclass
class Form:
    """A form that is fine."""

    path: str
    parts: list[Part]
    boundary: bytes = b"3f6f2f0f1c9b"


@dataclass
class Document:
    """A JSON body that is fine."""

    path: str
    fields: dict[str, Any] = field(default_factory=dict)


def text(name: str, value: str) -> Part:
    return Part([f'Content-Disposition: form-data; name="{name}"'.encode()], value.encode())


def file(name: str, content: bytes, filename: str = "a.png") -> Part:
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
    return Part([head.encode(), b"Content-Type: application/octet-stream"], content)


def _texts(**values: str) -> list[Part]:
    return [text(name, value) for name, value in values.items()]


def forms() -> list[Form]:
    """New ones each time: a mutant may change what is inside."""
    return [
        Form(
            EDITS,
            [
                file("mask", MASK),
                file("image", PNG, "ä/../b.png"),
                *_texts(prompt="a fox, 狐", model="gpt-image-1", n="2", quality="high"),
                *_texts(size="auto", stream="false", input_fidelity="", user="u-1"),
            ],
        ),
        Form(
            EDITS,
            [
                *_texts(prompt="a fox", image_weight="60", seed="7", response_format="b64_json"),
                file("image[]", JPEG),
                file("image[]", WEBP),
                file("image[2]", PALETTE),
                file("style_reference_images[]", PNG),
                text("color_palette[members][][color_hex]", "#FF0000"),
                text("color_palette[members][][color_weight]", "0.5"),
                *_texts(strange="", negative_prompt="rain", output_format="webp"),
            ],
        ),
        Form(
            EDITS, [file("image", PNG), *_texts(operation="upscale", resemblance="40", detail="9")]
        ),
        Form(
            EDITS,
            [
                *_texts(operation="reframe", size="1536x1024", prompt="wider", model="ideogram-v3"),
                file("image_file", JPEG),
                text("style_codes[]", "1A2B3C4D"),
            ],
        ),
        Form(
            EDITS,
            [
                file("image", PNG),
                *_texts(operation="replace_background", prompt="a beach", magic_prompt_option="ON"),
                text("color_palette", '{"name": "EMBER"}'),
            ],
        ),
        Form(
            EDITS,
            [
                *_texts(model="V_2_TURBO", prompt="a fox", mask_polarity="black_edits", n="9"),
                file("image", PNG),
                file("mask", GREY_MASK),
            ],
        ),
        Form(EDITS, [file("image", MASK), *_texts(model="dall-e-2", prompt="a fox")]),
        Form(EDITS, [text("image", DATA_URL), text("mask", MASK_URL), text("prompt", "a fox")]),
        Form(VARIATIONS, [file("image", WEBP), *_texts(n="3", size="1024x1024", model="dall-e-2")]),
        Form(DESCRIPTIONS, [file("image", JPEG), text("describe_model_version", "V_3")]),
    ]  # fmt: skip  one line a picture's request


def documents() -> list[Document]:
    """New ones each time."""
    url = {"image_url": DATA_URL}
    return [
        Document(
            GENERATIONS,
            {
                "prompt": "a fox \U0001f98a",
                "model": "gpt-image-1",
                "n": 3,
                "size": "1536x1024",
                "quality": "low",
                "seed": 7,
                "stream": False,
                "style_reference_images": [DATA_URL],
                "color_palette": {"members": [{"color_hex": "#FF0000", "color_weight": 0.5}]},
                "user": None,
                "extra": {"a": [1, {}]},
            },
        ),
        Document(
            GENERATIONS,
            {"prompt": "a fox", "model": "V_2A", "aspect_ratio": "16:9", "style_type": "ANIME"},
        ),
        Document(
            EDITS,
            {
                "images": [url, DATA_URL],
                "mask": {"image_url": MASK_URL, "file_id": None},
                "prompt": "a fox",
                "n": 2,
                "output_format": "jpeg",
                "output_compression": 80,
                "size": "1024x1024",
                "size_policy": "exact",
            },
        ),
        Document(EDITS, {"images": [url], "operation": "upscale", "detail": 20}),
        Document(DESCRIPTIONS, {"images": [url], "model": "ideogram-describe"}),
    ]
