"""EXIF's orientation: how a picture is to be turned to be seen as it was taken."""

from collections.abc import Mapping
from typing import Final, Literal

from PIL import Image

UPRIGHT: Final = 1
TURNS: Final[Mapping[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_SWAPPED: Final = 5  # from here on width and height change places
_ORDERS: Final[Mapping[bytes, Literal["little", "big"]]] = {b"II*\0": "little", b"MM\0*": "big"}
_TAG: Final = 0x0112
_LONG: Final = 4  # TIFF type of four bytes; the tag's proper type is SHORT, of two
_ENTRY: Final = 12  # bytes: tag 2, type 2, count 4, value 4


def orientation(exif: bytes) -> int:
    """1 (upright) to 8; 1 for whatever cannot be read.

    Read by hand, since Pillow decodes a whole PNG to look for it and warns about crooked ones.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return UPRIGHT
    start = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[start : start + 2], order)
    for at in range(start + 2, start + 2 + count * _ENTRY, _ENTRY):
        entry = tiff[at : at + _ENTRY]
        if int.from_bytes(entry[:2], order) == _TAG:
            width = 4 if int.from_bytes(entry[2:4], order) == _LONG else 2
            value = int.from_bytes(entry[8 : 8 + width], order)
            return value if value in TURNS else UPRIGHT
    return UPRIGHT


def seen(size: tuple[int, int], turn: int) -> tuple[int, int]:
    """Width and height once the picture is turned."""
    width, height = size
    return (height, width) if turn >= _SWAPPED else (width, height)


def turned(picture: Image.Image, turn: int) -> Image.Image:
    method = TURNS.get(turn)
    return picture if method is None else picture.transpose(method)
