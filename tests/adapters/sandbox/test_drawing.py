"""Pictures: the right size, the same again by seed, and visibly what was asked."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from adapters.sandbox.ask import Ask
from adapters.sandbox.drawing import describe, draw
from adapters.sandbox.endpoints import find
from adapters.sandbox.lettering import spelled, typeface, wider, wrap

V3 = "/v1/ideogram-v3/"


def ask(path: str, **values: Any) -> Ask:
    endpoint = find(path)
    assert endpoint is not None
    return Ask(endpoint, values, {})


def picture(path: str, seed: int = 7, **values: Any) -> Image.Image:
    opened = Image.open(BytesIO(draw(ask(path, **values), seed)))
    assert opened.format == "PNG"
    return opened.convert("RGB")


def striped(size: tuple[int, int] = (96, 64)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill="navy")
    return image


def distance(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize(
    ("path", "values", "size"),
    [
        (V3 + "generate", {}, (1024, 1024)),
        (V3 + "generate", {"aspect_ratio": "16x9"}, (1312, 736)),
        (V3 + "generate", {"resolution": "512x1536"}, (512, 1536)),
        ("/generate", {}, (1024, 1024)),
        ("/generate", {"resolution": "RESOLUTION_1280_720"}, (1280, 720)),
        ("/generate", {"model": "V_2A", "aspect_ratio": "ASPECT_9_16"}, (736, 1312)),
        ("/generate", {"model": "V_1_TURBO", "aspect_ratio": "ASPECT_9_16"}, (720, 1280)),
        ("/remix", {"image_file": striped(), "aspect_ratio": "ASPECT_3_2"}, (1248, 832)),
        ("/reframe", {"image_file": striped(), "resolution": "RESOLUTION_512_1536"}, (512, 1536)),
        ("/upscale", {"image_file": striped()}, (192, 128)),
        (V3 + "replace-background", {"image": striped()}, (96, 64)),
        (V3 + "edit", {"image": striped(), "mask": Image.new("L", (96, 64))}, (96, 64)),
    ],
)
def test_a_picture_has_the_pixels_that_were_asked_for(
    path: str, values: dict[str, Any], size: tuple[int, int]
) -> None:
    assert picture(path, prompt="a fox", **values).size == size


def test_the_same_seed_and_prompt_draw_the_same_bytes_and_others_do_not() -> None:
    fox = ask(V3 + "generate", prompt="a fox", resolution="832x960")
    cat = ask(V3 + "generate", prompt="a cat", resolution="832x960")
    assert draw(fox, 7) == draw(fox, 7)
    assert len({draw(fox, 7), draw(fox, 8), draw(cat, 7)}) == 3


def test_a_palette_is_seen_in_the_picture() -> None:
    red = picture("/generate", prompt="a", color_palette=("#ff0000", "#800000", "#400000"))
    means = ImageStat.Stat(red).mean
    assert means[0] > 2 * means[1] and means[0] > 2 * means[2]


def test_an_edit_changes_only_what_is_black_in_the_mask() -> None:
    image, mask = striped(), Image.new("L", (96, 64), 255)
    mask.paste(0, (10, 20, 50, 60))
    edited = picture(V3 + "edit", prompt="a moon", image=image, mask=mask)
    changed = ImageChops.difference(image, edited).getbbox()
    assert changed is not None
    assert changed[0] >= 10 and changed[1] >= 20 and changed[2] <= 50 and changed[3] <= 60
    assert distance(image.crop((10, 20, 50, 60)), edited.crop((10, 20, 50, 60))) > 30


def test_an_edit_of_nothing_gives_the_picture_back() -> None:
    image, mask = striped(), Image.new("L", (96, 64), 255)
    edited = picture(V3 + "edit", prompt="a moon", image=image, mask=mask)
    assert ImageChops.difference(image, edited).getbbox() is None


def test_a_remix_comes_closer_to_its_input_with_weight() -> None:
    image = striped((1024, 1024))
    light, heavy = (
        picture("/remix", prompt="a fox", image_file=image, image_weight=weight)
        for weight in (1, 100)
    )
    middle = (200, 200, 800, 700)
    far, near = (distance(image.crop(middle), one.crop(middle)) for one in (light, heavy))
    assert near < far / 4


def test_a_reframe_keeps_the_whole_input_in_the_middle() -> None:
    plain = Image.new("RGB", (100, 100), (255, 0, 255))
    framed = picture(V3 + "reframe", image=plain, resolution="1536x512")
    assert framed.getpixel((768, 120)) == (255, 0, 255)
    assert framed.getpixel((300, 120)) != (255, 0, 255)
    assert framed.getpixel((1300, 120)) != (255, 0, 255)


def test_a_new_background_leaves_the_middle_alone() -> None:
    plain = Image.new("RGB", (400, 400), (255, 0, 255))
    changed = picture(V3 + "replace-background", prompt="a beach", image=plain)
    assert changed.getpixel((200, 180)) == (255, 0, 255)
    assert changed.getpixel((390, 40)) != (255, 0, 255)


def test_magic_prompt_on_rewrites_and_off_does_not() -> None:
    on = ask(V3 + "generate", prompt="a fox", magic_prompt="ON")
    legacy = ask("/generate", prompt="a fox", magic_prompt_option="ON")
    off = ask(V3 + "generate", prompt="a fox", magic_prompt="OFF")
    assert on.final_prompt == legacy.final_prompt != "a fox"
    assert off.final_prompt == ask("/generate", prompt="a fox").final_prompt == "a fox"
    assert ask("/upscale", magic_prompt_option="ON").final_prompt == ""


@pytest.mark.parametrize(
    ("size", "form"), [((96, 64), "wide"), ((64, 96), "tall"), ((64, 64), "square")]
)
def test_a_description_names_form_size_and_colours(size: tuple[int, int], form: str) -> None:
    text = describe(ask("/describe", image_file=striped(size)))
    assert f"{form} picture of {size[0]} x {size[1]}" in text
    assert "#ffffff" in text and "#000080" in text


def test_a_long_prompt_is_wrapped_and_ends_in_an_ellipsis() -> None:
    font = typeface(20)
    rows = wrap("many words " * 50, font, 300)
    assert len(rows) == 4 and rows[-1].endswith("…")
    assert all(font.getlength(row) <= 310 for row in rows)
    assert wrap("short", font, 300) == ["short"]
    assert wrap("", font, 300) == []
    assert "".join(wrap("endless" * 12, font, 300)) == "endless" * 12
    assert wrap("one two", font, font.getlength("one ")) == ["one", "two"]


def test_accents_are_dropped_only_where_no_typeface_has_them() -> None:
    assert spelled("café", None) == ("cafe", None)
    assert spelled("café", "Wide.ttf") == ("café", "Wide.ttf")
    assert spelled("cafe", "Wide.ttf") == ("cafe", None)
    assert wider(("no-such-typeface.ttf",)) is None
