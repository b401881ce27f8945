"""Formats and sizes from a picture's first bytes."""

import pytest

from adapters.pixels.sniff import dimensions, sniff
from tests.adapters.pixels.drawn import halves, saved

EXIF = b"Exif\0\0MM\0*\0\0\0\x08" + bytes(40_000)

PICTURES = {
    "png": saved(halves(), "PNG"),
    "png with one bit": saved(halves(mode="1"), "PNG"),
    "jpeg": saved(halves(), "JPEG"),
    "jpeg in steps": saved(halves(), "JPEG", progressive=True),
    "jpeg behind a large header": saved(halves(), "JPEG", exif=EXIF, icc_profile=b"p" * 70_000),
    "webp": saved(halves(), "WEBP"),
    "webp without loss": saved(halves(), "WEBP", lossless=True),
    "webp with extras": saved(halves(), "WEBP", icc_profile=b"p" * 100, exif=EXIF),
    "webp with alpha": saved(halves(mode="RGBA"), "WEBP"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_format_and_size_are_read_from_the_header(name: str) -> None:
    content = PICTURES[name]
    assert sniff(content[:12]) == name.split(maxsplit=1)[0]
    assert dimensions(content) == (64, 32)


@pytest.mark.parametrize("name", PICTURES)
def test_a_header_cut_anywhere_has_no_size_or_the_right_one(name: str) -> None:
    content = PICTURES[name]
    for end in (*range(64), 100, 1000, 50_000):
        assert dimensions(content[:end]) in (None, (64, 32))


def test_a_very_large_size_is_read_as_it_stands() -> None:
    head = PICTURES["png"]
    huge = head[:16] + (70_000).to_bytes(4) + (3).to_bytes(4) + head[24:]
    assert dimensions(huge) == (70_000, 3)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x89PNG",
        b"GIF89a\x40\x00\x20\x00",
        b"BM" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"RIFF\0\0\0\0WAVEfmt " + bytes(40),
        b"II*\0" + bytes(60),
        b"\0\0\0\x1cftypheic" + bytes(60),
    ],
)
def test_anything_else_is_not_a_picture(head: bytes) -> None:
    assert sniff(head) is None
    assert dimensions(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIDAT" + bytes(60),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(60),  # 0x0
        b"\xff\xd8\xff\xd9" + bytes(60),
        b"\xff\xd8\xff\xe0\x00\x02nonsense" + bytes(60),
        b"\xff\xd8" + b"\xff\xe0\x00\x00" * 20_000,  # segments that claim no length
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(60),
        b"RIFF\0\0\0\0WEBPVP8L" + bytes(60),
        b"RIFF\0\0\0\0WEBPWHAT" + bytes(60),
    ],
)
def test_a_head_without_a_readable_size_has_none(head: bytes) -> None:
    assert sniff(head) is not None
    assert dimensions(head) is None


def test_fillers_and_bare_markers_before_the_frame_are_passed() -> None:
    frame = b"\xff\xc0\x00\x11\x08\x00\x20\x00\x40" + bytes(12)
    assert dimensions(b"\xff\xd8\xff\xff\xff\xd0\xff\x01" + frame) == (64, 32)
