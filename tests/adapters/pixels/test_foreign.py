"""Names for files that are no picture we take."""

import pytest

from adapters.pixels.foreign import called
from tests.adapters.pixels.drawn import halves, saved

FILES = [
    (b"", "empty"),
    (saved(halves(), "GIF"), "a GIF"),
    (saved(halves(), "BMP"), "a BMP"),
    (saved(halves(), "TIFF"), "a TIFF"),
    (saved(halves(), "ICO"), "an icon (ICO)"),
    (saved(halves(), "AVIF"), "an AVIF"),
    (saved(halves(), "JPEG2000"), "a JPEG 2000"),
    (saved(halves(), "PDF"), "a PDF"),
    (b"MM\0*" + bytes(60), "a TIFF"),
    (b"8BPS\0\1" + bytes(60), "a Photoshop document"),
    (b"\0\0\0\x18ftypheic" + bytes(60), "a HEIC"),
    (b"\0\0\0\x18ftypmif1" + bytes(60), "a HEIC or AVIF"),
    (b"\0\0\0\x18ftypisom" + bytes(60), "an MP4 video"),
    (b"\0\0\0\x14ftypqt  " + bytes(60), "a QuickTime video"),
    (b"\xff\x0a" + bytes(60), "a JPEG XL"),
    (b"RIFF\0\0\0\0WAVEfmt ", "a WAV or AVI file"),
    (b"PK\3\4" + bytes(60), "a ZIP archive"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
    (b"\xef\xbb\xbf\n <?xml version='1.0'?><!-- made by hand --><SVG/>", "an SVG"),
    (b"<!DOCTYPE html><html><body><svg></svg></body></html>", "an HTML page"),
    (b"<HTML><head>", "an HTML page"),
    (b"<?xml version='1.0'?><feed/>", "XML"),
    (b'{"error": {"message": "not found"}}', "JSON"),
    (b"iVBORw0KGgoAAAANSUhEUg==", "base64 text, not the bytes of a picture"),
    (b"/9j/4AAQSkZJRg==", "base64 text, not the bytes of a picture"),
    (b"data:image/png;base64,iVBORw0KGgo=", "a data URL, not the bytes of a picture"),
    (b"hello", "not a picture"),
    (bytes(100), "not a picture"),
]


@pytest.mark.parametrize(("content", "name"), FILES, ids=lambda value: str(value)[:24])
def test_a_file_is_called_by_what_it_is(content: bytes, name: str) -> None:
    assert called(content) == name
