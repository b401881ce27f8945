"""Masks as callers draw them, made into masks as Ideogram takes them: black changes."""

import io
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from PIL import Image

from adapters.pixels.anatomy import anatomy
from adapters.pixels.decode import DAMAGE, decoded, grey_of_sixteen, plain
from adapters.pixels.formats import MAX_PIXELS, BadPicture, written
from adapters.pixels.orientation import turned

Polarity = Literal["alpha", "black_edits", "white_edits"]

_HALF: Final = 128
_CHANGES, _STAYS = 0, 255  # black, white (ideogram-upstream 5)
_LOW_CHANGES: Final = (_CHANGES,) * _HALF + (_STAYS,) * _HALF
_LOW_STAYS: Final = _LOW_CHANGES[::-1]
_TABLES: Final[Mapping[Polarity, tuple[int, ...]]] = {
    "alpha": _LOW_CHANGES,
    "black_edits": _LOW_CHANGES,
    "white_edits": _LOW_STAYS,
}
_BLACK, _WHITE = 32, 223  # up to and from: what a person calls black and white
_PNG_LEVEL: Final = 1
_PNG_QUALITY: Final = 100  # PNG has none

_SAY_POLARITY: Final = (
    "Either make transparent what is to change, or say which part changes: mask_polarity"
    " black_edits for the black one, white_edits for the white one."
)
_NOTHING: Final[Mapping[Polarity, str]] = {
    "alpha": "the mask selects nothing: no pixel is transparent (alpha below 128).",
    "black_edits": "the mask selects nothing: mask_polarity is black_edits, and no pixel is black.",
    "white_edits": "the mask selects nothing: mask_polarity is white_edits, and no pixel is white.",
}


class BadMask(Exception):
    """A mask that cannot be read, has another size, or says nothing: the message says which."""


class Mask(NamedTuple):
    """8-bit grey PNG, black = change. `coverage`: the part that changes, 0 < x <= 1."""

    content: bytes
    coverage: float


class Lone(NamedTuple):
    """A picture that was its own mask. `content`: PNG, upright, the colours under the mask kept."""

    content: bytes
    mask: Mask


def convert(
    content: bytes,
    *,
    polarity: Polarity,
    size: tuple[int, int],
    sent: tuple[int, int] | None = None,
) -> Mask:
    """The mask of a picture whose upright size is `size`; scaled to `sent` if that went smaller.

    `alpha`: alpha < 128 changes. `black_edits`, `white_edits`: grey < 128, grey >= 128 changes,
    alpha counts for nothing. Raises BadMask.
    """
    try:
        return _converted(content, polarity, size, sent or size)
    except BadPicture as bad:
        raise BadMask(str(bad)) from bad
    except DAMAGE as err:
        raise BadMask(f"the mask is damaged: {err}.") from err


def lone_alpha(content: bytes, *, max_pixels: int = MAX_PIXELS) -> Lone | None:
    """A picture whose transparency is its mask (dall-e-2's habit); None: it has none.

    Decoded only if its header allows transparency. Raises BadPicture.
    """
    seen = anatomy(content, max_pixels=max_pixels)
    if not seen.alpha:
        return None
    try:
        with decoded(content) as opened:
            picture = turned(plain(opened), seen.turn)
        alpha = picture.getchannel("A")
    except DAMAGE as err:
        raise BadPicture(f"the picture is damaged: {err}.") from err
    mask = _written(alpha.point(_LOW_CHANGES))
    if mask.coverage == 0:
        return None
    return Lone(written(picture.convert("RGB"), "png", _PNG_QUALITY), mask)


def _converted(
    content: bytes, polarity: Polarity, size: tuple[int, int], sent: tuple[int, int]
) -> Mask:
    seen = anatomy(content)
    if seen.size != size:
        raise BadMask(
            "the mask is {}x{} but the picture is {}x{}: both must have the same size.".format(
                *seen.size, *size
            )
        )
    with decoded(content) as opened:
        plane = _alpha(opened) if polarity == "alpha" else _grey(opened).point(_TABLES[polarity])
        plane = turned(plane, seen.turn)
        if sent != size:
            plane = plane.resize(sent, Image.Resampling.NEAREST)
        made = _written(plane)
        if made.coverage == 0:
            raise BadMask(_explained(opened, polarity))
    return made


def _alpha(opened: Image.Image) -> Image.Image:
    """Black where alpha < 128. A palette needs no detour over RGBA: its entries have the alpha."""
    if not opened.has_transparency_data:
        raise BadMask(f"the mask has no transparency. {_SAY_POLARITY}")
    key = opened.info.get("transparency")
    if opened.mode == "P" and isinstance(key, bytes):
        entries = key.ljust(256, b"\xff")
        return opened.point([_LOW_CHANGES[alpha] for alpha in entries], "L")
    if opened.mode not in {"RGBA", "LA"}:  # one colour is the transparent one
        opened = plain(opened)
    return opened.getchannel("A").point(_LOW_CHANGES)


def _grey(opened: Image.Image) -> Image.Image:
    opened.info.pop("transparency", None)  # Pillow would warn that it is lost
    if opened.mode.startswith("I"):
        return grey_of_sixteen(opened)
    return opened if opened.mode == "L" else opened.convert("L")


def _written(plane: Image.Image) -> Mask:
    out = io.BytesIO()
    plane.info = {}
    plane.save(out, "PNG", compress_level=_PNG_LEVEL)
    width, height = plane.size
    return Mask(out.getvalue(), plane.histogram()[_CHANGES] / (width * height))


def _explained(opened: Image.Image, polarity: Polarity) -> str:
    """Why nothing is selected, as far as it can be told from the picture."""
    if polarity == "alpha":
        greys = _grey(opened).histogram()
        if any(greys[: _BLACK + 1]) and any(greys[_WHITE:]):
            return f"the mask has no transparent pixel, but black and white ones. {_SAY_POLARITY}"
    return _NOTHING[polarity]
