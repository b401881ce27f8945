"""Pictures and forms that are refused before money, through the real server: one of each kind."""

import random
import zlib
from typing import Any

import pytest
from PIL import Image

from tests.adapters.openai.forms import body
from tests.adapters.pixels.drawn import busy, chunk, halves, png, saved
from tests.service.editing import (
    DESCRIPTIONS,
    EDITS,
    FORM,
    MASK,
    PICTURE,
    SQUARE,
    VARIATIONS,
    Editor,
    form,
    left_clear,
)
from tests.service.wire import ask

pytest_plugins = ["tests.service.editors"]


def huge(side: int = 60_000) -> bytes:
    """A header that says so many pixels, in a file of a few bytes."""
    head = side.to_bytes(4) * 2 + bytes((8, 6, 0, 0, 0))
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(bytes(64))), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def moving(form_: str) -> bytes:
    frames = [halves(32, 32), halves(32, 32).rotate(90)]
    return saved(frames[0], form_, save_all=True, append_images=frames[1:], duration=100)


def flat(mode: str, colour: Any, size: tuple[int, int] = (96, 64)) -> bytes:
    return saved(Image.new(mode, size, colour), "PNG")


def black_and_white(mode: str) -> bytes:
    mask = Image.new("RGB", (96, 64), "white")
    mask.paste("black", (0, 0, 48, 64))
    return saved(mask.convert(mode), "PNG")


NOISE = saved(busy(64, 64), "PNG")
OK = {"image": PICTURE, "prompt": "a fox"}
MASKED = OK | {"mask": MASK}
IMAGE, BADLY = "image", "invalid_image_file"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

