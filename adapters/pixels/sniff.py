"""What a picture's first bytes say: its format and its size. Nothing is decoded."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

Format = Literal["png", "jpeg", "webp"]

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"

# Start-of-frame markers: C0 to CF but for C4 (tables), C8 (reserved), CC (arithmetic tables).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone, without a length: TEM and the restarts.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_MARK: Final = 0xFF  # starts every marker, and fills the space before one

_PNG_HEADER: Final = 24  # bytes up to the end of height
_WEBP_HEADER: Final = 30  # bytes up to the end of height, in the longest of its three forms
_LOSSLESS: Final = 0x2F  # first byte of WebP's lossless form


def sniff(head: bytes) -> Format | None:
    """The format by its magic bytes; 12 bytes are enough. None: not a picture we know."""
    if head.startswith(_PNG):
        return "png"
    if head.startswith(_JPEG):
        return "jpeg"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    return None


def dimensions(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the header has them (EXIF turns not applied).

    None when `head` is no picture, ends before its size, or claims a side of 0.
    """
    found = sniff(head)
    size = _READERS[found](head) if found else None
    return size if size and all(size) else None


def _png(head: bytes) -> tuple[int, int] | None:
    if len(head) < _PNG_HEADER or head[12:16] != b"IHDR":
        return None
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == _MARK:
        marker = head[at + 1]
        if marker in _FRAMES:
            height, width = head[at + 5 : at + 7], head[at + 7 : at + 9]
            return int.from_bytes(width), int.from_bytes(height)
        if marker == _MARK:
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            at += 2 + int.from_bytes(head[at + 2 : at + 4])
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    if len(head) < _WEBP_HEADER:
        return None
    match head[12:16]:
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":  # start code of a key frame
            return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
        case b"VP8L" if head[20] == _LOSSLESS:
            bits = _little(head[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(head[24:27]) + 1, _little(head[27:30]) + 1
        case _:
            return None


def _little(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


_READERS: Final[Mapping[Format, Callable[[bytes], tuple[int, int] | None]]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
}
