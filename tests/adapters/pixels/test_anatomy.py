"""Whole or cut, still or moving, turned, transparent: without decoding."""

import pytest
from PIL import Image

from adapters.pixels.anatomy import Anatomy, anatomy
from adapters.pixels.formats import BadPicture
from adapters.pixels.sniff import segments
from tests.adapters.pixels.drawn import busy, chunk, exif, halves, png, saved, webp

PICTURES = {
    "png": saved(busy(64, 32), "PNG"),
    "jpeg": saved(busy(64, 32), "JPEG"),
    "jpeg in steps": saved(busy(64, 32), "JPEG", progressive=True),
    "webp": saved(busy(64, 32), "WEBP"),
    "webp without loss": saved(busy(64, 32), "WEBP", lossless=True),
    "webp with extras": saved(busy(64, 32, "RGBA"), "WEBP", exif=exif(1)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_whole_picture_has_its_facts(name: str) -> None:
    found = anatomy(PICTURES[name])
    assert found[:3] == (name.split(maxsplit=1)[0], (64, 32), 1)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_cut_anywhere_is_refused(name: str) -> None:
    content = PICTURES[name]
    for end in range(1, len(content), 7):
        with pytest.raises(BadPicture):
            anatomy(content[:end])
    with pytest.raises(BadPicture, match="damaged"):
        anatomy(content[:-2])


@pytest.mark.parametrize("name", PICTURES)
def test_bytes_after_the_end_do_no_harm(name: str) -> None:
    assert anatomy(PICTURES[name] + b"left over").size == (64, 32)


def test_a_changed_byte_of_a_png_is_found_wherever_it_is() -> None:
    content = PICTURES["png"]
    for at in range(8, len(content) - 12, 11):
        broken = content[:at] + bytes((content[at] ^ 0x10,)) + content[at + 1 :]
        with pytest.raises(BadPicture):
            anatomy(broken)


def test_a_wrong_checksum_is_named() -> None:
    content = png(8, 0, b"\0\1")
    at = content.index(b"IDAT") + 6
    with pytest.raises(BadPicture, match="a checksum of its 'IDAT' part is wrong"):
        anatomy(content[:at] + b"\xff" + content[at + 1 :])


def test_a_small_file_that_claims_to_be_huge_is_refused_by_its_header() -> None:
    content = png(8, 2, b"", size=(60_000, 60_000))
    assert len(content) < 1000
    with pytest.raises(BadPicture, match="60000x60000 is more than 64,000,000 pixels"):
        anatomy(content)
    with pytest.raises(BadPicture, match="64x32 is more than 2,000 pixels"):
        anatomy(PICTURES["webp"], max_pixels=2_000)
    assert anatomy(PICTURES["webp"], max_pixels=64 * 32).size == (64, 32)


@pytest.mark.parametrize(
    "content",
    [
        saved(halves(), "PNG", save_all=True, append_images=[busy(64, 32)]),
        saved(halves(), "WEBP", save_all=True, append_images=[busy(64, 32)]),
    ],
    ids=["png", "webp"],
)
def test_a_moving_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture, match="animated"):
        anatomy(content)


def test_another_format_is_named_beside_those_that_are_taken() -> None:
    with pytest.raises(BadPicture, match="the file is a GIF; send a PNG, JPEG or WebP picture"):
        anatomy(saved(halves(), "GIF"))
    with pytest.raises(BadPicture, match="the file is empty; send"):
        anatomy(b"")


LOSSLESS = saved(halves(), "WEBP", lossless=True)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        png(8, 0, b"\0\0")[:33] + chunk(b"IEND", b""),
        webp((b"VP8X", bytes(4) + b"\x3f\0\0\x1f\0\0")),
        b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x20\x00\x40" + bytes(20),  # a frame, and no scan
        webp((b"VP8X", bytes(4) + b"\x3f\0\0\x1f\0\0"), (b"VP8X", b"")),
        LOSSLESS[:16] + (len(LOSSLESS)).to_bytes(4, "little") + LOSSLESS[20:],
    ],
    ids=["no header", "empty png", "empty webp", "no scan", "empty flags", "a part too long"],
)
def test_a_file_without_a_picture_in_it_is_damaged(content: bytes) -> None:
    with pytest.raises(BadPicture, match="damaged"):
        anatomy(content)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_file_of_countless_crumbs_is_not_walked_to_its_end(form: str) -> None:
    if form == "PNG":
        whole = png(8, 0, b"\0\0", extra=chunk(b"zzZz", b"") * 100_001)
    else:
        inside = LOSSLESS[12:] + b"zzzz\0\0\0\0" * 100_001
        whole = b"RIFF" + (4 + len(inside)).to_bytes(4, "little") + b"WEBP" + inside
    with pytest.raises(BadPicture, match="too many pieces"):
        anatomy(whole)


