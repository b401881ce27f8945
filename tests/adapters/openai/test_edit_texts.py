"""Texts of a form: their charsets, and palettes that SDKs flatten."""

import json
from typing import Any

import pytest

from adapters.openai.edits import read_edit_form
from adapters.openai.form import Part
from adapters.openai.parts import CHARSETS
from adapters.openai.requests import Edit, Upload
from tests.adapters.openai.forms import PNG, edit, refused

ONE = (Upload("image", PNG),)


@pytest.mark.parametrize("label", sorted(CHARSETS))
def test_texts_are_read_in_the_charset_they_name(label: str) -> None:
    for text in ("a fox", "ein H\u00fctchen" if "latin" in CHARSETS[label] else "plain"):
        part = Part("prompt", text.encode(CHARSETS[label]), label.upper())
        assert edit(part).prompt == text


def test_texts_without_a_charset_are_utf8() -> None:
    assert edit(prompt="ein H\u00fctchen \U0001f3a9").prompt == "ein H\u00fctchen \U0001f3a9"


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (b"a fox", "klingon"),
        (b"a fox", "utf-7"),
        (b"6120666f78", "hex"),
        (b"a fox", "rot13"),
        (b"a fox", "unicode_escape"),
        (b"a fox", "idna"),
        (b"a fox", "../../x"),
        (b"a fox", "x" * 8_000),
        (b"a\xff", "utf-8"),
        (b"a\xed\xa0\x80", None),
        (b"a\xff", None),
        (b"\x00\xd8", "utf-16le"),
        (b"a fox!!", "utf-16le"),
        (b"a\0fox", None),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_by_name(content: bytes, charset: str | None) -> None:
    error = refused(Part("prompt", content, charset))
    assert (error.code, error.param) == ("invalid_value", "prompt")


def test_charsets_of_pictures_and_of_empty_texts_are_nobodys_concern() -> None:
    assert read_edit_form((Part("image", PNG, "klingon"),), unknown_parameters="near").images == ONE
    assert edit(Part("user", b"", "klingon")) == Edit(images=ONE)


def palette(*named: tuple[str, str]) -> Any:
    return edit(*(Part(f"color_palette{name}", text.encode()) for name, text in named))


COLOURS = [{"color_hex": "#FF0000", "color_weight": 0.5}, {"color_hex": "#00FF00"}]
BOTH = [{"color_hex": "#FF0000", "color_weight": 1.0}, {"color_hex": "#00FF00", "color_weight": 0}]


@pytest.mark.parametrize(
    ("named", "heard"),
    [
        ([("[name]", "EMBER")], {"name": "EMBER"}),
        ([("[members][][color_hex]", "#FF0000")], {"members": [{"color_hex": "#FF0000"}]}),
        (
            [
                ("[members][1][color_hex]", "#00FF00"),
                ("[members][0][color_weight]", "5e-1"),
                ("[members][0][color_hex]", "#FF0000"),
            ],
            {"members": COLOURS},
        ),
        (  # as the Python SDK groups them
            [
                ("[members][][color_hex]", "#FF0000"),
                ("[members][][color_hex]", "#00FF00"),
                ("[members][][color_weight]", "1"),
                ("[members][][color_weight]", "0"),
            ],
            {"members": BOTH},
        ),
        (  # as the Node SDK does
            [
                ("[members][][color_hex]", "#FF0000"),
                ("[members][][color_weight]", "1"),
                ("[members][][color_hex]", "#00FF00"),
                ("[members][][color_weight]", "0"),
            ],
            {"members": BOTH},
        ),
        (
            [("[members][][color_hex]", "#FFF"), ("[members][][color_weight]", "half")],
            {"members": [{"color_hex": "#FFF", "color_weight": "half"}]},
        ),
    ],
)
def test_a_flattened_palette_is_put_together(named: list[tuple[str, str]], heard: object) -> None:
    assert palette(*named).color_palette == heard


@pytest.mark.parametrize(
    "named",
    [
        [("[name]", "EMBER"), ("[name]", "FRESH")],
        [("[name]", "EMBER"), ("", json.dumps({"name": "EMBER"}))],
        [("[members][0][color_hex]", "#FFF"), ("[members][0][color_hex]", "#000")],
        [("[members][][color_weight]", "1")],
        [
            ("[members][][color_hex]", "#FF0000"),
            ("[members][][color_hex]", "#00FF00"),
            ("[members][][color_weight]", "1"),
        ],
    ],
)
def test_pieces_of_a_palette_that_leave_a_doubt_are_refused(named: list[tuple[str, str]]) -> None:
    extra = tuple(Part(f"color_palette{name}", text.encode()) for name, text in named)
    error = refused(*extra)
    assert (error.code, error.param) == ("invalid_value", "color_palette")
