"""Bad words, texts, lists and refused fields: each named, with what is taken instead."""

from typing import Any

import pytest

from adapters.openai.fields import GENERATE
from adapters.openai.near import UnknownRule
from adapters.openai.requests import Generate
from tests.adapters.openai.asking import WORDS, read, refused


@pytest.mark.parametrize("field", WORDS)
def test_an_unknown_word_is_refused_with_the_known_ones(field: str) -> None:
    for word in WORDS[field]:
        assert getattr(read(**{field: word}), field) == word
    error = refused(**{field: "ultra"})
    assert (error.code, error.param) == ("invalid_value", field)
    assert error.message.startswith(f"{field} must be one of {', '.join(WORDS[field])}")
    assert error.message.endswith('got "ultra".')


STRINGS = [
    name
    for name, field in GENERATE.fields.items()
    if field.fills in Generate.__struct_fields__
    and name
    not in (
        "n",
        "num_images",
        "seed",
        "output_compression",
        "partial_images",
        "stream",
        "style_codes",
        "style_reference_images",
        "color_palette",
    )
]


@pytest.mark.parametrize("field", STRINGS)
@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"x": "y"}], ids=str)
def test_a_string_must_be_a_string(field: str, value: object) -> None:
    error = refused(**{field: value})
    assert (error.code, error.param) == ("invalid_type", field)


@pytest.mark.parametrize("field", STRINGS)
@pytest.mark.parametrize("value", ["a\0b", "x" * 40_000], ids=["NUL", "long"])
def test_no_string_may_hold_a_nul_or_be_endless(field: str, value: str) -> None:
    error = refused(**{field: value})
    assert error.param == field
    assert error.code in ("invalid_value", "string_above_max_length")


@pytest.mark.parametrize("value", ["true", 0, 1, [], {}, "no"], ids=str)
def test_stream_is_true_or_false(value: object) -> None:
    error = refused(stream=value)
    assert (error.code, error.param) == ("invalid_type", "stream")
    assert read(stream=False).stream is False


LISTS: list[tuple[str, object, str]] = [
    ("style_codes", "1a2b3c4d", "invalid_type"),
    ("style_codes", 5, "invalid_type"),
    ("style_codes", ["1a2b3c4d", 5], "invalid_type"),
    ("style_codes", [None], "invalid_type"),
    ("style_codes", [""], "invalid_value"),
    ("style_codes", ["a\0"], "invalid_value"),
    ("style_codes", ["x" * 65], "string_above_max_length"),
    ("style_codes", ["1a2b3c4d"] * 17, "invalid_value"),
    ("style_codes", ["x"] * 100_000, "invalid_value"),
    ("style_reference_images", ["https://example.com/a.png"], "invalid_value"),
    ("style_reference_images", [{"image_url": "data:,"}], "invalid_type"),
    ("color_palette", "EMBER", "invalid_type"),
    ("color_palette", ["#FFF"], "invalid_type"),
    ("color_palette", {"name": 5}, "invalid_type"),
    ("color_palette", {"members": [{"color_hex": {"deep": 1}}]}, "invalid_type"),
    ("color_palette", {"name": "EMBER\0"}, "invalid_value"),
    ("color_palette", {"members": [{"color_hex\0": "#FFF"}]}, "invalid_value"),
    ("color_palette", {"name": "x" * 5_000}, "string_above_max_length"),
    ("color_palette", {"members": [{"color_weight": 10**4_299}]}, "string_above_max_length"),
]


@pytest.mark.parametrize(("field", "value", "code"), LISTS, ids=lambda v: str(v)[:30])
def test_a_bad_collection_is_refused_by_name(field: str, value: object, code: str) -> None:
    error = refused(**{field: value})
    assert (error.code, error.param) == (code, field)


REFUSED: list[tuple[str, object, str]] = [
    ("background", "transparent", "invalid_value"),
    ("output_format", "gif", "invalid_value"),
    ("output_format", "SVG", "invalid_value"),
    ("svg", {"model": "x"}, "unsupported_parameter"),
    ("frame_count", 9, "unsupported_parameter"),
    ("frame_duration_ms", 200, "unsupported_parameter"),
    ("markup", "x", "unsupported_parameter"),
    ("character_reference_images", ["x"], "unsupported_parameter"),
    ("character_reference_images_mask", ["x"], "unsupported_parameter"),
    ("custom_model_uri", "model/a/version/1", "unsupported_parameter"),
    ("enable_copyright_detection", False, "unsupported_parameter"),
    ("upscale_factor", "X2", "unsupported_parameter"),
]


@pytest.mark.parametrize("rule", ["near", "refuse", "warn"])
@pytest.mark.parametrize(("field", "value", "code"), REFUSED, ids=lambda v: str(v)[:20])
def test_what_is_known_and_not_offered_is_refused_saying_so(
    field: str, value: object, code: str, rule: UnknownRule
) -> None:
    error = refused(rule, **{field: value})
    assert (error.code, error.param) == (code, field)
    assert "not offered" in error.message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n": 11}, "n must be a whole number from 1 to 10, got 11."),
        ({"n": "2"}, "n must be a whole number from 1 to 10, got a string."),
        ({"n": 2.0}, "n must be a whole number from 1 to 10, got 2.0."),
        ({"n": True}, "n must be a whole number from 1 to 10, got true."),
        ({"stream": "no"}, "stream must be true or false, got a string."),
        ({"size": 1024}, "size must be a string, got 1024."),
        ({"style": ["vivid"]}, "style must be one of vivid, natural; got an array."),
        (
            {"background": "transparent"},
            "background must be one of auto, opaque; transparent pictures are not offered.",
        ),
        ({"prompt": "x" * 32_001}, "prompt must be at most 32000 characters, got 32001."),
    ],
    ids=str,
)
def test_a_refusal_reads_well_without_the_manual(fields: dict[str, Any], message: str) -> None:
    assert refused(**fields).message[:120] == message[:120]


def test_a_value_is_repeated_in_part_and_without_control_characters() -> None:
    error = refused(quality="\x1b[31m\u202e" + "q" * 1_000)
    assert '"??31m?' not in error.message
    assert '"?[31m?' in error.message
    assert len(error.message) < 200
    assert len(refused(n=10**400).message) < 150


def test_a_prompt_is_never_repeated() -> None:
    for bad in ("secret fox\0", "secret fox" * 4_000):
        assert "secret" not in refused(prompt=bad).message
