"""Replies: which prompt was drawn, when a link dies, which of our fields a complaint means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.translate.reply import expiry, our_field, rewritten
from tests.adapters.translate.asking import RELAXED


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [("a fox", None), ("A red fox in snow", "A red fox in snow"), (None, None), ("", None)],
)
def test_a_prompt_is_shown_only_where_it_was_rewritten(
    drawn: str | None, shown: str | None
) -> None:
    assert rewritten(drawn, "a fox") == shown


@pytest.mark.parametrize(
    ("link", "moment"),
    [
        ("https://ideogram.ai/api/images/ephemeral/x.png?exp=1772323200&sig=ab", 1772323200),
        ("https://ideogram.ai/api/images/ephemeral/x.png?sig=ab&exp=5", 5),
        ("https://ideogram.ai/api/images/direct/x", None),
        ("https://ideogram.ai/x.png?exp=", None),
        ("https://ideogram.ai/x.png?exp=soon", None),
        ("https://ideogram.ai/x.png?exp=-1", None),
        ("https://ideogram.ai/x.png?exp=" + "9" * 400, None),
        ("https://ideogram.ai/x.png?exp=१२", None),
        ("https://[ideogram/x.png?exp=1", None),
        ("", None),
    ],
)
def test_a_links_end_is_read_from_the_link(link: str, moment: int | None) -> None:
    assert expiry(link) == moment


@RELAXED
@given(st.text())
def test_no_link_breaks_the_reading(link: str) -> None:
    assert expiry(link) is None or isinstance(expiry(link), int)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("num_images must be at most 8", "n"),
        ("Invalid magic_prompt_option", "magic_prompt"),
        ("image_request.aspect_ratio: unknown value", "aspect_ratio"),
        ("'resolution' is not a valid enum member", "resolution"),
        ("body.seed] out of range", "seed"),
        ("prompt: too long", "prompt"),
        ("Prompt failed the safety check", None),
        ("the image is too large", None),
        ("a model of its own", None),
        ("my_style_type_x", None),
        ("", None),
    ],
)
def test_a_complaint_names_the_field_as_our_callers_know_it(
    message: str, field: str | None
) -> None:
    assert our_field(message) == field
