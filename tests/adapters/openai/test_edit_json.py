"""Edits and descriptions as JSON: pictures by data URL and by link."""

import base64
import json
import tracemalloc
from typing import Any

import pytest

from adapters.openai.edit_fields import EDIT_JSON
from adapters.openai.edits import read_description_json, read_edit_json
from adapters.openai.errors import ApiError
from adapters.openai.fields import DATA_URL
from adapters.openai.near import UnknownRule
from adapters.openai.requests import Edit, Link, Upload
from tests.adapters.openai.forms import JPEG, MASK, MIB, PNG, checked


def url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


LINK = "https://pictures.example/w_100,h_100/cat.png?x=1"
ONE = [{"image_url": url(PNG)}]
READ_ONE = (Upload("images[0].image_url", PNG),)


def read(rule: UnknownRule = "near", **fields: Any) -> Edit:
    body = json.dumps({"images": ONE} | fields).encode()
    return read_edit_json(body, unknown_parameters=rule)


def refusal(body: bytes, rule: UnknownRule = "near") -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_edit_json(body, unknown_parameters=rule)
    return checked(caught.value)


def refused(**fields: Any) -> ApiError:
    return refusal(json.dumps({"images": ONE} | fields).encode())


def test_pictures_come_as_data_urls_as_links_and_as_bare_strings() -> None:
    images = [{"image_url": url(PNG)}, {"image_url": LINK, "file_id": None}, url(JPEG)]
    assert read(images=images, mask={"image_url": url(MASK)}, prompt="a hat", n=2) == Edit(
        prompt="a hat",
        n=2,
        images=(
            Upload("images[0].image_url", PNG),
            Link("images[1].image_url", LINK),
            Upload("images[2]", JPEG),
        ),
        mask=Upload("mask.image_url", MASK),
    )


