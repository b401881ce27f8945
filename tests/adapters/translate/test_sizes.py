"""Sizes: what stands for what, how far off it may be, and what is said about it."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai.errors import ApiError
from adapters.translate import sizes
from adapters.translate.plan import Rules
from config.catalogue import BadCatalogue, Sizes
from config.files import shipped
from tests.adapters.translate.asking import RELAXED, attempted, planned, refused, sent

MODELS = ("ideogram-v3", "ideogram-v2", "ideogram-v2a", "ideogram-v1")
sides = st.integers(1, 12_000)


def drawn(model: str, field: str, value: str) -> tuple[int, int]:
    """The pixels behind an official value, by the tables in config/sizes.toml."""
    table = shipped().sizes[shipped().models[model].sizes]
    plain = value.removeprefix("ASPECT_").removeprefix("RESOLUTION_").replace("_", "x")
    if field == "resolution":
        assert plain in table.resolutions
    else:
        plain = table.ratios[plain]
    width, height = plain.split("x")
    return int(width), int(height)


@RELAXED
@given(model=st.sampled_from(MODELS), width=sides, height=sides)
def test_any_size_is_drawn_within_the_bound_or_refused(model: str, width: int, height: int) -> None:
    made = attempted(model=model, size=f"{width}x{height}")
    if isinstance(made, ApiError):
        assert (made.code, made.param) == ("unsupported_size", "size")
        table = shipped().sizes[shipped().models[model].sizes]
        shapes = sizes.shapes(table, shipped().models[model].family)
        off = min(abs(Fraction(one.width * height, one.height * width) - 1) for one in shapes)
        assert off > Fraction(999, 10_000) or not Fraction(1, 3) <= Fraction(width, height) <= 3
        return
    said = sent(made)
    field = "resolution" if "resolution" in said else "aspect_ratio"
    w, h = drawn(model, field, said[field])
    assert abs(Fraction(w * height, h * width) - 1) <= Fraction(1, 10) + Fraction(1, 10**9)
    assert [warning.code for warning in made.warnings] == ["size_changed"] * (
        (w, h) != (width, height)
    )
    assert made.delivery.expected_size == f"{w}x{h}"


@RELAXED
@given(model=st.sampled_from(MODELS[:2]), width=sides, height=sides)
def test_no_listed_size_is_nearer_than_the_one_that_is_drawn(
    model: str, width: int, height: int
) -> None:
    table = shipped().sizes[shipped().models[model].sizes]
    shapes = sizes.shapes(table, shipped().models[model].family)
    best = sizes.ranked(width, height, shapes)[0]

    def off(w: int, h: int) -> float:
        return abs(math.log(w / h) - math.log(width / height))

    nearest = min(off(*map(int, text.split("x"))) for text in table.resolutions)
    assert off(best.width, best.height) <= nearest + 1e-9


@pytest.mark.parametrize("model", MODELS)
def test_every_listed_resolution_is_drawn_as_itself(model: str) -> None:
    for text in shipped().sizes[shipped().models[model].sizes].resolutions:
        made = planned(model=model, size=text)
        assert sent(made)["resolution"] in (text, f"RESOLUTION_{text.replace('x', '_')}")
        assert made.warnings == ()


def test_a_ratio_of_v3_goes_out_as_the_ratio_unless_the_size_is_listed() -> None:
    for name in shipped().sizes["v3"].ratios:
        across, down = map(int, name.split("x"))
        assert sent(planned(size=f"{across * 310}x{down * 310}"))["aspect_ratio"] == name


def test_equal_ratios_are_decided_by_area() -> None:
    assert sent(planned(model="ideogram-v2", size="1500x1000"))["resolution"] == (
        "RESOLUTION_1248_832"
    )
    assert sent(planned(model="ideogram-v2", size="1140x760"))["resolution"] == (
        "RESOLUTION_1152_768"
    )


def test_the_refusal_names_three_sizes_and_the_models_that_reach_it() -> None:
    said = refused(model="ideogram-v1", size="2560x1080").message
    assert "1536x512, 1280x720, 1232x768" in said
    assert "ideogram-v3, " in said and "ideogram-v2-turbo" in said
    assert "ideogram-v2a" not in said and "upscale" not in said


def test_a_strict_refusal_names_who_draws_those_pixels() -> None:
    said = refused(size="1152x768", size_policy="strict").message
    assert (
        "Models that reach it: ideogram-v2, ideogram-v2-turbo, ideogram-v1, ideogram-v1-turbo."
        in said
    )
    nobody = refused(size="1792x1024", size_policy="strict").message
    assert "Models that reach it: none." in nobody


def test_the_warning_says_what_was_asked_and_what_was_sent() -> None:
    (same,) = planned(size="1536x1024").warnings
    assert "1536x1024" in same.message and "aspect_ratio 3x2" in same.message
    assert "1248x832" in same.message and "same ratio" in same.message
    (wider,) = planned(size="1200x630").warnings
    assert "resolution 1344x704" in wider.message and "0.23% wider" in wider.message
    (narrower,) = planned(size="1080x1350", model="ideogram-v2a").warnings
    assert "6.25% narrower" in narrower.message


def test_the_bound_is_the_deployments() -> None:
    rules = Rules(max_ratio_error=0.01)
    assert refused(size="2560x1080", rules=rules).code == "unsupported_size"
    assert planned(size="1200x630", rules=rules).warnings


def test_the_policy_of_the_deployment_holds_where_the_request_says_none() -> None:
    strict = Rules(size_policy="strict")
    assert refused(size="1792x1024", rules=strict).code == "unsupported_size"
    assert planned(size="1792x1024", size_policy="nearest", rules=strict).warnings
    assert planned(rules=strict).delivery.exact is None


def test_exact_delivers_the_pixels_asked_and_warns_of_nothing() -> None:
    made = planned(size="1792x1024", size_policy="exact")
    assert made.delivery.exact == (1792, 1024)
    assert made.delivery.expected_size == "1792x1024"
    assert made.warnings == ()
    assert planned(size="1024x1024", size_policy="exact").delivery.exact == (1024, 1024)


def test_exact_streams_and_goes_with_a_dall_e_name_that_asks_for_base64() -> None:
    for more in ({"stream": True}, {"response_format": "b64_json"}):
        made = planned(model="dall-e-3", size="1792x1024", size_policy="exact", **more)
        assert made.delivery.exact == (1792, 1024)


def test_exact_does_not_cut_what_no_model_comes_near_to() -> None:
    assert refused(size="2560x1080", size_policy="exact", model="ideogram-v1").param == "size"


def test_a_size_that_is_not_said_is_expected_to_be_a_square() -> None:
    assert planned().delivery.expected_size == "1024x1024"
    assert planned(aspect_ratio="16x9").delivery.expected_size == "1312x736"
    assert planned(aspect_ratio="16x9", model="ideogram-v1").delivery.expected_size == "1280x720"


@pytest.mark.parametrize(
    "table",
    [Sizes(name="x", resolutions=("wide",)), Sizes(name="x", ratios={"wide": "1x1"})],
)
def test_a_size_table_with_garbage_in_it_is_named(table: Sizes) -> None:
    with pytest.raises(BadCatalogue, match="wide"):
        sizes.shapes(table, "v3")
