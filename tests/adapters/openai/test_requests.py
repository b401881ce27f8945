"""Reading a generation: what is taken, and how it arrives."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.openai.errors import ApiError, envelope
from adapters.openai.fields import GENERATE
from adapters.openai.near import UnknownRule
from adapters.openai.requests import Generate, read_generate
from tests.adapters.openai.asking import WORDS, read, refused


def test_a_prompt_is_all_that_is_needed() -> None:
    assert read_generate(b'{"prompt":"a fox"}', unknown_parameters="near") == Generate(
        prompt="a fox"
    )


def test_every_field_arrives_where_translate_reads_it() -> None:
    asked = {
        "model": "V_2",
        "n": 3,
        "size": "1024\u00d71024",
        "quality": "hd",
        "style": "vivid",
        "response_format": "url",
        "output_format": "webp",
        "output_compression": 0,
        "background": "opaque",
        "moderation": "low",
        "stream": True,
        "partial_images": 3,
        "user": "u",
        "safety_identifier": "s",
        "complexity": "high",
        "aspect_ratio": "ASPECT_16_9",
        "resolution": "RESOLUTION_1344_768",
        "rendering_speed": "Turbo",
        "magic_prompt": "Off",
        "negative_prompt": "rain",
        "seed": 0,
        "style_type": "Realistic",
        "style_preset": "Art_Deco",
        "color_palette": {"members": [{"color_hex": "#FFF", "color_weight": 0.5}]},
        "size_policy": "exact",
    }
    lists = {"style_codes": ["1a2b3c4d"], "style_reference_images": ["data:image/png;base64,AA=="]}
    made = {name: tuple(texts) for name, texts in lists.items()}
    assert read(**asked, **lists) == Generate(prompt="a fox", **asked, **made)


def test_every_name_fills_an_attribute_or_is_refused() -> None:
    attributes = set(Generate.__struct_fields__)
    for name, field in GENERATE.fields.items():
        assert field.fills in attributes or refused(**{name: 1}).param == name
    assert attributes == {f.fills for f in GENERATE.fields.values()} & attributes | {"unknown"}


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_text_mean_absent_for_every_field(nothing: str | None) -> None:
    fields = {name: nothing for name in GENERATE.fields if name != "prompt"}
    assert read(**fields) == Generate(prompt="a fox")


@pytest.mark.parametrize("field", ["style_codes", "style_reference_images", "color_palette"])
def test_an_empty_collection_means_absent(field: str) -> None:
    assert read(**{field: {} if field == "color_palette" else []}) == Generate(prompt="a fox")


@pytest.mark.parametrize(
    ("field", "said", "heard"),
    [
        ("quality", "HD", "hd"),
        ("style", "Vivid", "vivid"),
        ("response_format", "B64_JSON", "b64_json"),
        ("output_format", "PNG", "png"),
        ("size_policy", "Strict", "strict"),
        ("magic_prompt", "On", "On"),
        ("rendering_speed", "turbo", "turbo"),
        ("model", "Ideogram/V3", "Ideogram/V3"),
    ],
)
def test_words_are_taken_in_any_case_and_native_ones_kept(
    field: str, said: str, heard: str
) -> None:
    assert getattr(read(**{field: said}), field) == heard


def test_the_second_spellings_fill_the_first() -> None:
    asked = read(num_images=4, magic_prompt_option="ON")
    assert (asked.n, asked.magic_prompt) == (4, "ON")


def test_two_spellings_with_one_value_are_one() -> None:
    asked = read(n=4, num_images=4, magic_prompt="on", magic_prompt_option="ON")
    assert asked.n == 4
    assert asked.magic_prompt is not None and asked.magic_prompt.lower() == "on"


@pytest.mark.parametrize(
    "fields",
    [{"n": 1, "num_images": 2}, {"magic_prompt": "ON", "magic_prompt_option": "OFF"}],
    ids=lambda fields: next(iter(fields)),
)
def test_two_spellings_with_two_values_are_refused_naming_both(fields: dict[str, Any]) -> None:
    error = refused(**fields)
    assert error.code == "mutually_exclusive_parameters"
    assert error.param in fields
    assert all(name in error.message for name in fields)


def test_a_prompt_may_be_as_long_as_openais() -> None:
    assert len(read(prompt="狐" * 32_000).prompt) == 32_000


def test_a_surrogate_pair_is_a_letter() -> None:
    body = b'{"prompt":"\\ud83e\\udd8a"}'
    assert read_generate(body, unknown_parameters="near").prompt == "🦊"


def test_a_name_given_twice_counts_once_with_its_last_value() -> None:
    body = b'{"prompt":"a fox","n":9,"n":2}'
    assert read_generate(body, unknown_parameters="near").n == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.sampled_from(sorted(GENERATE.fields)) | st.text(max_size=12)


def outcome(body: bytes, rule: UnknownRule) -> None:
    try:
        asked = read_generate(body, unknown_parameters=rule)
    except ApiError as error:
        status, sent = error.shape.status, envelope(error)
    else:
        status, sent = 400, msgspec.json.encode(asked)
        assert asked.prompt.strip() and 1 <= asked.n <= 10
    assert status == 400 and sent


rules = st.sampled_from(["near", "refuse", "warn"])


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), rules)
def test_no_bytes_bring_it_down(body: bytes, rule: UnknownRule) -> None:
    outcome(body, rule)
    outcome(b'{"prompt":"' + body + b'"}', rule)
    outcome(b'{"prompt":"a fox",' + body + b"}", rule)


@settings(deadline=None)
@given(st.dictionaries(names, json_values, max_size=5), rules)
def test_no_json_brings_it_down(fields: dict[str, Any], rule: UnknownRule) -> None:
    outcome(json.dumps({"prompt": "a fox"} | fields).encode(), rule)


printable = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"prompt": printable.filter(str.strip)},
        optional={
            "model": printable,
            "n": st.integers(1, 10),
            "size": printable,
            "quality": st.sampled_from(WORDS["quality"]),
            "stream": st.booleans(),
            "seed": st.integers(0, 2_147_483_647),
            "negative_prompt": printable,
            "style_codes": st.lists(printable, min_size=1, max_size=4).map(tuple),
        },
    ),
    st.booleans(),
)
def test_what_is_well_asked_is_heard_as_said(fields: dict[str, Any], ascii_only: bool) -> None:
    body = json.dumps(fields, ensure_ascii=ascii_only, indent=1).encode()
    assert read_generate(body, unknown_parameters="refuse") == Generate(**fields)
