"""What a picture's structure says: whole or cut, still or moving, how to turn it. Not decoded."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from adapters.pixels.foreign import called
from adapters.pixels.formats import MAX_PIXELS, BadPicture
from adapters.pixels.orientation import UPRIGHT, orientation, seen
from adapters.pixels.sniff import Format, dimensions, segments, sniff

_MOST_CHUNKS: Final = 100_000  # 50 MB in pieces of 512 bytes; a walk takes a moment, not a minute

_PNG_START: Final = 8
_PNG_AROUND: Final = 12  # bytes of a chunk that are not its content: length, type, checksum
_PNG_COLOUR: Final = 25  # place of the colour type in the file
_PNG_ALPHA: Final = frozenset({4, 6})  # colour types: grey and RGB with alpha

_JPEG_SCAN: Final = 0xDA
_JPEG_APP1: Final = 0xE1
# Inside a scan every FF is followed by 00 or a restart, so this is the end and nothing else.
_JPEG_END: Final = b"\xff\xd9"

_WEBP_START: Final = 12
_WEBP_ANIMATED: Final = 0x02  # VP8X flags
_WEBP_ALPHA: Final = 0x10
_VP8L_ALPHA: Final = 1 << 28


class Anatomy(NamedTuple):
    """`size` is that of the upright picture. `alpha`: some pixels may be transparent."""

    format: Format
    size: tuple[int, int]
    turn: int
    alpha: bool


class _Inner(NamedTuple):
    exif: bytes
    alpha: bool


def anatomy(content: bytes, *, max_pixels: int = MAX_PIXELS) -> Anatomy:
    """The facts of a whole, still PNG, JPEG or WebP picture.

    Raises BadPicture, one clause after "the file" or "the picture", for anything else: another
    format, no bytes, too many pixels by its header, cut, a wrong checksum, animated.
    """
    form = sniff(content)
    if form is None:
        raise BadPicture(f"the file is {called(content)}; send a PNG, JPEG or WebP picture.")
    size = dimensions(content)
    if size is None:
        raise _damaged("its header has no size")
    if size[0] * size[1] > max_pixels:
        raise BadPicture(f"{size[0]}x{size[1]} is more than {max_pixels:,} pixels.")
    inner = _WALKS[form](content)
    turn = orientation(inner.exif) if inner.exif else UPRIGHT
    return Anatomy(form, seen(size, turn), turn, inner.alpha)


def _damaged(how: str) -> BadPicture:
    return BadPicture(f"the picture is damaged: {how}.")


def _cut() -> BadPicture:
    return _damaged("its end is missing")


def _animated() -> BadPicture:
    return BadPicture("the picture is animated; send a single still picture.")


def _png(content: bytes) -> _Inner:
    alpha = int.from_bytes(content[_PNG_COLOUR : _PNG_COLOUR + 1]) in _PNG_ALPHA
    exif, drawn = b"", False
    for kind, body in _png_chunks(memoryview(content)):
        match kind:
            case b"IDAT":
                drawn = True
            case b"acTL":
                raise _animated()
            case b"tRNS":
                alpha = True
            case b"eXIf":
                exif = bytes(body)
            case _:
                pass
    if not drawn:
        raise _damaged("it has no pixels")
    return _Inner(exif, alpha)


def _png_chunks(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Type and content of every chunk up to the end mark, their checksums compared."""
    at = _PNG_START
    for _ in range(_MOST_CHUNKS):
        end = at + _PNG_AROUND + int.from_bytes(content[at : at + 4])
        if end > len(content):
            raise _cut()
        kind = bytes(content[at + 4 : at + 8])
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            raise _damaged(f"a checksum of its {kind.decode('latin-1')!r} part is wrong")
        if kind == b"IEND":
            return
        yield kind, content[at + 8 : end - 4]
        at = end
    raise _damaged("it is in too many pieces")


def _jpeg(content: bytes) -> _Inner:
    exif = b""
    for marker, body, end in segments(content):
        if marker == _JPEG_APP1 and not exif and content.startswith(b"Exif\0\0", body):
            exif = content[body:end]
        if marker == _JPEG_SCAN:
            if content.find(_JPEG_END, end) < 0:
                break
            return _Inner(exif, alpha=False)
    raise _cut()


def _webp(content: bytes) -> _Inner:
    exif, alpha, drawn = b"", False, False
    for kind, body in _webp_chunks(memoryview(content)):
        match kind:
            case b"VP8X":
                flags = int.from_bytes(body[:1])
                if flags & _WEBP_ANIMATED:
                    raise _animated()
                alpha = bool(flags & _WEBP_ALPHA)
            case b"VP8 ":
                drawn = True
            case b"VP8L":
                # Behind a VP8X its flag counts as well: decoders differ, a closer look decides.
                alpha = alpha or bool(int.from_bytes(body[1:5], "little") & _VP8L_ALPHA)
                drawn = True
            case b"EXIF":
                exif = bytes(body)
            case _:
                pass
    if not drawn:
        raise _damaged("it has no pixels")
    return _Inner(exif, alpha)


def _webp_chunks(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Type and content of every chunk. libwebp fills up what is missing, so it is noticed here."""
    whole = 8 + int.from_bytes(content[4:8], "little")
    if whole > len(content):
        raise _cut()
    at = _WEBP_START
    for _ in range(_MOST_CHUNKS):
        if at >= whole:
            return
        end = at + 8 + int.from_bytes(content[at + 4 : at + 8], "little")
        if end > whole:
            raise _cut()
        yield bytes(content[at : at + 4]), content[at + 8 : end]
        at = end + end % 2  # chunks begin on even places
    raise _damaged("it is in too many pieces")


_WALKS: Final[Mapping[Format, Callable[[bytes], _Inner]]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
}
