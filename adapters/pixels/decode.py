"""Files to pixels: three decoders, 8 bits, no metadata but the colour profile."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image

# Importing a plugin registers it: these three decoders and no other.
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from adapters.pixels.sniff import segments, sniff

DECODERS: Final = tuple(
    str(plugin.format) for plugin in (PngImageFile, JpegImageFile, WebPImageFile)
)
# What Pillow raises on damaged bytes.
DAMAGE: Final = (OSError, ValueError, SyntaxError, EOFError)

_KEEPS_PROFILE: Final = frozenset({"RGB", "RGBA", "P"})  # others change colour space on the way
_PNG_DEPTH: Final = 24  # place of the bits of a pixel in the file
_JPEG_NOTES: Final = frozenset({*range(0xE1, 0xF0), 0xFE}) - {0xEE}  # EE says what the colours are
_JPEG_PROFILE: Final = b"ICC_PROFILE\0"


@contextmanager
def decoded(content: bytes) -> Iterator[Image.Image]:
    """The first picture of a file, its pixels loaded. Raises whatever DAMAGE names."""
    if sniff(content) == "jpeg":
        content = _without_notes(content)
    with Image.open(io.BytesIO(content), formats=DECODERS) as picture:
        picture.load()
        _fit_key(picture, content[_PNG_DEPTH])
        yield picture


def _without_notes(jpeg: bytes) -> bytes:
    """Less EXIF, thumbnails and further pictures: Pillow reads them and warns of crooked ones."""
    end = 2
    parts = [jpeg[:end]]
    for marker, body, end in segments(jpeg):
        if marker not in _JPEG_NOTES or jpeg.startswith(_JPEG_PROFILE, body):
            parts.append(jpeg[body - 4 : end])
    return b"".join((*parts, jpeg[end:]))


def _fit_key(picture: Image.Image, depth: int) -> None:
    """The one transparent colour of a PNG, in the scale that Pillow gave the pixels."""
    key = picture.info.get("transparency")
    if picture.format != "PNG" or key is None:
        return
    if picture.mode == "L" and depth < 8:  # noqa: PLR2004  bits of a pixel
        picture.info["transparency"] = key * 255 // ((1 << depth) - 1)
    if picture.mode == "RGB" and depth > 8:  # noqa: PLR2004
        picture.info["transparency"] = tuple(part >> 8 for part in key)


def plain(picture: Image.Image) -> Image.Image:
    """A loaded picture as RGB or RGBA of 8 bits, with its colour profile and no other metadata."""
    profile = picture.info.get("icc_profile") if picture.mode in _KEEPS_PROFILE else None
    made = _eight_bit(picture)
    made.info = {"icc_profile": profile} if profile else {}
    return made


def _eight_bit(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        picture = grey_of_sixteen(picture)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def grey_of_sixteen(picture: Image.Image) -> Image.Image:
    """16-bit grey in 8 bits, the transparent colour too; Pillow would clip it, not scale it."""
    made = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if "transparency" in made.info:
        made.info["transparency"] = int(made.info["transparency"] * (1 / 257))
    return made