# name, fields, param, code
PICTURES: list[tuple[str, Any, str | None, str]] = [
    ("no image", {"prompt": "a fox"}, IMAGE, "missing_required_parameter"),
    ("only a mask", {"mask": MASK, "prompt": "a fox"}, IMAGE, "missing_required_parameter"),
    ("17 images", OK | {"image": [PICTURE] * 17}, IMAGE, "invalid_value"),
    ("17 images[]", {"prompt": "a", "image[]": [PICTURE] * 17}, IMAGE, "invalid_value"),
    ("no bytes", OK | {"image": b""}, IMAGE, BADLY),
    ("no bytes in the second", OK | {"image": [PICTURE, b""]}, "image[1]", BADLY),
    ("cut", OK | {"image": NOISE[:-500]}, IMAGE, BADLY),
    ("cut in the header", OK | {"image": PICTURE[:20]}, IMAGE, BADLY),
    ("without its end mark", OK | {"image": PICTURE[:-12]}, IMAGE, BADLY),
    ("a wrong checksum", OK | {"image": NOISE[:200] + b"\0" + NOISE[201:]}, IMAGE, BADLY),
    ("a cut JPEG", OK | {"image": saved(busy(), "JPEG")[:-900]}, IMAGE, BADLY),
    ("a cut WebP", OK | {"image": saved(busy(), "WEBP")[:-900]}, IMAGE, BADLY),
    ("SVG", OK | {"image": SVG}, IMAGE, BADLY),
    ("PDF", OK | {"image": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"}, IMAGE, BADLY),
    ("HTML", OK | {"image": b"<!doctype html><title>no</title>"}, IMAGE, BADLY),
    ("text", OK | {"image": b"this is no picture"}, IMAGE, BADLY),
    ("noise", OK | {"image": random.Random(3).randbytes(5000)}, IMAGE, BADLY),
    ("GIF", OK | {"image": saved(halves(), "GIF")}, IMAGE, BADLY),
    ("BMP", OK | {"image": saved(halves(), "BMP")}, IMAGE, BADLY),
    ("TIFF", OK | {"image": saved(halves(), "TIFF")}, IMAGE, BADLY),
    ("HEIC", OK | {"image": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"}, IMAGE, BADLY),
    ("60,000 x 60,000", OK | {"image": huge()}, IMAGE, BADLY),
    ("65,535 x 65,535 JPEG", OK | {"image": saved(halves(), "JPEG").replace(
        (32).to_bytes(2) + (64).to_bytes(2), b"\xff\xff\xff\xff", 1)}, IMAGE, BADLY),
    ("no pixels", OK | {"image": png(8, 2, b"", size=(0, 0))}, IMAGE, BADLY),
    ("animated PNG", OK | {"image": moving("PNG")}, IMAGE, BADLY),
    ("animated WebP", OK | {"image": moving("WEBP")}, IMAGE, BADLY),
    ("animated GIF", OK | {"image": moving("GIF")}, IMAGE, BADLY),
    ("an animated mask", OK | {"mask": moving("PNG")}, "mask", "invalid_mask"),
    ("a broken style reference", OK | {"style_reference_images": b"no"}, "style_reference_images", BADLY),
    ("a broken further image", OK | {"image": [PICTURE, SVG]}, "image[1]", BADLY),
    ("a data URL of no picture", OK | {"image": "data:image/png;base64,aGVsbG8="}, IMAGE, BADLY),
    ("a data URL of no base64", OK | {"image": "data:image/png;base64,%%%"}, IMAGE, "invalid_value"),
    ("a text as image", OK | {"image": "a picture of a fox"}, IMAGE, BADLY),
]  # fmt: skip

MASKS: list[tuple[str, Any, str | None, str]] = [
    ("another size", MASKED | {"mask": left_clear(64, 96)}, "mask", "invalid_mask"),
    ("without alpha", OK | {"mask": flat("RGB", "black")}, "mask", "invalid_mask"),
    ("grey without alpha", OK | {"mask": flat("L", 0)}, "mask", "invalid_mask"),
    ("black and white RGBA", OK | {"mask": black_and_white("RGBA")}, "mask", "invalid_mask"),
    ("black and white RGB", OK | {"mask": black_and_white("RGB")}, "mask", "invalid_mask"),
    ("all keep", OK | {"mask": flat("RGBA", (9, 9, 9, 255))}, "mask", "invalid_mask"),
    ("all keep, half clear", OK | {"mask": flat("RGBA", (9, 9, 9, 128))}, "mask", "invalid_mask"),
    ("all white, black edits", OK | {"mask": flat("L", 255), "mask_polarity": "black_edits"}, "mask", "invalid_mask"),
    ("all black, white edits", OK | {"mask": flat("L", 0), "mask_polarity": "white_edits"}, "mask", "invalid_mask"),
    ("a polarity nobody knows", MASKED | {"mask_polarity": "inverted"}, "mask_polarity", "invalid_value"),
    ("a polarity and no mask", OK | {"mask_polarity": "alpha"}, "mask", "missing_required_parameter"),
    ("no picture", OK | {"mask": SVG}, "mask", "invalid_mask"),
    ("a huge one", OK | {"mask": huge()}, "mask", "invalid_mask"),
    ("a cut one", OK | {"mask": MASK[:-20]}, "mask", "invalid_mask"),
    ("no bytes", OK | {"mask": b""}, "mask", BADLY),
    ("two of them", OK | {"mask": [MASK, MASK]}, "mask", "invalid_value"),
    ("V1", MASKED | {"model": "ideogram-v1"}, "mask", "operation_not_offered"),
    ("V1 turbo", MASKED | {"model": "V_1_TURBO"}, "mask", "operation_not_offered"),
    ("V2A", MASKED | {"model": "ideogram-v2a"}, "mask", "operation_not_offered"),
    ("V2A turbo", MASKED | {"model": "ideogram-v2a-turbo"}, "mask", "operation_not_offered"),
    ("a mask on remix", MASKED | {"operation": "remix"}, "mask", "unsupported_parameter"),
    ("a mask on upscale", MASKED | {"operation": "upscale"}, "mask", "unsupported_parameter"),
    ("edit without one", OK | {"operation": "edit"}, "mask", "missing_required_parameter"),
]  # fmt: skip

FIELDS: list[tuple[str, Any, str | None, str]] = [
    ("an operation nobody knows", OK | {"operation": "erase"}, "operation", "invalid_value"),
    ("reframe of V1", OK | {"operation": "reframe", "model": "ideogram-v1", "size": "1024x1024"}, "operation", "operation_not_offered"),
    ("reframe of V2 upstream", {"image": SQUARE, "operation": "reframe", "model": "ideogram-v2", "resolution": "1024x1024"}, "model", "operation_not_offered"),
    ("a new background of V2", OK | {"operation": "replace_background", "model": "ideogram-v2"}, "operation", "operation_not_offered"),
    ("a describing model", OK | {"model": "ideogram-describe"}, "model", "operation_not_offered"),
    ("reframe without size", {"image": PICTURE, "operation": "reframe"}, "size", "missing_required_parameter"),
    ("no prompt", {"image": PICTURE, "mask": MASK}, "prompt", "missing_required_parameter"),
    ("blank prompt", OK | {"prompt": "  \n"}, "prompt", "missing_required_parameter"),
    ("a model nobody sells", OK | {"model": "midjourney"}, "model", "invalid_value"),
    ("n of 11", OK | {"n": "11"}, "n", "integer_above_max_value"),
    ("n of 0", OK | {"n": "0"}, "n", "integer_below_min_value"),
    ("n in words", OK | {"n": "two"}, "n", "invalid_type"),
    ("stream of no boolean", OK | {"stream": "maybe"}, "stream", "invalid_type"),
    ("image_weight of 0", OK | {"image_weight": "0"}, "image_weight", "integer_below_min_value"),
    ("image_weight on an edit", MASKED | {"image_weight": "50"}, "image_weight", "unsupported_parameter"),
    ("two images for V2", OK | {"image": [PICTURE, PICTURE], "model": "ideogram-v2"}, "image[1]", "unsupported_parameter"),
    ("strict size of an edit", MASKED | {"size": "1024x1024", "size_policy": "strict"}, "size", "invalid_value"),
    ("FLASH", OK | {"rendering_speed": "FLASH"}, "rendering_speed", "model_not_priced"),
    ("a slip of the pen", OK | {"qualty": "high"}, "qualty", "unknown_parameter"),
    ("transparency", OK | {"background": "transparent"}, "background", "invalid_value"),
    ("a long prompt", OK | {"prompt": "a" * 32_001}, "prompt", "string_above_max_length"),
    ("a prompt of 300 KB", OK | {"prompt": "a" * 300_000}, "prompt", "string_above_max_length"),
    ("a character reference", OK | {"character_reference_images": PICTURE}, "character_reference_images", "unsupported_parameter"),
    ("a prompt that is no UTF-8", body(("image", PICTURE), ("prompt", b"\xff\xfe\xfd")), "prompt", "invalid_value"),
]  # fmt: skip


def head(name: str, more: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"{more}'


FORMS: list[tuple[str, bytes, str | None, str]] = [
    ("two prompts", body(("image", PICTURE), ("prompt", b"a"), ("prompt", b"b")), "prompt", "invalid_value"),
    ("two models", body(("image", PICTURE), ("prompt", b"a"), ("model", b"V_2"), ("model", b"V_3")), "model", "invalid_value"),
    ("two n", body(("image", PICTURE), ("prompt", b"a"), ("n", b"1"), ("n", b"1")), "n", "invalid_value"),
    ("a charset nobody has", body(("image", PICTURE), (head("prompt") + "\r\nContent-Type: text/plain; charset=rot13", b"a")), "prompt", "invalid_value"),
    ("text in another charset", body(("image", PICTURE), (head("prompt") + "\r\nContent-Type: text/plain; charset=utf-16", b"abc")), "prompt", "invalid_value"),
    ("base64 on the way", body((head("image") + "\r\nContent-Transfer-Encoding: base64", b"iVBO"), ("prompt", b"a")), "image", "invalid_value"),
    ("10,000 parts", body(*[("x", b"1")] * 10_000), None, "invalid_value"),
    ("a part header of 1 MB", body((head("image", '; filename="' + "a" * 1_000_000 + '"'), PICTURE)), None, "invalid_value"),
    ("1,000 headers of a part", body(("\r\n".join([head("image"), *["x: y"] * 1000]), PICTURE)), None, "invalid_value"),
    ("a folded header", body((head("image") + "\r\n ; filename=x", PICTURE)), None, "invalid_value"),
    ("a part without a name", body(("Content-Disposition: form-data", PICTURE)), None, "invalid_value"),
    ("a part without headers", b"--XX\r\n\r\nabc\r\n--XX--\r\n", None, "invalid_value"),
    ("an empty body", b"", None, "invalid_value"),
    ("no end", form(OK)[:-10], None, "invalid_value"),
    ("half of it", form(OK)[:150], None, "invalid_value"),
    ("another boundary", form(OK).replace(b"--XX", b"--YY"), None, "invalid_value"),
    ("no form at all", b'{"prompt": "a"}', None, "invalid_value"),
    ("only an end", b"--XX--\r\n", "image", "missing_required_parameter"),
    ("1.2 MB of texts", body(*[(f"x{i}", b"a" * 240_000) for i in range(5)]), None, "request_too_large"),
]  # fmt: skip

TYPES: list[tuple[str, str, int]] = [
    ("no boundary", "multipart/form-data", 400),
    ("an empty boundary", "multipart/form-data; boundary=", 400),
    ("a quoted empty boundary", 'multipart/form-data; boundary=""', 400),
    ("a boundary of 5,000", "multipart/form-data; boundary=" + "X" * 5000, 400),
    ("a boundary that is no ASCII", "multipart/form-data; boundary=\xe4\xf6", 400),
    ("url-encoded", "application/x-www-form-urlencoded", 415),
    ("a picture", "image/png", 415),
    ("another multipart", "multipart/mixed; boundary=XX", 415),
    ("bytes", "application/octet-stream", 415),
]


def rows(table: list[Any]) -> Any:
    return pytest.mark.parametrize(
        ("sent", "param", "code"), [row[1:] for row in table], ids=[row[0] for row in table]
    )


async def refused(unmoved: Editor, path: str, sent: Any, param: str | None, code: str) -> str:
    """The message, which is fit for a line and tells nothing of ours."""
    answer = await unmoved.post(path, sent)
    status = 413 if code == "request_too_large" else 400
    assert (answer.status, answer.error["param"]) == (status, param), answer.body
    assert answer.error["code"] == code, answer.body
    message: str = answer.error["message"]
    assert message.isprintable() and len(message) < 500
    assert "/" not in message.replace("HTTP/", "") or "image/png" in message or "/v1/" in message
    return message


@rows(PICTURES)
async def test_a_bad_picture_is_refused_before_money(
    sent: Any, param: str | None, code: str, unmoved: Editor
) -> None:
    await refused(unmoved, EDITS, sent, param, code)


@rows(MASKS)
async def test_a_bad_mask_is_refused_before_money(
    sent: Any, param: str | None, code: str, unmoved: Editor
) -> None:
    await refused(unmoved, EDITS, sent, param, code)


@rows(FIELDS)
async def test_a_bad_field_is_refused_before_money(
    sent: Any, param: str | None, code: str, unmoved: Editor
) -> None:
    await refused(unmoved, EDITS, sent, param, code)


@rows(FORMS)
async def test_a_bad_form_is_refused_before_money(
    sent: Any, param: str | None, code: str, unmoved: Editor
) -> None:
    await refused(unmoved, EDITS, sent, param, code)


@pytest.mark.parametrize(
    ("kind", "status"), [row[1:] for row in TYPES], ids=[row[0] for row in TYPES]
)
async def test_a_bad_content_type_is_refused_before_money(
    kind: str, status: int, unmoved: Editor
) -> None:
    answer = await unmoved.post(EDITS, OK, ("content-type", kind))
    assert answer.status == status, answer.body
    assert answer.error["code"] == ("invalid_value" if status == 400 else "unsupported_media_type")


@pytest.mark.parametrize("path", [VARIATIONS, DESCRIPTIONS])
@rows([row for row in PICTURES if row[2] == "image" and isinstance(row[1].get("image"), bytes)])
async def test_the_other_routes_refuse_the_same_pictures(
    path: str, sent: Any, param: str | None, code: str, unmoved: Editor
) -> None:
    await refused(unmoved, path, {"image": sent["image"]}, param, code)


@pytest.mark.parametrize(
    ("path", "fields", "param"),
    [
        (VARIATIONS, {"image": [PICTURE, PICTURE]}, "image"),
        (VARIATIONS, {"image": PICTURE, "mask": MASK}, "mask"),
        (VARIATIONS, {"image": PICTURE, "stream": "true"}, "stream"),
        (VARIATIONS, {"image": PICTURE, "operation": "remix"}, "operation"),
        (VARIATIONS, {"image": PICTURE, "prompt": "a"}, "prompt"),
        (VARIATIONS, {"image": PICTURE, "describe_model_version": "V_9"}, "describe_model_version"),
        (DESCRIPTIONS, {"image": [PICTURE, PICTURE]}, "image"),
        (DESCRIPTIONS, {"image": PICTURE, "mask": MASK}, "mask"),
        (DESCRIPTIONS, {"image": PICTURE, "seed": "3"}, "seed"),
        (DESCRIPTIONS, {"image": PICTURE, "describe_model_version": "V_9"}, "describe_model_version"),
    ],
)  # fmt: skip
async def test_a_field_of_another_route_is_named(
    path: str, fields: Any, param: str, unmoved: Editor
) -> None:
    answer = await unmoved.post(path, fields)
    assert (answer.status, answer.error["param"]) == (400, param), answer.body


async def test_a_black_and_white_mask_is_told_of_the_polarity(unmoved: Editor) -> None:
    for mode in ("RGBA", "RGB", "L"):
        answer = await unmoved.edit(**OK, mask=black_and_white(mode))
        assert "mask_polarity" in answer.error["message"], answer.body
        assert "white_edits" in answer.error["message"]


async def test_a_form_without_an_image_is_told_what_older_node_sdks_do(unmoved: Editor) -> None:
    answer = await unmoved.edit(prompt="a fox")
    assert "toFile" in answer.error["message"]


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
async def test_a_format_that_is_not_taken_is_told_the_three_that_are(
    kind: str, unmoved: Editor
) -> None:
    answer = await unmoved.edit(**OK | {"image": saved(halves(), kind)})
    assert "PNG, JPEG or WebP" in answer.error["message"]


@pytest.mark.parametrize("path", [EDITS, VARIATIONS, DESCRIPTIONS])
@pytest.mark.parametrize("key", [None, "Bearer sk-ig-nobody"])
async def test_who_has_no_key_is_refused_before_the_body_is_read(
    path: str, key: str | None, unmoved: Editor
) -> None:
    told = [FORM, *([("authorization", key)] if key else [])]
    answer = await ask(unmoved.port, "POST", path, told, b"no form")
    assert answer.status == 401 and answer.error["param"] is None


@pytest.mark.parametrize("path", [EDITS, VARIATIONS, DESCRIPTIONS])
async def test_another_method_is_405(path: str, unmoved: Editor) -> None:
    answer = await unmoved.get(path)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.error["code"] == "method_not_allowed"


async def test_strict_turns_the_warnings_of_an_edit_into_refusals(unmoved: Editor) -> None:
    answer = await unmoved.edit(("x-ideogate-strict", "true"), **OK)
    assert (answer.status, answer.error["code"]) == (400, "warning_refused")


@rows(
    [
        ("file_id", {"images": [{"file_id": "file-1"}]}, "images[0].file_id", "unsupported_parameter"),
        ("a file_id as mask", {"images": [{"image_url": "data:image/png;base64,iVBO"}], "mask": {"file_id": "x"}}, "mask.file_id", "unsupported_parameter"),
        ("a host not listed", {"images": [{"image_url": "https://elsewhere.example/a.png"}]}, "images[0].image_url", "invalid_value"),
        ("http", {"images": [{"image_url": "http://pictures.example.com/a.png"}]}, "images[0].image_url", "invalid_value"),
        ("a path of ours", {"images": ["file:///etc/passwd"]}, "images[0]", "invalid_value"),
        ("an address", {"images": ["https://127.0.0.1/a.png"]}, "images[0]", "invalid_value"),
        ("metadata of a cloud", {"images": ["https://169.254.169.254/latest"]}, "images[0]", "invalid_value"),
        ("a listed host in the user's place", {"images": ["https://pictures.example.com@evil.example/a"]}, "images[0]", "invalid_image_file"),
        ("none", {"images": []}, "images", "missing_required_parameter"),
        ("17", {"images": ["data:image/png;base64,iVBO"] * 17}, "images", "invalid_value"),
        ("no list", {"images": "data:image/png;base64,iVBO"}, "images", "invalid_type"),
        ("a number", {"images": [7]}, "images[0]", "invalid_type"),
        ("image instead", {"image": "data:image/png;base64,iVBO"}, "image", "unknown_parameter"),
    ]
)  # fmt: skip
async def test_a_bad_json_edit_is_refused_before_money(
    sent: Any, param: str, code: str, unmoved: Editor
) -> None:
    answer = await unmoved.post_json(EDITS, {"prompt": "a fox", **sent})
    assert (answer.status, answer.error["param"]) == (400, param), answer.body
    assert answer.error["code"] == code, answer.body


async def test_json_is_no_body_of_a_variation(unmoved: Editor) -> None:
    answer = await unmoved.post_json(VARIATIONS, {"images": []})
    assert (answer.status, answer.error["code"]) == (415, "unsupported_media_type")
