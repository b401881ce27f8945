"""A caller's picture made fit to be sent: upright, and no larger than the upstream takes."""

from math import sqrt
from typing import Final, NamedTuple

from PIL import Image

from adapters.pixels.anatomy import Anatomy, anatomy
from adapters.pixels.decode import DAMAGE, decoded, plain
from adapters.pixels.formats import MAX_PIXELS, BadPicture, written
from adapters.pixels.orientation import UPRIGHT, turned
from adapters.pixels.sniff import Format

_TURNED_QUALITY: Final = 95  # of a JPEG or WebP that is written again only to be turned
_QUALITIES: Final = (95, 88, 80, 70, 55, 40)  # the highest that fits is taken
_WEBP_METHOD: Final = 0  # of 0..6; Pillow's 4 takes four times as long for a few per cent
_LOSSLESS_HOPE: Final = 1.5  # a PNG above this many times the cap does not fit without loss
_LOSSLESS_EFFORT: Final = 20  # of 100; more takes four times as long for a tenth of the bytes
_LONGEST_WEBP: Final = 16_383  # pixels of a side
_SHRINKS: Final = 6
_SAFETY: Final = 0.9  # fewer pixels carry more bytes each


class Upright(NamedTuple):
    """A picture as it goes out, `content` the very bytes that came if nothing had to be done.

    `turned`: by EXIF. `reencoded`: to fit the cap. `came` is the upright size as the caller knows
    it; `width` and `height` are smaller only if no quality was low enough.
    """

    content: bytes
    format: Format
    width: int
    height: int
    turned: bool
    reencoded: bool
    came: tuple[int, int]


def upright(content: bytes, *, max_bytes: int, max_pixels: int = MAX_PIXELS) -> Upright:
    """The picture, decoded only where it has to be turned or made smaller. Raises BadPicture."""
    seen = anatomy(content, max_pixels=max_pixels)
    turns = seen.turn != UPRIGHT
    if not turns and len(content) <= max_bytes:
        return Upright(
            content, seen.format, *seen.size, turned=False, reencoded=False, came=seen.size
        )
    try:
        return _made(content, seen, max_bytes)
    except DAMAGE as err:
        raise BadPicture(f"the picture is damaged: {err}.") from err


def _made(content: bytes, seen: Anatomy, max_bytes: int) -> Upright:
    with decoded(content) as opened:
        picture = turned(plain(opened), seen.turn)
    turns = seen.turn != UPRIGHT
    if turns:
        made = written(picture, seen.format, _TURNED_QUALITY)
        if len(made) <= max_bytes:
            return Upright(
                made, seen.format, *seen.size, turned=True, reencoded=False, came=seen.size
            )
    hope = seen.format == "png" and len(content) <= max_bytes * _LOSSLESS_HOPE
    form, made, size = _fitted(picture, max_bytes, lossless=hope)
    return Upright(made, form, *size, turned=turns, reencoded=True, came=seen.size)


def _fitted(
    picture: Image.Image, max_bytes: int, *, lossless: bool
) -> tuple[Format, bytes, tuple[int, int]]:
    """The best that fits: without loss, then ever lower quality, then fewer pixels."""
    form: Format = "webp" if picture.mode == "RGBA" else "jpeg"  # JPEG has no transparency
    if lossless and max(picture.size) <= _LONGEST_WEBP:
        made = written(picture, "webp", _LOSSLESS_EFFORT, method=_WEBP_METHOD, lossless=True)
        if len(made) <= max_bytes:
            return "webp", made, picture.size
    for _ in range(_SHRINKS):
        scale = _LONGEST_WEBP / max(picture.size)
        if scale >= 1:
            made = _lossy(picture, form, max_bytes)
            if len(made) <= max_bytes:
                return form, made, picture.size
            scale = sqrt(max_bytes / len(made)) * _SAFETY
        picture = _smaller(picture, scale)
    raise BadPicture(f"the picture cannot be brought under {max_bytes:,} bytes.")


def _lossy(picture: Image.Image, form: Format, max_bytes: int) -> bytes:
    """The highest quality that fits, or the lowest; found by halving, since each try is dear."""
    fits = made = b""
    best, worst = 0, len(_QUALITIES) - 1
    while best <= worst:
        middle = (best + worst) // 2
        made = written(picture, form, _QUALITIES[middle], method=_WEBP_METHOD)
        if len(made) <= max_bytes:
            fits, worst = made, middle - 1
        else:
            best = middle + 1
    return fits or made


def _smaller(picture: Image.Image, scale: float) -> Image.Image:
    width, height = (max(1, int(side * scale)) for side in picture.size)
    made = picture.resize((width, height), Image.Resampling.LANCZOS)
    made.info = picture.info
    return made
