"""Masks: black where the upstream is to draw."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adapters.pixels.formats import BadPicture
from adapters.pixels.masks import BadMask, Mask, Polarity, convert, lone_alpha
from tests.adapters.pixels.drawn import BLUE, RED, chunk, exif, halves, opened, png, saved

SIZE = (64, 32)
BLACK, WHITE = 0, 255


def half(clear: int = 0, solid: int = 255, mode: str = "RGBA") -> Image.Image:
    """Red and blue; the left half with the alpha `clear`, the right half `solid`."""
    picture = halves().convert("RGBA")
    alpha = Image.new("L", SIZE, solid)
    alpha.paste(clear, (0, 0, 32, 32))
    picture.putalpha(alpha)
    return picture.convert(mode)


def black_and_white(mode: str = "L") -> Image.Image:
    """The left half black, the right half white."""
    picture = Image.new("L", SIZE, 255)
    picture.paste(0, (0, 0, 32, 32))
    return picture.convert(mode)


def pixels(mask: Mask) -> list[int]:
    picture = opened(mask.content)
    assert (picture.format, picture.mode) == ("PNG", "L")
    return list(picture.tobytes())


def flagged(content: bytes, flags: int) -> bytes:
    """A WebP whose header promises something else than it holds."""
    assert content[12:16] == b"VP8X"
    return content[:20] + bytes((flags,)) + content[21:]


LEFT = ([BLACK] * 32 + [WHITE] * 32) * 32
RIGHT = ([WHITE] * 32 + [BLACK] * 32) * 32


@pytest.mark.parametrize(
    "content",
    [
        saved(half(), "PNG"),
        saved(half(127, 128), "PNG"),
        saved(half(mode="LA"), "PNG"),
        saved(half(), "WEBP"),
        saved(half(), "WEBP", lossless=True),
        saved(half().quantize(8), "PNG"),
        saved(half().quantize(8), "PNG", bits=8, optimize=True),
        saved(halves(mode="P"), "PNG", transparency=halves(mode="P").getpixel((0, 0))),
        saved(black_and_white("1"), "PNG", transparency=0),
        saved(black_and_white(), "PNG", transparency=0),
        saved(halves(), "PNG", transparency=RED),
        saved(half(), "PNG", interlace=1),
    ],
    ids=[
        "rgba", "just below and at the half", "grey with alpha", "webp", "webp without loss",
        "palette with alphas", "palette of eight bits", "palette with one clear colour",
        "one bit with a clear colour", "grey with a clear colour", "colour with a clear colour",
        "interlaced",
    ],
)  # fmt: skip
def test_what_is_transparent_turns_black(content: bytes) -> None:
    made = convert(content, polarity="alpha", size=SIZE)
    assert pixels(made) == LEFT
    assert made.coverage == 0.5


@pytest.mark.parametrize(
    ("content", "made"),
    [
        (png(2, 0, b"\x10", extra=chunk(b"tRNS", b"\0\1")), [WHITE, BLACK]),
        (png(4, 0, b"\x10", extra=chunk(b"tRNS", b"\0\1")), [BLACK, WHITE]),
        (png(16, 0, b"\0\0\x9c\x40", extra=chunk(b"tRNS", b"\x9c\x40")), [WHITE, BLACK]),
        (png(16, 2, b"\x12\x34" * 6, extra=chunk(b"tRNS", b"\x12\x34" * 3)), [BLACK, BLACK]),
        (png(16, 4, b"\0\0\x70\0\0\0\xff\xff"), [BLACK, WHITE]),
        (png(16, 6, bytes(6) + b"\x70\0" + bytes(6) + b"\xff\xff"), [BLACK, WHITE]),
    ],
    ids=["2 bit", "4 bit", "16-bit grey", "16-bit colour", "16-bit LA", "16-bit RGBA"],
)
def test_the_transparent_colour_is_found_at_every_depth(content: bytes, made: list[int]) -> None:
    assert pixels(convert(content, polarity="alpha", size=(2, 1))) == made


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize(("polarity", "made"), [("black_edits", LEFT), ("white_edits", RIGHT)])
def test_a_black_and_white_mask_is_read_as_it_says(
    form: str, mode: str, polarity: Polarity, made: list[int]
) -> None:
    drawn = black_and_white().convert("I").point(lambda grey: grey * 257) if "I" in mode else None
    picture = drawn.convert(mode) if drawn else black_and_white(mode)
    if (form == "JPEG" and mode in {"P", "LA", "RGBA", "I;16"}) or (
        form != "JPEG" and mode == "CMYK"
    ):
        picture = picture.convert("RGB")
    if form == "WEBP" and mode == "I;16":
        picture = black_and_white("RGB")
    read = convert(saved(picture, form), polarity=polarity, size=SIZE)
    assert pixels(read) == made
    assert read.coverage == 0.5


@pytest.mark.parametrize("clear", [0, 255])
def test_alpha_counts_for_nothing_in_a_black_and_white_mask(clear: int) -> None:
    picture = black_and_white("RGBA")
    picture.putalpha(clear)
    assert pixels(convert(saved(picture, "PNG"), polarity="black_edits", size=SIZE)) == LEFT
    keyed = saved(black_and_white(), "PNG", transparency=0)
    assert pixels(convert(keyed, polarity="white_edits", size=SIZE)) == RIGHT
    palette = saved(half().quantize(8), "PNG")  # red is darker than 128, and so is blue
    assert convert(palette, polarity="black_edits", size=SIZE).coverage == 1.0


def model(polarity: Polarity, grey: int, alpha: int) -> int:
    """The rules in words of one pixel."""
    if polarity == "alpha":
        changes = alpha < 128
    elif polarity == "black_edits":
        changes = grey < 128
    else:
        changes = grey >= 128
    return BLACK if changes else WHITE


@settings(deadline=None)  # other work may hold the processor
@given(
    st.sampled_from(("alpha", "black_edits", "white_edits")),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=24),
    st.sampled_from(("PNG", "WEBP")),
)
def test_every_pixel_follows_the_rule(
    polarity: Polarity, width: int, drawn: list[tuple[int, int]], form: str
) -> None:
    height = -(-len(drawn) // width)
    cells = (drawn * width)[: width * height]
    grey, alpha = (bytes(part) for part in zip(*cells, strict=True))
    size = (width, height)
    picture = Image.merge("LA", [Image.frombytes("L", size, part) for part in (grey, alpha)])
    options = {} if form == "PNG" else {"lossless": True, "exact": True}
    content = saved(picture, form, **options)
    wanted = [model(polarity, *cell) for cell in cells]
    if BLACK not in wanted:
        with pytest.raises(BadMask):
            convert(content, polarity=polarity, size=size)
        return
    made = convert(content, polarity=polarity, size=size)
    assert pixels(made) == wanted
    assert made.coverage == wanted.count(BLACK) / len(wanted)


def test_a_mask_that_selects_everything_is_allowed() -> None:
    made = convert(saved(half(0, 0), "PNG"), polarity="alpha", size=SIZE)
    assert made.coverage == 1.0
    assert set(pixels(made)) == {BLACK}


def test_a_mask_is_a_small_file() -> None:
    assert len(convert(saved(half(), "PNG"), polarity="alpha", size=SIZE).content) < 200


@pytest.mark.parametrize(
    ("content", "polarity", "says"),
    [
        (saved(black_and_white("RGBA"), "PNG"), "alpha", "black and white ones.*mask_polarity"),
        (saved(black_and_white("LA"), "PNG"), "alpha", "black and white ones.*mask_polarity"),
        (saved(black_and_white(), "PNG"), "alpha", "no transparency.*mask_polarity"),
        (saved(black_and_white("RGB"), "JPEG"), "alpha", "no transparency.*mask_polarity"),
        (saved(black_and_white("RGB"), "WEBP"), "alpha", "no transparency.*mask_polarity"),
        (saved(half(128, 255), "PNG"), "alpha", "selects nothing: no pixel is transparent"),
        (saved(Image.new("L", SIZE, 128), "PNG"), "black_edits", "no pixel is black"),
        (saved(Image.new("L", SIZE, 127), "PNG"), "white_edits", "no pixel is white"),
    ],
)
def test_a_mask_that_says_nothing_is_explained(
    content: bytes, polarity: Polarity, says: str
) -> None:
    with pytest.raises(BadMask, match=says):
        convert(content, polarity=polarity, size=SIZE)


def test_a_mask_of_another_size_is_refused_before_it_is_decoded() -> None:
    undecodable = png(8, 6, b"\0", size=(512, 512))
    with pytest.raises(BadMask, match="the mask is 512x512 but the picture is 64x32"):
        convert(undecodable, polarity="alpha", size=SIZE)


def test_a_mask_is_turned_like_a_picture() -> None:
    content = saved(half(), "PNG", exif=exif(6))
    with pytest.raises(BadMask, match="the mask is 32x64"):
        convert(content, polarity="alpha", size=SIZE)
    assert (
        pixels(convert(content, polarity="alpha", size=(32, 64))) == [BLACK] * 1024 + [WHITE] * 1024
    )


def test_a_mask_follows_a_picture_that_went_smaller() -> None:
    made = convert(saved(half(), "PNG"), polarity="alpha", size=SIZE, sent=(4, 2))
    assert pixels(made) == [BLACK, BLACK, WHITE, WHITE] * 2
    assert made.coverage == 0.5


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (saved(halves(), "GIF"), "the file is a GIF"),
        (saved(half(), "PNG")[:-20], "damaged"),
        (png(8, 6, b"\0", size=SIZE), "the mask is damaged"),
    ],
)
def test_a_mask_that_cannot_be_read_is_a_bad_mask(content: bytes, says: str) -> None:
    with pytest.raises(BadMask, match=says):
        convert(content, polarity="alpha", size=SIZE)


@pytest.mark.parametrize(
    "content",
    [
        saved(half(), "PNG"),
        saved(half(), "WEBP", lossless=True, exact=True),
        flagged(saved(half(), "WEBP", lossless=True, exact=True, exif=exif(1)), 0x08),
        saved(halves(), "PNG", transparency=RED),
        saved(halves(mode="P"), "PNG", transparency=halves(mode="P").getpixel((0, 0))),
    ],
)
def test_a_lone_picture_is_its_own_mask_and_keeps_the_colours_under_it(content: bytes) -> None:
    lone = lone_alpha(content)
    assert lone is not None
    assert pixels(lone.mask) == LEFT
    assert lone.mask.coverage == 0.5
    picture = opened(lone.content)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", SIZE)
    assert picture.getpixel((4, 4)) == RED
    assert picture.getpixel((60, 4)) == BLUE


def test_a_lone_picture_and_its_mask_are_turned_together() -> None:
    lone = lone_alpha(saved(half(), "PNG", exif=exif(3)))
    assert lone is not None
    assert pixels(lone.mask) == RIGHT
    assert opened(lone.content).getpixel((60, 4)) == RED


@pytest.mark.parametrize(
    "content",
    [
        saved(halves(), "PNG"),
        saved(halves(), "JPEG"),
        saved(half(255), "PNG"),
        saved(half(128), "PNG"),
        flagged(saved(halves(), "WEBP", exif=exif(1)), 0x18),
    ],
    ids=["no alpha", "jpeg", "solid", "half solid", "an empty promise"],
)
def test_a_lone_picture_without_transparency_is_no_mask(content: bytes) -> None:
    assert lone_alpha(content) is None


def test_a_lone_picture_that_cannot_be_read_is_a_bad_picture() -> None:
    with pytest.raises(BadPicture, match="the picture is damaged"):
        lone_alpha(png(8, 6, b"\0", size=SIZE))
    with pytest.raises(BadPicture, match="64x32 is more than 100 pixels"):
        lone_alpha(saved(half(), "PNG"), max_pixels=100)
