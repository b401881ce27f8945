"""Bodies that nobody meant: never anything but an edit or a refusal, wherever they are cut."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.openai.edits import (
    read_description_form,
    read_description_json,
    read_edit_form,
    read_edit_json,
    read_variation_form,
)
from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit
from tests.adapters.openai.forms import JPEG, MASK, MIB, PNG, Limits, body, checked, fed

SMALL = Limits(file_bytes=300, request_bytes=MIB)

FORM = body(
    ('Content-Disposition: form-data; name="image[]"; filename="a.png"', PNG),
    ('Content-Disposition: form-data; name="image"\r\nContent-Type: image/jpeg', JPEG),
    ('Content-Disposition: form-data; name="mask"; filename="m\xe9.png"', MASK),
    ("Content-Type: text/plain; charset=latin-1\r\ncontent-disposition: form-data; name=n", b"2"),
    ("prompt", b"a fox, \xc3\xa4"),
    ("color_palette[members][][color_hex]", b"#FF0000"),
    ("style_codes[]", b"1A2B3C4D"),
    ("style_reference_images[]", b"data:image/png;base64,iVBORw0K"),
    ("operation", b"edit"),
    ("stream", b"false"),
    ("strange", b""),
)
DOCUMENT = json.dumps(
    {
        "images": [{"image_url": "data:image/png;base64,iVBORw0K"}, "https://a.example/b,c.png"],
        "mask": {"image_url": "https://a.example/b\\u002fc.png", "file_id": None},
        "prompt": "a \\ud83d\\ude00 fox \u00e4",
        "color_palette": {"members": [{"color_hex": "#FF0000", "color_weight": 0.5}]},
        "style_reference_images": ["data:image/png;base64,iVBORw0K"],
        "n": 2,
        "strange": [[{}]],
    }
).encode()

# What a mutation puts in: single bytes and pieces that mean something to a parser.
SPLICES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [
            b"\r\n",
            b"\n",
            b"\r",
            b"--XX",
            b"\r\n--XX\r\n",
            b"\r\n--XX--",
            b'"',
            b";",
            b"\\",
            b"\0",
            b"name=",
            b"[]",
            b"[",
            b"]",
            b"image",
            b"mask",
            b"charset=utf-7",
            b"data:",
            b"http://",
            b"{",
            b"}",
            b",",
            b"null",
            b"\\ud800",
            b"\xff",
            b"\xed\xa0\x80",
            b"9" * 30,
            b"x" * 400,
            b"Content-Transfer-Encoding: base64\r\n",
            b"Content-Length: 3\r\n",
            b" folded",
        ]
    ),
)  # fmt: skip  one a line would hide the rest
MUTATIONS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), SPLICES), max_size=6)
CUTS = st.lists(st.integers(1, 60), max_size=40)


def mutated(document: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, length, splice in changes:
        place = int(where * len(document))
        document = document[:place] + splice + document[place + length :]
    return document


def cut(form: bytes, lengths: list[int]) -> list[bytes]:
    pieces = []
    for length in lengths:
        pieces.append(form[:length])
        form = form[length:]
    return [*pieces, form]


def told(pieces: list[bytes]) -> object:
    """What all the readers of a form make of it: edits, or the codes of their refusals."""
    try:
        parts = fed(pieces, SMALL)
    except ApiError as refusal:
        return checked(refusal, 413 if refusal.code == "request_too_large" else 400).code
    heard: list[object] = []
    for reader in (read_edit_form, read_variation_form, read_description_form):
        try:
            edit: Edit = reader(parts, unknown_parameters="warn")
            assert edit.images
            heard.append(edit)
        except ApiError as refusal:
            heard.append((checked(refusal).code, refusal.param, refusal.message))
    return heard


def test_the_bodies_that_are_mutated_are_good_ones() -> None:
    form = told([FORM])
    assert isinstance(form, list) and isinstance(form[0], Edit)
    assert read_edit_json(DOCUMENT, unknown_parameters="near").n == 2


@settings(deadline=None, max_examples=400)
@given(CUTS)
def test_a_form_reads_the_same_wherever_it_is_cut(lengths: list[int]) -> None:
    assert told(cut(FORM, lengths)) == told([FORM])


def test_a_form_reads_the_same_byte_by_byte() -> None:
    assert told([FORM[i : i + 1] for i in range(len(FORM))]) == told([FORM])


@settings(deadline=None, max_examples=600)
@given(MUTATIONS, CUTS)
def test_a_mutated_form_is_an_edit_or_a_refusal_and_the_same_one_in_pieces(
    changes: list[tuple[float, int, bytes]], lengths: list[int]
) -> None:
    form = mutated(FORM, changes)
    assert told(cut(form, lengths)) == told([form])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_noise_is_a_refusal(noise: bytes) -> None:
    for form in (noise, b"--XX\r\n" + noise, FORM[:200] + noise):
        told([form])


@settings(deadline=None, max_examples=600)
@given(MUTATIONS)
def test_a_mutated_document_is_an_edit_or_a_refusal(
    changes: list[tuple[float, int, bytes]],
) -> None:
    document = mutated(DOCUMENT, changes)
    for reader in (read_edit_json, read_description_json):
        try:
            assert reader(document, unknown_parameters="warn").images
        except ApiError as refusal:
            checked(refusal)
