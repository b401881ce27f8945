"""What a file that is no PNG, JPEG or WebP seems to be, by its first bytes."""

from collections.abc import Mapping
from typing import Final

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"II+\0", "a TIFF"),
    (b"MM\0+", "a TIFF"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\1\0", "an icon (ICO)"),
    (b"\0\0\2\0", "a cursor (CUR)"),
    (b"%PDF-", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"qoif", "a QOI"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "gzip"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3"),
    (b"RIFF", "a WAV or AVI file"),
    # Callers that forgot to decode: the first bytes of the accepted three, as base64.
    (b"iVBORw0KGgo", "base64 text, not the bytes of a picture"),
    (b"/9j/", "base64 text, not the bytes of a picture"),
    (b"UklGR", "base64 text, not the bytes of a picture"),
    (b"data:", "a data URL, not the bytes of a picture"),
)
# Brands of the ISO media container (four bytes after "ftyp").
_BRANDS: Final[Mapping[bytes, str]] = {
    **dict.fromkeys((b"avif", b"avis"), "an AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "a HEIC"),
    **dict.fromkeys((b"mif1", b"msf1"), "a HEIC or AVIF"),
    b"qt  ": "a QuickTime video",
    b"crx ": "a Canon raw picture",
}
_MARKUP: Final[tuple[tuple[bytes, str], ...]] = (
    (b"<svg", "an SVG"),
    (b"<!doctype svg", "an SVG"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<head", "an HTML page"),
)
_HEAD: Final = 4096  # bytes; comments and declarations may stand before the first element


def called(content: bytes) -> str:
    """A name with its article, fit to follow "the file is": "a GIF", "an HTML page"."""
    if not content:
        return "empty"
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "an MP4 video")
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    return _text(content[:_HEAD].removeprefix(b"\xef\xbb\xbf").strip().lower())


def _text(head: bytes) -> str:
    if head.startswith(b"<"):
        found = [(head.index(mark), name) for mark, name in _MARKUP if mark in head]
        return min(found)[1] if found else "XML"
    if head.startswith((b"{", b"[")):
        return "JSON"
    return "not a picture"
