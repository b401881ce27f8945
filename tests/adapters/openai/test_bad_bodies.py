"""Bad bodies and bad numbers: each refused by name, before anything is paid."""

import pytest

from tests.adapters.openai.asking import read, refusal

PROMPTS: list[tuple[bytes, str]] = [
    (b"{}", "missing_required_parameter"),
    (b'{"prompt":null}', "missing_required_parameter"),
    (b'{"prompt":""}', "missing_required_parameter"),
    (b'{"prompt":" \\n\\t\\u3000"}', "invalid_value"),
    (b'{"prompt":7}', "invalid_type"),
    (b'{"prompt":["a fox"]}', "invalid_type"),
    (b'{"prompt":{}}', "invalid_type"),
    (b'{"prompt":true}', "invalid_type"),
    (b'{"prompt":"' + b"x" * 32_001 + b'"}', "string_above_max_length"),
    (b'{"prompt":"a\\u0000b"}', "invalid_value"),
    (b'{"prompt":"a\\ud800"}', "invalid_json"),
    (b'{"prompt":"a\\ud800b"}', "invalid_json"),
    (b'{"prompt":"a\\ud83d\\u0041"}', "invalid_json"),
    (b'{"prompt":"\\udc00\\ud800"}', "invalid_json"),
    (b'{"prompt":"a\xff"}', "invalid_json"),
    (b'{"prompt":"a\xed\xa0\x80"}', "invalid_json"),
    (b'{"prompt":NaN}', "invalid_json"),
]


@pytest.mark.parametrize(("body", "code"), PROMPTS, ids=lambda value: str(value)[:40])
def test_a_bad_prompt_is_refused_by_name(body: bytes, code: str) -> None:
    error = refusal(body)
    assert (error.code, error.param) == (code, "prompt")


BODIES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "invalid_json"),
    ("blank", b" \r\n", "invalid_json"),
    ("array", b'[{"prompt":"a fox"}]', "invalid_type"),
    ("string", b'"a fox"', "invalid_type"),
    ("number", b"1", "invalid_type"),
    ("null", b"null", "invalid_type"),
    ("not JSON", b"prompt=a+fox", "invalid_json"),
    ("single quotes", b"{'prompt':'a fox'}", "invalid_json"),
    ("cut off", b'{"prompt":"a fox"', "invalid_json"),
    ("trailing comma", b'{"prompt":"a fox",}', "invalid_json"),
    ("trailing data", b'{"prompt":"a fox"} {}', "invalid_json"),
    ("byte order mark", b'\xef\xbb\xbf{"prompt":"a fox"}', "invalid_json"),
    ("UTF-16", '{"prompt":"a fox"}'.encode("utf-16"), "invalid_json"),
    ("raw NUL", b'{"prompt":"a\x00fox"}', "invalid_json"),
    ("deep array", b"[" * 100_000, "invalid_type"),
    ("deep object", b'{"a":' * 100_000, "invalid_json"),
    ("deep and closed", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "invalid_json"),
    ("deep in a field", b'{"color_palette":' + b'{"a":' * 100_000, "invalid_json"),
    ("array with NaN", b"[NaN]", "invalid_type"),
    ("broken UTF-8 outside", b"\xff", "invalid_json"),
    ("broken UTF-8 in an array", b'["\xff"]', "invalid_json"),
    ("broken and large", b'{"prompt":"' + b"x" * (1 << 20) + b"\xff", "invalid_json"),
]


@pytest.mark.parametrize(("body", "code"), [row[1:] for row in BODIES], ids=[r[0] for r in BODIES])
def test_a_body_that_is_no_json_object_is_refused(body: bytes, code: str) -> None:
    error = refusal(body)
    assert (error.code, error.param) == (code, None)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "empty"),
        (b"[]", "JSON object"),
        (b'{"prompt":"a fox"', "it ends too early."),
        (b'{"\\ud800":"a fox"}', "half a surrogate pair"),
        (b'{"x":"' + b"x" * (1 << 20) + b'","prompt":"\\ud800"}', "half a surrogate pair"),
        (b'{"prompt":"a\xff"}', "UTF-8 (byte 12)"),
        (b'{"prompt":"a\\ud800"}', "surrogate"),
        (b'{"prompt":"a fox","n":NaN}', "NaN"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"prompt":tru}', "byte 1"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_refused_body_is_told_why(body: bytes, part: str) -> None:
    assert part in refusal(body).message


def test_a_broken_name_is_refused_in_words_that_can_be_sent() -> None:
    for name in (b"\\ud800", b"\xff", b"a\\u0000\\u001b[31m"):
        assert refusal(b'{"' + name + b'":1}').code in (
            "invalid_json",
            "missing_required_parameter",
        )


NUMBERS: list[tuple[str, bytes, str]] = [
    ("n", b"0", "integer_below_min_value"),
    ("n", b"-1", "integer_below_min_value"),
    ("n", b"11", "integer_above_max_value"),
    ("n", b"9" * 400, "integer_above_max_value"),
    ("n", b"-" + b"9" * 400, "integer_below_min_value"),
    ("n", b"9" * 5_000, "integer_above_max_value"),
    ("n", b"true", "invalid_type"),
    ("n", b"false", "invalid_type"),
    ("n", b'"a"', "invalid_type"),
    ("n", b'"2"', "invalid_type"),
    ("n", b"1.5", "invalid_type"),
    ("n", b"2.0", "invalid_type"),
    ("n", b"1e0", "invalid_type"),
    ("n", b"1e400", "invalid_type"),
    ("n", b"[1]", "invalid_type"),
    ("n", b"{}", "invalid_type"),
    ("n", b"NaN", "invalid_json"),
    ("n", b"-Infinity", "invalid_json"),
    ("num_images", b"11", "integer_above_max_value"),
    ("seed", b"-1", "integer_below_min_value"),
    ("seed", b"2147483648", "integer_above_max_value"),
    ("seed", b"1.0", "invalid_type"),
    ("output_compression", b"-1", "integer_below_min_value"),
    ("output_compression", b"101", "integer_above_max_value"),
    ("partial_images", b"4", "integer_above_max_value"),
    ("partial_images", b"-1", "integer_below_min_value"),
    ("partial_images", b"true", "invalid_type"),
]


@pytest.mark.parametrize(("field", "value", "code"), NUMBERS, ids=lambda v: str(v)[:20])
def test_a_bad_number_is_refused_by_name(field: str, value: bytes, code: str) -> None:
    error = refusal(b'{"prompt":"a fox","' + field.encode() + b'":' + value + b"}")
    assert (error.code, error.param) == (code, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 1), ("n", 10), ("seed", 0), ("seed", 2_147_483_647), ("output_compression", 100)],
)
def test_the_bounds_of_a_number_are_inside(field: str, value: int) -> None:
    assert getattr(read(**{field: value}), field) == value
