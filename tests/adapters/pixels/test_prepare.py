"""A caller's picture made fit to be sent."""

import pytest
from PIL import Image, ImageCms

from adapters.pixels.formats import BadPicture
from adapters.pixels.prepare import Upright, upright
from adapters.pixels.sniff import dimensions, sniff
from tests.adapters.pixels.drawn import BLUE, RED, busy, chunk, exif, halves, opened, png, saved

AMPLE = 10_000_000
FORMATS = ("png", "jpeg", "webp")


def near(seen: object, meant: tuple[int, ...]) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(a - b) < 24 for a, b in zip(seen, meant, strict=True))


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_fits_goes_out_as_it_came(form: str) -> None:
    content = saved(halves(), form.upper())
    made = upright(content, max_bytes=len(content))
    assert made == Upright(content, form, 64, 32, turned=False, reencoded=False, came=(64, 32))
    assert made.content is content


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_says_it_is_upright_is_not_touched(form: str) -> None:
    content = saved(halves(), form.upper(), exif=exif(1))
    assert upright(content, max_bytes=AMPLE).content is content


LEFT, RIGHT, TOP, BOTTOM = (6, 16), (58, 16), (16, 6), (16, 58)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("turn", "red", "blue"),
    [
        (2, RIGHT, LEFT),
        (3, RIGHT, LEFT),
        (4, LEFT, RIGHT),
        (5, TOP, BOTTOM),
        (6, TOP, BOTTOM),
        (7, BOTTOM, TOP),
        (8, BOTTOM, TOP),
    ],
)
def test_a_turned_picture_stands_upright_in_its_format(
    form: str, turn: int, red: tuple[int, int], blue: tuple[int, int]
) -> None:
    made = upright(saved(halves(), form.upper(), exif=exif(turn)), max_bytes=AMPLE)
    size = (64, 32) if turn < 5 else (32, 64)
    assert made[1:] == (form, *size, True, False, size)
    assert sniff(made.content) == form
    picture = opened(made.content)
    assert picture.size == size
    assert 0x0112 not in picture.getexif()
    assert near(picture.convert("RGB").getpixel(red), RED)
    assert near(picture.convert("RGB").getpixel(blue), BLUE)


def test_turning_keeps_the_colour_profile_and_drops_the_place() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    note = exif(6)
    note[0x010E] = "a secret place"
    content = saved(halves(), "JPEG", exif=note, icc_profile=profile, comment=b"a secret word")
    made = upright(content, max_bytes=AMPLE).content
    assert opened(made).info["icc_profile"] == profile
    assert b"secret" not in made


def test_a_turned_picture_keeps_its_transparency() -> None:
    drawn = halves(mode="RGBA")
    drawn.putalpha(Image.linear_gradient("L").resize((64, 32)))
    made = opened(upright(saved(drawn, "PNG", exif=exif(3)), max_bytes=AMPLE).content)
    assert made.getchannel("A").getpixel((0, 0)) == drawn.getchannel("A").getpixel((63, 31))


