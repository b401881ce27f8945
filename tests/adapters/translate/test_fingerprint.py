"""Which requests mean the same."""

import base64
import json
from typing import Any

import msgspec
import pytest

from adapters.openai.edits import read_edit_form, read_edit_json
from adapters.openai.form import Part
from adapters.openai.requests import Edit, Link, Upload, read_generate
from adapters.translate.fingerprint import fingerprint
from config.files import shipped
from tests.adapters.translate.asking import ask, planned

ROUTE = "/v1/images/generations"
PLAN = planned()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(9)


def printed(body: bytes, *, route: str = ROUTE, strict: bool = False) -> bytes:
    asked = read_generate(body, unknown_parameters="warn")
    return fingerprint(route, asked, PLAN, strict=strict)


def of_edit(asked: Edit) -> bytes:
    return fingerprint("/v1/images/edits", asked, PLAN, strict=False)


def edit(**more: Any) -> Edit:
    return msgspec.structs.replace(
        Edit(prompt="a fox", images=(Upload("image", PNG), Upload("image", b"two"))), **more
    )


@pytest.mark.parametrize(
    "other",
    [
        b'{"n": 1,"prompt":"a fox" }\n',
        b'{"prompt": "a fox", "n": null, "size": ""}',
        b'{"prompt": "a fox", "num_images": 1}',
        b'{"prompt": "a f\\u006fx"}',
    ],
)
def test_spelling_is_no_difference(other: bytes) -> None:
    assert printed(other) == printed(b'{"prompt":"a fox"}')


def test_the_order_of_an_object_s_members_is_no_difference() -> None:
    one, other = (
        json.dumps({"prompt": "a fox", "color_palette": {"members": [member]}}).encode()
        for member in (
            {"color_hex": "#000000", "color_weight": 1},
            {"color_weight": 1, "color_hex": "#000000"},
        )
    )
    assert printed(one) == printed(other)


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"seed": 1},
        {"user": "u"},
        {"style_codes": ["AAAAAAAA"]},
        {"response_format": "url"},
        {"stream": True},
        {"nonsense": 1},
    ],
)
def test_every_field_is_a_difference(more: dict[str, Any]) -> None:
    body = json.dumps({"prompt": "a fox", **more}).encode()
    assert printed(body) != printed(b'{"prompt":"a fox"}')


def test_route_strictness_and_what_the_model_led_to_are_differences() -> None:
    body = b'{"prompt":"a fox"}'
    found = {
        printed(body),
        printed(body, route="/v1/images/edits"),
        printed(body, strict=True),
        fingerprint(ROUTE, ask(prompt="a fox"), planned(model="ideogram-v2"), strict=False),
    }
    assert len(found) == 4
    assert shipped().models  # the plans are of real rows


def test_a_form_and_json_that_bring_the_same_pictures_mean_the_same() -> None:
    form = read_edit_form(
        (Part("image[]", PNG), Part("prompt", b"a fox"), Part("n", b"1")),
        unknown_parameters="near",
    )
    turned = read_edit_form(
        (Part("n", b"1"), Part("prompt", b"a fox"), Part("image", PNG)),
        unknown_parameters="near",
    )

    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    body = json.dumps({"prompt": "a fox", "images": [{"image_url": url}]}).encode()
    as_json = read_edit_json(body, unknown_parameters="near")
    assert of_edit(form) == of_edit(turned) == of_edit(as_json)


@pytest.mark.parametrize(
    "more",
    [
        {"images": (Upload("image", b"two"), Upload("image", PNG))},
        {"images": (Upload("image", PNG),)},
        {"mask": Upload("mask", PNG)},
        {"mask": Link("mask", "https://a/b.png")},
        {"references": (Upload("style_reference_images", PNG),)},
        {"images": (Link("image", "https://a/b.png"), Upload("image", b"two"))},
        {"operation": "remix"},
    ],
)
def test_pictures_their_order_and_their_part_are_differences(more: dict[str, Any]) -> None:
    assert of_edit(edit(**more)) != of_edit(edit())
