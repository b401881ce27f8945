"""What a picture's first bytes say: its format and its size. Nothing is decoded."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

Format = Literal["png", "jpeg", "webp"]

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"

# Start-of-frame markers: C0 to CF but for C4 (tables), C8 (reserved), CC (arithmetic tables).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone, without a length: TEM and the restarts.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN: Final = 0xDA  # pixels follow
_MOST_MARKERS: Final = 10_000  # a 50 MB header in full segments has 800
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
    for marker, body, _ in segments(head):
        if marker in _FRAMES and len(head) >= body + 5:
            height, width = head[body + 1 : body + 3], head[body + 3 : body + 5]
            return int.from_bytes(width), int.from_bytes(height)
    return None


def segments(head: bytes) -> Iterator[tuple[int, int, int]]:
    """A JPEG's marked segments up to its first scan: marker, where its content begins and ends.

    Ends early where the bytes do, or stop making sense.
    """
    at = 2
    for _ in range(_MOST_MARKERS):
        if at + 4 > len(head) or head[at] != _MARK:
            return
        marker = head[at + 1]
        if marker == _MARK:
            at += 1
        elif marker in _BARE:
            at += 2
        else:
            end = at + 2 + int.from_bytes(head[at + 2 : at + 4])
            yield marker, at + 4, end
            if marker == _SCAN:
                return
            at = end


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
