"""The files that SDKs upload: pictures in three formats, masks, and what only claims to be one."""

import base64
from io import BytesIO
from typing import Final

from PIL import Image

WIDE: Final = (640, 400)  # 16:10, so that no default size could be taken for it
FOX: Final = "fox.png"
NAMED: Final = 'fü"chs.png'
OWL: Final = "owl.jpg"
HEN: Final = "hen.webp"
MASK: Final = "mask.png"
BLACK_LEFT: Final = "black-left.png"


def drawn(
    colour: str,
    kind: str = "PNG",
    *,
    size: tuple[int, int] = WIDE,
    left: str | None = None,
    mode: str = "RGB",
) -> bytes:
    """A picture of one colour, its left half in another if one is given."""
    picture = Image.new(mode, size, colour)
    if left is not None:
        picture.paste(left, (0, 0, size[0] // 2, size[1]))
    target = BytesIO()
    picture.save(target, kind)
    return target.getvalue()


PICTURES: Final = {
    FOX: drawn("teal"),
    NAMED: drawn("teal"),
    OWL: drawn("orange", "JPEG", size=(512, 512)),
    HEN: drawn("brown", "WEBP", size=(300, 500)),
    MASK: drawn("black", left="#0000", mode="RGBA"),  # transparent is what may change
    BLACK_LEFT: drawn("white", left="black"),
    "opaque.png": drawn("black", mode="RGBA"),
    "small-mask.png": drawn("black", size=(64, 40), left="#0000", mode="RGBA"),
    "empty.png": b"",
    "page.png": b"<!doctype html><title>no picture</title>",
    "cut.png": drawn("teal")[:-40],
}


def data_url(picture: str) -> str:
    kind = "jpeg" if picture.endswith(".jpg") else picture.rpartition(".")[2]
    return f"data:image/{kind};base64,{base64.b64encode(PICTURES[picture]).decode()}"
