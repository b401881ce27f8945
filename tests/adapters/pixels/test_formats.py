"""Pictures in the format and the size that were asked for."""

import zlib

import pytest
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from adapters.pixels.formats import BadPicture, render
from adapters.pixels.sniff import Format, dimensions, sniff
from tests.adapters.pixels.drawn import BLUE, RED, halves, opened, saved

PNG = saved(halves(), "PNG")
FORMATS: tuple[Format, ...] = ("png", "jpeg", "webp")
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def near(seen: object, meant: tuple[int, ...]) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(a - b) < 24 for a, b in zip(seen, meant, strict=True))


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_to_do_leaves_the_bytes_alone(form: Format) -> None:
    content = saved(halves(), form.upper())
    assert render(content, output_format=form, compression=100, exact=None) is content
    assert render(content, output_format=form, compression=100, exact=(64, 32)) is content


def test_a_png_has_no_quality_to_change() -> None:
    assert render(PNG, output_format="png", compression=10, exact=None) is PNG


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_format_becomes_every_other(source: Format, target: Format) -> None:
    made = render(saved(halves(), source.upper()), output_format=target, compression=90, exact=None)
    assert sniff(made) == target
    assert dimensions(made) == (64, 32)
    picture = opened(made).convert("RGB")
    assert near(picture.getpixel((8, 16)), RED)
    assert near(picture.getpixel((56, 16)), BLUE)


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_compression_is_quality(form: Format) -> None:
    busy = halves(256, 256)
    pen = ImageDraw.Draw(busy)
    for step in range(0, 256, 3):
        pen.line((0, step, 255, 255 - step), fill=(step, 255 - step, 128))
    content = saved(busy, "PNG")
    sizes = [
        len(render(content, output_format=form, compression=quality, exact=None))
        for quality in (0, 50, 100)
    ]
    assert sizes == sorted(set(sizes))


def test_a_jpeg_is_made_again_when_less_quality_is_asked() -> None:
    content = saved(halves(200, 200), "JPEG", quality=100)
    made = render(content, output_format="jpeg", compression=20, exact=None)
    assert len(made) < len(content)


@pytest.mark.parametrize(
    ("exact", "left", "right"),
    [
        ((128, 64), RED, BLUE),  # same ratio, larger
        ((32, 32), RED, BLUE),  # narrower: both sides lose the same
        ((64, 8), RED, BLUE),  # wider: top and bottom go
        ((1, 1), None, None),
    ],
)
def test_an_exact_size_is_cropped_round_the_centre_and_resized(
    exact: tuple[int, int], left: tuple[int, ...] | None, right: tuple[int, ...] | None
) -> None:
    made = opened(render(PNG, output_format="png", compression=100, exact=exact))
    assert made.size == exact
    if left and right:
        middle = exact[0] // 2
        assert near(made.getpixel((middle - 4, 2)), left)
        assert near(made.getpixel((middle + 3, 2)), right)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_colour_mode_is_taken(mode: str, form: Format) -> None:
    content = saved(halves(mode=mode), "PNG")
    assert dimensions(render(content, output_format=form, compression=80, exact=(20, 20))) == (
        20,
        20,
    )


def test_a_print_jpeg_becomes_rgb() -> None:
    content = saved(halves(mode="CMYK"), "JPEG", icc_profile=PROFILE)
    made = opened(render(content, output_format="png", compression=100, exact=None))
    assert made.mode == "RGB"
    assert "icc_profile" not in made.info  # it described other inks


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    deep = Image.new("I", (8, 8), 120 * 257).convert("I;16")
    made = opened(render(saved(deep, "PNG"), output_format="png", compression=100, exact=(4, 4)))
    assert near(made.getpixel((1, 1)), (120, 120, 120))


def test_transparency_turns_white_in_jpeg_and_stays_elsewhere() -> None:
    clear = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    content = saved(clear, "PNG")
    jpeg = opened(render(content, output_format="jpeg", compression=90, exact=None))
    webp = opened(render(content, output_format="webp", compression=90, exact=None))
    assert near(jpeg.getpixel((8, 8)), (255, 255, 255))
    assert webp.getchannel("A").getextrema() == (0, 0)


def test_a_turned_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right to see it upright
    content = saved(halves(), "JPEG", exif=exif)
    made = opened(render(content, output_format="png", compression=100, exact=None))
    assert made.size == (32, 64)
    assert near(made.getpixel((16, 8)), RED)


@pytest.mark.parametrize("form", FORMATS)
def test_the_colour_profile_stays_and_nothing_else(form: Format) -> None:
    told = PngInfo()
    told.add_text("prompt", "a secret of the maker")
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    content = saved(halves(), "PNG", icc_profile=PROFILE, pnginfo=told, exif=exif, dpi=(300, 300))
    made = render(content, output_format=form, compression=90, exact=(32, 16))
    info = opened(made).info
    assert info["icc_profile"] == PROFILE
    assert b"secret" not in made
    assert "dpi" not in info or info["dpi"] != (300, 300)
    assert "exif" not in info


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a PNG, JPEG or WebP"),
        (saved(halves(), "GIF"), "not a PNG, JPEG or WebP"),
        (saved(halves(), "BMP"), "not a PNG, JPEG or WebP"),
        (PNG[: len(PNG) // 2], "damaged"),
        (PNG[:30], "damaged"),
        (saved(halves(), "JPEG")[:400], "damaged"),
        (saved(halves(), "WEBP")[:-20], "damaged"),
        (PNG[:40] + b"\xff" * 20 + PNG[60:], "damaged"),
    ],
    ids=["empty", "gif", "bmp", "half a png", "a head", "half a jpeg", "half a webp", "noise"],
)
def test_what_cannot_be_read_is_a_bad_picture(content: bytes, says: str) -> None:
    with pytest.raises(BadPicture, match=says):
        render(content, output_format="webp", compression=100, exact=None)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded() -> None:
    header = b"IHDR" + (40_000).to_bytes(4) + (40_000).to_bytes(4) + PNG[24:29]
    bomb = PNG[:12] + header + zlib.crc32(header).to_bytes(4) + PNG[33:]
    with pytest.raises(BadPicture, match="40000x40000 is more than"):
        render(bomb, output_format="png", compression=100, exact=(64, 64))
