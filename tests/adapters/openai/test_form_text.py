"""Field values written as the text of a form, by the same table as JSON."""

import pytest

from adapters.openai.errors import ApiError
from adapters.openai.fields import GENERATE


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("prompt", "a fox", "a fox"),
        ("n", "2", 2),
        ("n", " 10 ", 10),
        ("num_images", "3", 3),
        ("seed", "0", 0),
        ("stream", "false", False),
        ("stream", "True", True),
        ("stream", "1", True),
        ("stream", "0", False),
        ("quality", "HD", "hd"),
        ("magic_prompt", "On", "On"),
        ("style_codes", "1a2b3c4d", ("1a2b3c4d",)),
        ("color_palette", ' {"name": "EMBER"}\n', {"name": "EMBER"}),
    ],
)
def test_a_text_is_read_as_its_field_says(field: str, text: str, value: object) -> None:
    heard = GENERATE.fields[field].kind.text(field, text)
    assert heard == value
    assert type(heard) is type(value)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("n", "two", "invalid_type"),
        ("n", "2.0", "invalid_type"),
        ("n", "\u0662", "invalid_type"),  # an Arabic two
        ("n", "1_0", "invalid_type"),
        ("n", "11", "integer_above_max_value"),
        ("n", "-" + "9" * 5_000, "integer_below_min_value"),
        ("stream", "yes", "invalid_type"),
        ("quality", "ultra", "invalid_value"),
        ("background", "transparent", "invalid_value"),
        ("prompt", "a\0", "invalid_value"),
        ("style_codes", "x" * 65, "string_above_max_length"),
        ("color_palette", " ", "invalid_type"),
        ("color_palette", "EMBER", "invalid_type"),
        ("color_palette", '{"name": "EMBER"', "invalid_type"),
        ("color_palette", '{"a":' * 600, "invalid_type"),
        ("markup", "x", "unsupported_parameter"),
    ],
)
def test_a_bad_text_is_refused_by_name(field: str, text: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        GENERATE.fields[field].kind.text(field, text)
    assert (caught.value.code, caught.value.param) == (code, field)
