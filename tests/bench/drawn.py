"""Pictures of the bench, the same in every run: some compress as photographs do, some as drawings."""

import io
from random import Random
from typing import Any, Final

from PIL import Image

PHOTO_PNG: Final = 0.012  # grain that makes a PNG of 2048² pixels 5 MB
PHOTO_JPEG: Final = 0.85  # and a JPEG
HALF: Final = 128


def photo(side: int, grain: float = PHOTO_PNG) -> Image.Image:
    """Colours that change slowly, and grain."""
    slope = Image.linear_gradient("L").resize((side, side))
    bands = [slope, Image.radial_gradient("L").resize((side, side)), slope.rotate(90)]
    noise = Image.frombytes("RGB", (side, side), Random(7).randbytes(side * side * 3))
    return Image.blend(Image.merge("RGB", bands), noise, grain)


def photo_mask(side: int) -> Image.Image:
    """A photograph of which the upper half is transparent."""
    mask = photo(side).convert("RGBA")
    slope = Image.linear_gradient("L").resize((side, side))
    mask.putalpha(slope.point([0] * HALF + [255] * HALF))
    return mask


def flat_mask(side: int) -> Image.Image:
    """As people paint them: black, and a hole."""
    mask = Image.new("RGBA", (side, side), "black")
    mask.paste((0, 0, 0, 0), (side // 4, side // 4, side // 2, side // 2))
    return mask


def turned() -> Image.Exif:
    """Says that a picture lies on its side, as cameras do."""
    made = Image.Exif()
    made[0x0112] = 6
    return made


def saved(picture: Image.Image, form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()