def test_a_crooked_note_of_a_camera_does_no_harm() -> None:
    tiff = exif(6).tobytes()
    broken = tiff[:-4].replace(b"\x00\x01", b"\xff\xff")
    content = saved(busy(), "JPEG", quality=100, exif=broken)
    assert upright(content, max_bytes=len(content) // 2).reencoded


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("part", [0.9, 0.5, 0.3])
def test_a_picture_over_the_cap_is_made_to_fit_at_its_size(form: str, part: float) -> None:
    options = {} if form == "png" else {"quality": 100}
    content = saved(busy(), form.upper(), **options)
    cap = int(len(content) * part)
    made = upright(content, max_bytes=cap)
    assert len(made.content) <= cap
    assert made[2:] == (256, 256, False, True, (256, 256))
    assert sniff(made.content) == made.format
    assert dimensions(made.content) == (256, 256)


def test_a_wasteful_png_fits_without_loss() -> None:
    content = saved(halves(200, 200), "PNG", compress_level=0)
    made = upright(content, max_bytes=len(content) - 1)
    assert made.format == "webp"
    assert opened(made.content).convert("RGB").tobytes() == halves(200, 200).tobytes()


def test_transparency_outlives_a_lower_quality() -> None:
    drawn = busy(mode="RGBA")
    drawn.putalpha(Image.linear_gradient("L"))
    content = saved(drawn, "PNG")
    made = upright(content, max_bytes=len(content) // 5)
    assert made.format == "webp"
    assert opened(made.content).getchannel("A").getextrema() == (0, 255)


def test_only_when_no_quality_is_low_enough_pixels_go() -> None:
    content = saved(busy(), "JPEG", quality=95)
    made = upright(content, max_bytes=2_000)
    assert len(made.content) <= 2_000
    assert made.came == (256, 256)
    assert made.width == made.height < 256
    assert dimensions(made.content) == (made.width, made.height)


def test_a_picture_too_long_for_its_new_format_loses_pixels() -> None:
    drawn = busy(16_400, 2, "RGBA")
    content = saved(drawn, "PNG", compress_level=0)
    made = upright(content, max_bytes=len(content) - 1)
    assert (made.width, made.height) == (16_383, 1)
    assert made.came == (16_400, 2)


def test_a_cap_that_nothing_meets_is_said() -> None:
    with pytest.raises(BadPicture, match="cannot be brought under 10 bytes"):
        upright(saved(busy(), "PNG"), max_bytes=10)


def test_a_picture_that_is_turned_and_then_too_large_is_made_to_fit() -> None:
    content = saved(busy(256, 128), "JPEG", quality=90, exif=exif(6))
    made = upright(content, max_bytes=len(content))
    assert len(made.content) <= len(content)
    assert made[2:] == (128, 256, True, True, (128, 256))


DEEP = png(16, 0, bytes((0, 0, 0x9C, 0x40)))  # grey 0 and 40,000 of 65,535


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (DEEP, [(0, 0, 0), (155, 155, 155)]),
        (png(16, 2, bytes((255, 255, 0, 0, 0, 0)) * 2), [(255, 0, 0)] * 2),
        (png(1, 0, b"\x40"), [(0, 0, 0), (255, 255, 255)]),
        (png(2, 0, b"\x10"), [(0, 0, 0), (85, 85, 85)]),
        (png(8, 3, b"\0\1", extra=chunk(b"PLTE", b"\xff\0\0\0\0\xff")), [RED, BLUE]),
    ],
    ids=["16-bit grey", "16-bit colour", "1 bit", "2 bit", "palette"],
)
def test_every_depth_is_turned_with_its_colours(
    content: bytes, pixels: list[tuple[int, ...]]
) -> None:
    note = chunk(b"eXIf", exif(3).tobytes().removeprefix(b"Exif\0\0"))
    made = opened(upright(content[:-12] + note + content[-12:], max_bytes=AMPLE).content)
    assert [made.getpixel((1 - x, 0)) for x in (0, 1)] == pixels


def test_a_print_jpeg_is_turned_into_rgb() -> None:
    content = saved(halves(mode="CMYK"), "JPEG", quality=95, exif=exif(3))
    made = opened(upright(content, max_bytes=AMPLE).content)
    assert made.mode == "RGB"
    assert near(made.getpixel((60, 16)), RED)


def test_damage_that_only_decoding_finds_is_told() -> None:
    short = png(8, 2, b"\0", size=(40, 40))  # whole and well summed, but too few pixels
    with pytest.raises(BadPicture, match="the picture is damaged"):
        upright(short, max_bytes=len(short) - 1)


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(BadPicture, match="64x32 is more than 100 pixels"):
        upright(saved(halves(), "PNG"), max_bytes=AMPLE, max_pixels=100)
