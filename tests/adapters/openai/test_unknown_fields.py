"""Fields nobody knows: near misses are refused, others go on as warnings."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.openai.errors import ApiError
from adapters.openai.near import UnknownRule, edits, nearest
from adapters.openai.requests import read_generate


def unknown(rule: UnknownRule = "near", **fields: Any) -> tuple[str, ...]:
    body = json.dumps({"prompt": "a fox"} | fields).encode()
    return read_generate(body, unknown_parameters=rule).unknown


def refused(rule: UnknownRule = "near", **fields: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        unknown(rule, **fields)
    assert caught.value.code == "unknown_parameter"
    return caught.value


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("promt", "prompt"),
        ("Prompt", "prompt"),
        ("N", "n"),
        ("sise", "size"),
        ("responseFormat", "response_format"),
        ("response-format", "response_format"),
        ("num_image", "num_images"),
        ("numImages", "num_images"),
        ("negativ_promt", "negative_prompt"),
        ("colour_palette", "color_palette"),
        ("seeed", "seed"),
        ("aspect_ration", "aspect_ratio"),
        ("frame_counts", "frame_count"),
    ],
)
def test_a_near_miss_is_refused_with_what_was_meant(name: str, meant: str) -> None:
    error = refused(**{name: "x"})
    assert error.param == name
    assert f"did you mean `{meant}`?" in error.message


def test_a_misspelt_prompt_is_not_told_that_prompt_is_missing() -> None:
    with pytest.raises(ApiError) as caught:
        read_generate(b'{"promt":"a fox"}', unknown_parameters="near")
    assert caught.value.code == "unknown_parameter"


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("image", "/v1/images/edits"),
        ("image[]", "/v1/images/edits"),
        ("image[0]", "/v1/images/edits"),
        ("images", "/v1/images/edits"),
        ("image_file", "/v1/images/edits"),
        ("imag", "/v1/images/edits"),
        ("mask", "/v1/images/edits"),
        ("MASK", "/v1/images/edits"),
        ("mask_polarity", "/v1/images/edits"),
        ("image_weight", "/v1/images/edits"),
        ("input_fidelity", "/v1/images/edits"),
        ("operation", "/v1/images/edits"),
        ("resemblance", "/v1/images/edits"),
        ("detail", "/v1/images/edits"),
        ("describe_model_version", "/v1/images/descriptions"),
    ],
)
def test_a_field_of_another_operation_is_refused_naming_its_route(name: str, route: str) -> None:
    error = refused(**{name: "x"})
    assert error.param == name
    assert route in error.message


# What real clients send beside OpenAI's fields (openai-images 9).
STRANGERS = (
    "image_size",
    "batch_size",
    "num_inference_steps",
    "guidance_scale",
    "prompt_enhancement",
    "metadata",
    "id",
    "k",
)


def test_other_unknown_fields_are_recorded_in_order() -> None:
    assert unknown(**{name: [None, {"deep": [1.5]}] for name in STRANGERS}) == STRANGERS


def test_refuse_takes_no_unknown_field() -> None:
    for name in (*STRANGERS, "promt", "mask"):
        assert refused("refuse", **{name: 1}).param == name
    assert "did you mean `seed`" in refused("refuse", seeed=1).message


def test_warn_records_every_unknown_field() -> None:
    names = (*STRANGERS, "promt", "mask")
    assert unknown("warn", **dict.fromkeys(names, 1)) == names


def test_names_are_recorded_short_and_printable() -> None:
    (name,) = unknown("warn", **{"evil\n\x1b" + "x" * 1_000: 1})
    assert name == "evil??" + "x" * 58 + "…"


def test_a_hundred_fields_are_enough() -> None:
    many = {f"strange_field_{i}": i for i in range(99)}
    assert len(unknown(**many)) == 99
    body = json.dumps({"prompt": "a fox", "one_more": 1} | many).encode()
    with pytest.raises(ApiError, match="more than 100 fields"):
        read_generate(body, unknown_parameters="warn")


def test_a_body_of_nothing_but_names_is_refused_before_it_is_built() -> None:
    body = b"{" + b'"aaaaaaaaaa":1,' * 100_001 + b'"prompt":"a fox"}'
    with pytest.raises(ApiError, match="more than 100 fields"):
        read_generate(body, unknown_parameters="warn")


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("seed", "sede", 2), ("n", "nn", 1)],
)
def test_edits_count_letters_inserted_dropped_and_exchanged(
    one: str, other: str, distance: int
) -> None:
    assert edits(one, other) == edits(other, one) == distance


@settings(deadline=None)
@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edits_are_a_distance(one: str, other: str, third: str) -> None:
    assert (edits(one, other) == 0) == (one == other)
    assert edits(one, third) <= edits(one, other) + edits(other, third)


def test_the_nearest_wins_and_the_first_of_equals() -> None:
    assert nearest("sizes", ["sides", "size"], 2) == "sides"
    assert nearest("sizee", ["sides", "size"], 2) == "size"
    assert nearest("quite_else", ["size"], 2) is None
    assert nearest("", ["n"], 2) is None
