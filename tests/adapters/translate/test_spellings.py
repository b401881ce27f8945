"""Spellings: however a word of Ideogram's is written, the official one goes out."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai.errors import ApiError
from adapters.openai.fields import GENERATE
from adapters.openai.kinds import Word
from adapters.translate import spellings
from adapters.translate.options import QUALITIES, STYLE_TYPES
from config.catalogue import V3_SPEEDS
from config.files import shipped
from tests.adapters.translate.asking import RELAXED, attempted, planned, refused, sent
from tests.adapters.translate.upstreams import OFFICIAL

CASES: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.title, str.swapcase)
anyhow = st.sampled_from(CASES)
RATIOS = ("{0}x{1}", "{0}:{1}", "ASPECT_{0}_{1}")


@pytest.mark.parametrize("model", ["ideogram-v3", "ideogram-v2", "ideogram-v2a", "ideogram-v1"])
@RELAXED
@given(st.data())
def test_every_ratio_of_a_model_in_every_spelling(model: str, data: st.DataObject) -> None:
    ratios = shipped().sizes[shipped().models[model].sizes].ratios
    name = data.draw(st.sampled_from(sorted(ratios)))
    text = data.draw(anyhow)(data.draw(st.sampled_from(RATIOS)).format(*name.split("x")))
    said = sent(planned(model=model, aspect_ratio=text))["aspect_ratio"]
    assert said == (name if model == "ideogram-v3" else f"ASPECT_{name.replace('x', '_')}")


@pytest.mark.parametrize("model", ["ideogram-v3", "ideogram-v2"])
@RELAXED
@given(st.data())
def test_every_resolution_of_a_model_in_every_spelling(model: str, data: st.DataObject) -> None:
    listed = shipped().sizes[shipped().models[model].sizes].resolutions
    text = data.draw(st.sampled_from(listed))
    named = f"RESOLUTION_{text.replace('x', '_')}"
    asked = data.draw(anyhow)(data.draw(st.sampled_from((text, named))))
    said = sent(planned(model=model, resolution=asked))["resolution"]
    assert said == (text if model == "ideogram-v3" else named)


ENUMS = (
    ("ideogram-v3", "style_preset", "style_preset", sorted(spellings.STYLE_PRESETS)),
    ("ideogram-v3", "style_type", "style_type", STYLE_TYPES["v3"]),
    ("ideogram-v2", "style_type", "style_type", STYLE_TYPES["legacy"]),
    ("ideogram-v3", "magic_prompt", "magic_prompt", ("AUTO", "ON", "OFF")),
    ("ideogram-v1", "magic_prompt_option", "magic_prompt_option", ("AUTO", "ON", "OFF")),
    ("ideogram-v3", "rendering_speed", "rendering_speed", V3_SPEEDS),
)


@RELAXED
@given(enum=st.sampled_from(ENUMS), data=st.data())
def test_every_word_of_an_enumeration_in_every_case(
    enum: tuple[str, str, str, tuple[str, ...]], data: st.DataObject
) -> None:
    model, asked, said, words = enum
    word = data.draw(st.sampled_from(words))
    made = planned(upstreams=[OFFICIAL], model=model, **{asked: data.draw(anyhow)(word)})
    assert sent(made)[said] == word


@RELAXED
@given(text=st.text(max_size=30))
def test_no_text_becomes_a_value_that_is_not_official(text: str) -> None:
    made = attempted(style_preset=text)
    if isinstance(made, ApiError):
        assert made.param == "style_preset"
    else:
        assert sent(made).get("style_preset", "WEIRD") in spellings.STYLE_PRESETS


def test_there_are_62_presets_and_8_palettes() -> None:
    assert len(spellings.STYLE_PRESETS) == 62
    assert len(spellings.PALETTES) == 8


def test_a_long_enumeration_is_answered_with_the_nearest_words() -> None:
    said = refused(style_preset="art-deco").message
    assert "62" in said and "ART_DECO" in said and len(said) < 200


def test_a_short_enumeration_is_answered_whole() -> None:
    said = refused(style_type="anime").message
    assert "ideogram-v3 takes AUTO, GENERAL, REALISTIC, DESIGN, FICTION." in said


def test_every_quality_that_the_reader_lets_through_has_a_speed() -> None:
    quality = GENERATE.fields["quality"].kind
    assert isinstance(quality, Word)
    assert set(quality.accepted) == set(QUALITIES)
