"""Delivery: links or base64, which format, which quality is reported."""

from typing import Any

import pytest

from tests.adapters.translate.asking import planned


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "b64_json"),
        ({"model": "gpt-image-1"}, "b64_json"),
        ({"model": "ideogram-v2"}, "b64_json"),
        ({"model": "dall-e-2"}, "url"),
        ({"model": "DALL-E-3"}, "url"),
        ({"model": "dall-e-3", "response_format": "b64_json"}, "b64_json"),
        ({"model": "gpt-image-1", "response_format": "url"}, "url"),
        ({"model": "dall-e-3", "stream": True}, "b64_json"),
        ({"stream": True, "response_format": "url"}, "b64_json"),
    ],
)
def test_what_is_asked_is_honoured_and_what_is_not_follows_the_name(
    body: dict[str, Any], expected: str
) -> None:
    made = planned(**body)
    assert made.delivery.response_format == expected
    assert made.delivery.stream is body.get("stream", False)


@pytest.mark.parametrize("asked", ["png", "jpeg", "webp"])
def test_a_link_stays_a_png_and_base64_is_converted(asked: str) -> None:
    assert planned(output_format=asked, response_format="url").delivery.output_format == "png"
    assert planned(output_format=asked).delivery.output_format == asked


def test_compression_is_handed_on() -> None:
    assert planned(output_format="webp", output_compression=0).delivery.compression == 0
    assert planned(output_format="webp").delivery.compression == 100


@pytest.mark.parametrize(
    ("body", "quality"),
    [
        ({}, "medium"),
        ({"quality": "low"}, "low"),
        ({"quality": "hd"}, "high"),
        ({"model": "ideogram-v3-quality", "quality": "low"}, "high"),
        ({"model": "ideogram-v2", "quality": "hd"}, "medium"),
        ({"model": "ideogram-v2-turbo"}, "low"),
    ],
)
def test_the_quality_that_is_reported_is_the_one_that_ran(
    body: dict[str, Any], quality: str
) -> None:
    assert planned(**body).delivery.quality == quality


def test_unknown_fields_are_each_warned_of_by_name() -> None:
    made = planned(guidance=1, steps=2)
    assert [(one.code, one.param) for one in made.warnings] == [
        ("unknown_parameter", "guidance"),
        ("unknown_parameter", "steps"),
    ]