def test_a_jpeg_of_countless_markers_has_no_size() -> None:
    with pytest.raises(BadPicture, match="its header has no size"):
        anatomy(b"\xff\xd8" + b"\xff\xe1\x00\x02" * 20_000 + PICTURES["jpeg"][2:])


def test_the_thumbnail_in_a_header_does_not_end_a_jpeg() -> None:
    jpeg = PICTURES["jpeg"]
    note = b"Exif\0\0" + jpeg  # ends with an end mark
    noted = jpeg[:2] + b"\xff\xe1" + (len(note) + 2).to_bytes(2) + note + jpeg[2:]
    assert anatomy(noted).size == (64, 32)
    with pytest.raises(BadPicture, match="its end is missing"):
        anatomy(noted[:-2])


def test_the_segments_of_a_jpeg_end_with_its_scan() -> None:
    marks = [marker for marker, _, _ in segments(PICTURES["jpeg"])]
    assert marks[0] == 0xE0
    assert marks[-1] == 0xDA


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_turn_is_found_in_every_format(form: str, turn: int) -> None:
    found = anatomy(saved(halves(), form, exif=exif(turn)))
    assert (found.turn, found.size) == (turn, (64, 32) if turn < 5 else (32, 64))


def test_the_turn_of_a_png_is_found_behind_the_pixels_too() -> None:
    tiff = exif(6).tobytes().removeprefix(b"Exif\0\0")
    plain = png(8, 0, b"\0\1")
    late = plain[:-12] + chunk(b"eXIf", tiff) + plain[-12:]
    assert anatomy(late) == Anatomy("png", (1, 2), 6, alpha=False)


def test_only_the_first_note_of_a_jpeg_turns_it() -> None:
    first = saved(halves(), "JPEG", exif=exif(6))
    second = b"Exif\0\0" + exif(3).tobytes()
    at = [end for marker, _, end in segments(first) if marker == 0xE1][0]  # noqa: RUF015  one more
    noted = first[:at] + b"\xff\xe1" + (len(second) + 2).to_bytes(2) + second + first[at:]
    assert anatomy(noted).turn == 6


CLEAR = Image.new("RGBA", (8, 8), (255, 0, 0, 0))


@pytest.mark.parametrize(
    ("content", "alpha"),
    [
        (saved(halves(), "PNG"), False),
        (saved(halves(), "JPEG"), False),
        (saved(halves(), "WEBP"), False),
        (LOSSLESS, False),
        (saved(CLEAR, "PNG"), True),
        (saved(CLEAR.convert("LA"), "PNG"), True),
        (saved(CLEAR, "WEBP"), True),
        (saved(CLEAR, "WEBP", lossless=True), True),
        (saved(CLEAR, "WEBP", lossless=True, exif=exif(1)), True),
        (png(8, 0, b"\0\1", extra=chunk(b"tRNS", b"\0\1")), True),
    ],
)
def test_whether_pixels_may_be_transparent_is_known(content: bytes, alpha: bool) -> None:
    assert anatomy(content).alpha is alpha
