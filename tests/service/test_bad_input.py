"""Bodies that are refused before money, through the real server: one of each kind.

The tables of single values stand with the dialect (tests/adapters/openai).
"""

from typing import Any

import pytest

from tests.service.conftest import Site

OK = {"prompt": "a lighthouse"}

REFUSED: list[tuple[str, Any, str | None, str]] = [
    ("no prompt", {}, "prompt", "missing_required_parameter"),
    ("blank prompt", {"prompt": " \n"}, "prompt", "invalid_value"),
    ("long prompt", {"prompt": "a" * 32_001}, "prompt", "string_above_max_length"),
    ("a NUL", {"prompt": "a\0b"}, "prompt", "invalid_value"),
    ("a lone surrogate", b'{"prompt": "\\ud800"}', "prompt", "invalid_json"),
    ("invalid UTF-8", b'{"prompt": "\xff\xfe"}', "prompt", "invalid_json"),
    ("half a document", b'{"prompt": "a', None, "invalid_json"),
    ("an array", [OK], None, "invalid_type"),
    ("a number", 7, None, "invalid_type"),
    ("nothing", b"", None, "invalid_json"),
    ("blanks", b"  \n", None, "invalid_json"),
    ("trailing words", b'{"prompt": "a"} and more', None, "invalid_json"),
    ("two documents", b'{"prompt": "a"}{"prompt": "b"}', None, "invalid_json"),
    ("deep arrays", b"[" * 100_000 + b"]" * 100_000, None, "invalid_type"),
    ("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None, "invalid_json"),
    ("a deep field", b'{"prompt":"a","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", None, "invalid_json"),
    ("NaN", b'{"prompt": "a", "n": NaN}', "n", "invalid_json"),
    ("infinity", b'{"prompt": "a", "seed": Infinity}', "seed", "invalid_json"),
    ("n of 0", OK | {"n": 0}, "n", "integer_below_min_value"),
    ("n of 11", OK | {"n": 11}, "n", "integer_above_max_value"),
    ("n of -1", OK | {"n": -1}, "n", "integer_below_min_value"),
    ("n of true", OK | {"n": True}, "n", "invalid_type"),
    ("n of a word", OK | {"n": "a"}, "n", "invalid_type"),
    ("n of 1.5", OK | {"n": 1.5}, "n", "invalid_type"),
    ("n of 400 digits", b'{"prompt": "a", "n": ' + b"9" * 400 + b"}", "n", "integer_above_max_value"),
    ("an unknown model", OK | {"model": "midjourney"}, "model", "invalid_value"),
    ("an operation's row", OK | {"model": "ideogram-describe"}, "model", "operation_not_offered"),
    ("a slip of the pen", OK | {"qualty": "high"}, "qualty", "unknown_parameter"),
    ("quality", OK | {"quality": "ultra"}, "quality", "invalid_value"),
    ("style", OK | {"style": "loud"}, "style", "invalid_value"),
    ("size in words", OK | {"size": "large"}, "size", "invalid_value"),
    ("no size at all", OK | {"size": "0x0"}, "size", "invalid_value"),
    ("a ribbon", OK | {"size": "4000x1000"}, "size", "invalid_value"),
    ("output format", OK | {"output_format": "gif"}, "output_format", "invalid_value"),
    ("transparency", OK | {"background": "transparent"}, "background", "invalid_value"),
    ("a style of V1", OK | {"model": "ideogram-v1", "style_type": "DESIGN"}, "style_type", "unsupported_parameter"),
    ("negative prompt of V2A", OK | {"model": "ideogram-v2a", "negative_prompt": "x"}, "negative_prompt", "unsupported_parameter"),
    ("a type inside", OK | {"prompt": {"text": "a"}}, "prompt", "invalid_type"),
    ("no boolean", OK | {"stream": "maybe"}, "stream", "invalid_type"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "param", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_bad_input_is_refused_before_money(
    body: Any, param: str | None, code: str, untouched: Site
) -> None:
    answer = await untouched.draw(body)
    assert (answer.status, answer.error["param"]) == (400, param), answer.body
    assert answer.error["code"] == code, answer.body
    assert not answer.closing  # the body was read: the connection goes on


async def test_an_unknown_model_is_said_in_the_words_that_clients_look_for(
    untouched: Site,
) -> None:
    answer = await untouched.draw(OK | {"model": "midjourney"})
    assert answer.error["type"] == "image_generation_user_error"
    assert "does not exist" in answer.error["message"]


@pytest.mark.parametrize("name", ["x-ideogate-strict", "x-ideogate-dry-run"])
async def test_a_switch_that_is_neither_on_nor_off_is_refused(name: str, untouched: Site) -> None:
    answer = await untouched.draw(OK, (name, "perhaps"))
    assert (answer.status, answer.error["param"]) == (400, name)


async def test_strict_turns_a_warning_into_a_refusal(untouched: Site) -> None:
    lenient = await untouched.draw(OK | {"moderation": "low"}, ("x-ideogate-dry-run", "true"))
    strict = await untouched.draw(OK | {"moderation": "low"}, ("x-ideogate-strict", "true"))
    assert lenient.status == 200
    assert (strict.status, strict.error["code"]) == (400, "warning_refused")


async def test_null_and_empty_text_mean_absent(untouched: Site) -> None:
    asked = OK | {"n": None, "size": "", "quality": None, "seed": None, "model": ""}
    answer = await untouched.draw(asked, ("x-ideogate-dry-run", "true"))
    assert (answer.status, answer.json["images"]) == (200, 1)