def test_other_fields_are_those_of_the_form() -> None:
    heard = read(operation="REFRAME", size="1024x1024", detail=5, style_reference_images=[LINK])
    assert heard == Edit(
        images=READ_ONE,
        operation="reframe",
        size="1024x1024",
        detail=5,
        references=(Link("style_reference_images[0]", LINK),),
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_text_mean_absent(nothing: str | None) -> None:
    fields = {name: nothing for name in EDIT_JSON.fields if name != "images"}
    assert read(**fields) == Edit(images=READ_ONE)


def test_empty_collections_mean_absent() -> None:
    assert read(style_reference_images=[], color_palette={}) == Edit(images=READ_ONE)


@pytest.mark.parametrize(
    "text",
    [
        url(PNG),
        url(PNG, "image/svg+xml"),  # what it says of itself decides nothing
        url(PNG, "image/png;name=a.png"),
        url(PNG, ""),
        url(PNG).replace("data:", "DATA:").replace("base64", "Base64"),
        url(PNG).replace(",", ",\r\n") + "\n",
    ],
)
def test_a_data_url_is_decoded_whatever_it_says_of_itself(text: str) -> None:
    assert read(images=[{"image_url": text}]).images == READ_ONE


def test_escaped_slashes_are_slashes() -> None:
    body = json.dumps({"images": [{"image_url": url(b"\xff" * 30)}]}).replace("/", "\\/")
    assert "\\/\\/\\/" in body
    heard = read_edit_json(body.encode(), unknown_parameters="near")
    assert heard.images == (Upload("images[0].image_url", b"\xff" * 30),)


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("data:image/png,abc", "invalid_value", "in base64"),
        ("data:image/png;base64", "invalid_value", "in base64"),
        ("data:" + "x" * 300 + ";base64,AAAA", "invalid_value", "in base64"),
        ("data:image/png;base64,AAA", "invalid_value", "not base64"),
        ("data:image/png;base64,AA=A", "invalid_value", "not base64"),
        ("data:image/png;base64,AA AA", "invalid_value", "not base64"),
        ("data:image/png;base64,\u00e4\u00e4\u00e4\u00e4", "invalid_value", "not base64"),
        ("data:image/png;base64,", "invalid_image_file", "0 bytes"),
        ("data:image/png;base64," + "A" * DATA_URL, "string_above_max_length", "20,971,520"),
        ("http://pictures.example/cat.png", "invalid_value", "https"),
        ("ftp://pictures.example/cat.png", "invalid_value", "https link"),
        ("file:///etc/passwd", "invalid_value", "https link"),
        ("cat.png", "invalid_value", "https link"),
        ("", "invalid_value", "https link"),
        ("iVBORw0KGgo=", "invalid_value", "data URL"),
        ("https://pictures.example/" + "x" * 8_200, "string_above_max_length", "8,192"),
        ("https://pictures.example/a cat.png", "invalid_value", "character"),
        ("https://pictures.example/\0", "invalid_value", "character"),
        ("https://pictures.example/\u202e", "invalid_value", "character"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_neither_picture_nor_link_is_refused(text: str, code: str, part: str) -> None:
    error = refused(images=[{"image_url": text}])
    assert (error.code, error.param) == (code, "images[0].image_url")
    assert part in error.message


@pytest.mark.parametrize(
    ("images", "code", "param"),
    [
        ([{"file_id": "file-abc"}], "unsupported_parameter", "images[0].file_id"),
        ([url(PNG), {"file_id": "x", "image_url": LINK}], "unsupported_parameter", "images[1]"),
        ([{"image_url": LINK, "detail": "high"}], "unknown_parameter", "images[0].detail"),
        ([{"url": LINK}], "unknown_parameter", "images[0].url"),
        ([{}], "missing_required_parameter", "images[0].image_url"),
        ([{"image_url": None}], "missing_required_parameter", "images[0].image_url"),
        ([{"image_url": {"url": LINK}}], "invalid_type", "images[0].image_url"),
        ([{"image_url": 5}], "invalid_type", "images[0].image_url"),
        ([None], "invalid_type", "images[0]"),
        ([[LINK]], "invalid_type", "images[0]"),
        ([12345678901234567890], "invalid_type", "images[0]"),
        ({"image_url": LINK}, "invalid_type", "images"),
        (LINK, "invalid_type", "images"),
        (True, "invalid_type", "images"),
        ([LINK] * 17, "invalid_value", "images"),
        ([1] * 1_000, "invalid_value", "images"),
        ([], "missing_required_parameter", "images"),
        (None, "missing_required_parameter", "images"),
        ("", "missing_required_parameter", "images"),
    ],
)
def test_a_list_of_something_else_is_refused_by_place(images: Any, code: str, param: str) -> None:
    error = refused(images=images)
    assert error.code == code
    assert (error.param or "").startswith(param)


@pytest.mark.parametrize(
    ("mask", "param"),
    [
        ([{"image_url": LINK}], "mask"),
        (7, "mask"),
        ({"file_id": "x"}, "mask.file_id"),
        ({"a": 1, **{f"k{i}": 1 for i in range(100)}}, "mask"),
    ],
)
def test_a_mask_is_one_reference(mask: Any, param: str) -> None:
    assert refused(mask=mask).param == param


def test_files_named_by_id_are_told_what_to_do() -> None:
    assert "no Files API" in refused(images=[{"file_id": "file-abc"}]).message


def test_image_is_told_that_the_name_is_images() -> None:
    for body in (b'{"image":"x"}', b'{"image":[],"prompt":"a hat"}'):
        assert "did you mean `images`?" in refusal(body).message
    assert "images is required" in refusal(b'{"image":"x"}', "warn").message
    assert '{"images": [{"image_url"' in refusal(b'{"image_url":"x"}').message


def test_a_broken_body_is_refused_as_for_generations() -> None:
    for body in (b"", b"[]", b'{"images":[{"image_url":"\\ud800"}]}', b'{"images":[', b"\xff"):
        assert refusal(body).code in ("invalid_json", "invalid_type")
    assert refusal(b'{"images":' + b"[" * 100_000).code == "invalid_json"
    deep = b'{"images":[' + b'{"image_url":' * 500 + b"1" + b"}" * 500 + b"]}"
    assert refusal(deep).param in ("images[0].image_url", None)


def test_a_large_picture_is_not_copied_over_and_over() -> None:
    body = json.dumps({"images": [{"image_url": url(bytes(6 * MIB))}]}).encode()
    tracemalloc.start()
    try:
        heard = read_edit_json(body, unknown_parameters="near")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert heard.images == (Upload("images[0].image_url", bytes(6 * MIB)),)
    assert peak < 2 * len(body)  # one of the JSON, and the picture


def test_a_description_is_one_picture_and_a_version() -> None:
    body = json.dumps({"images": ONE, "describe_model_version": "V_2"}).encode()
    heard = read_description_json(body, unknown_parameters="near")
    assert heard == Edit(images=READ_ONE, describe_model_version="V_2")
    for fields in ({"images": ONE * 2}, {}, {"images": ONE, "prompt": "x"}):
        with pytest.raises(ApiError):
            read_description_json(json.dumps(fields).encode(), unknown_parameters="near")
