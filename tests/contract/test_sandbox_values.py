"""The stand-in's rules on what lies inside a field, and its replies, after the official document."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from re import fullmatch
from typing import Any

import httpx
import pytest

from adapters.sandbox.app import build
from adapters.sandbox.endpoints import find
from tests.contract.official import (
    ENDPOINTS,
    ENUMS,
    MASK,
    OFFICIAL,
    PATHS,
    PICTURE,
    minimal,
    png,
    with_value,
)
from tests.contract.submits import accepted, encode, refused


def conforms(name: str, body: Mapping[str, Any]) -> None:
    """A reply against its documented schema: nothing missing, nothing unknown, right types."""
    table = OFFICIAL["replies"][name]
    assert set(table["required"]) <= set(body) <= set(table["fields"])
    for key, value in body.items():
        spec = table["fields"][key]
        if "list" in spec:
            for one in value:
                conforms(spec["list"], one)
        elif "enum" in spec:
            assert value in ENUMS[spec["enum"]]
        elif value is None:
            assert spec["nullable"]
        else:
            assert isinstance(value, {"string": str, "boolean": bool, "integer": int}[spec["type"]])
            assert fullmatch(spec.get("pattern", ".*"), str(value))
            if spec.get("format") == "date-time":
                assert datetime.fromisoformat(str(value)).tzinfo is not None
            if spec.get("format") == "uri":
                assert httpx.URL(str(value)).path.endswith(".png")


@pytest.mark.parametrize("path", PATHS)
async def test_success_bodies_are_as_documented(path: str) -> None:
    values = minimal(path)
    for name, spec in ENDPOINTS[path]["fields"].items():
        if spec.get("type") == "file":
            values[name] = png((832, 960), 0, "L") if name == "mask" else png((832, 960))
        elif name == "num_images":
            values[name] = 2
    content_type, body = encode(path, values)
    transport = httpx.ASGITransport(build(public_url="http://pictures.test", folder=None))
    headers = {"api-key": "k", "content-type": content_type}
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        reply = await client.post(path, content=body, headers=headers)
    assert reply.status_code == 200, reply.text
    conforms(ENDPOINTS[path]["success"], reply.json())
    if "num_images" in values:
        assert len({entry["seed"] for entry in reply.json()["data"]}) == 2


def test_masks_are_pure_and_of_the_size_of_the_image() -> None:
    grey, red = png(colour=7, mode="L"), png(colour="red")
    for path, image in (("/edit", "image_file"), ("/v1/ideogram-v3/edit", "image")):
        for mask in (grey, red, png((23, 16), 0, "L")):
            refused(path, with_value(path, "", "mask", mask), "mask")
        for mask in (MASK, png(colour="black"), png(colour=(0, 0, 0, 0), mode="RGBA")):
            accepted(path, with_value(path, "", "mask", mask))
        refused(path, with_value(path, "", image, png((8, 8))), "mask")
    refused("/edit", with_value("/edit", "", "mask", png(colour=255, mode="L")), "nothing")


def test_one_character_and_its_mask() -> None:
    path = "/v1/ideogram-v3/generate"
    field, mask = "character_reference_images", "character_reference_images_mask"
    refused(path, minimal(path) | {field: [PICTURE, PICTURE]}, field)
    refused(path, minimal(path) | {mask: [PICTURE]}, mask)
    refused(path, minimal(path) | {field: PICTURE, mask: png((5, 5))}, mask)


@pytest.mark.parametrize(
    "palette",
    [
        {"name": "PLAID"},
        {"name": "EMBER", "members": [{"color_hex": "#fff"}]},
        {},
        [],
        {"members": []},
        {"members": "#fff"},
        {"members": [{"color_hex": "#fff"}] * 9},
        {"members": [{"color_hex": "fff"}]},
        {"members": [{"color_hex": 7}]},
        {"members": [{"color_weight": 0.5}]},
        {"members": ["#fff"]},
        {"members": [{"color_hex": "#fff", "weight": 1}]},
        {"members": [{"color_hex": "#fff", "color_weight": 0.04}]},
        {"members": [{"color_hex": "#fff", "color_weight": 1.01}]},
        {"members": [{"color_hex": "#fff", "color_weight": True}]},
    ],
)
def test_a_palette_is_a_name_or_members_with_colours(palette: Any) -> None:
    values = with_value("/generate", "image_request", "color_palette", palette)
    refused("/generate", values, "color_palette")


def test_a_palette_takes_members_with_and_without_weight() -> None:
    members = [{"color_hex": "#fff", "color_weight": 1}, {"color_hex": "#A0b1C2"}]
    for path, place in (("/generate", "image_request"), ("/v1/ideogram-v3/generate", "")):
        accepted(path, with_value(path, place, "color_palette", {"members": members}))


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    huge = png((9000, 9000), 0, "1")
    refused("/describe", with_value("/describe", "", "image_file", huge), "pixels")


def test_style_codes_are_eight_hexadecimal_digits() -> None:
    path = "/v1/ideogram-v3/generate"
    accepted(path, with_value(path, "", "style_codes", ["0a1b2c3d", "FFFFFFFF"]))
    for codes in (["0a1b2c3"], ["0a1b2c3d", "xyz"], ["0a1b2c3d,FFFFFFFF"]):
        refused(path, with_value(path, "", "style_codes", codes), "style_codes")


def test_the_longest_path_wins() -> None:
    lengths = [len(path) for path in sorted(PATHS, key=len, reverse=True)]
    assert all(longer >= shorter for longer, shorter in pairwise(lengths))
    for path in PATHS:
        for prefix in ("", "/ideogram", "/a/b"):
            endpoint = find(prefix + path)
            assert endpoint is not None and endpoint.path == path
    for path in ("/v1/edit", "/v2/image/edit", "/v1/ideogram-v3", "/ideogram/eidt", "/"):
        assert find(path) is None
