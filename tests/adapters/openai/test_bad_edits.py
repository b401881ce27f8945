"""Edits that are refused: each by name, before anything is paid."""

import pytest

from adapters.openai.edits import read_edit_form
from adapters.openai.errors import ApiError
from adapters.openai.form import Part
from adapters.openai.requests import Upload
from tests.adapters.openai.forms import MASK, PNG, checked, edit, parts, refused
from tests.adapters.openai.test_unknown_fields import STRANGERS

ONE = (Upload("image", PNG),)


@pytest.mark.parametrize("form", [(), parts(prompt="a fox"), parts(mask=MASK)])
def test_no_picture_is_told_what_some_sdks_do(form: tuple[Part, ...]) -> None:
    with pytest.raises(ApiError, match="Node") as caught:
        read_edit_form(form, unknown_parameters="near")
    assert checked(caught.value).code == "missing_required_parameter"
    assert caught.value.param == "image"


def test_16_pictures_are_enough() -> None:
    assert len(edit(*[Part("image[]", PNG)] * 15).images) == 16
    error = refused(*[Part("image[]", PNG)] * 16)
    assert (error.code, error.param) == ("invalid_value", "image")
    assert "at most 16 pictures, got 17" in error.message
    assert refused(*[Part("style_reference_images", PNG)] * 17).param == "style_reference_images"


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ((Part("image", b""),), "image[1]"),
        ((Part("mask", b""),), "mask"),
        ((Part("style_reference_images[]", b""),), "style_reference_images"),
    ],
)
def test_a_picture_of_no_bytes_is_refused(extra: tuple[Part, ...], param: str) -> None:
    error = refused(*extra)
    assert (error.code, error.param) == ("invalid_image_file", param)


def test_two_masks_are_one_too_many() -> None:
    error = refused(Part("mask", MASK), Part("mask[]", MASK))
    assert (error.code, error.param) == ("invalid_value", "mask")
    assert edit(Part("mask[]", MASK)).mask == Upload("mask", MASK)


@pytest.mark.parametrize("name", ["prompt", "n", "model", "operation", "color_palette"])
def test_a_field_of_one_value_comes_once(name: str) -> None:
    text = {"n": b"3", "operation": b"Edit", "color_palette": b'{"name": "EMBER"}'}.get(name, b"x")
    error = refused(Part(name, text), Part(name, text))
    assert (error.code, error.param) == ("invalid_value", name)
    assert edit(Part(name, text), Part(name, b"")) == edit(Part(name, text))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("operation", "inpaint", "invalid_value"),
        ("mask_polarity", "white", "invalid_value"),
        ("input_fidelity", "auto", "invalid_value"),
        ("image_weight", "0", "integer_below_min_value"),
        ("image_weight", "101", "integer_above_max_value"),
        ("resemblance", "0", "integer_below_min_value"),
        ("resemblance", "101", "integer_above_max_value"),
        ("detail", "0", "integer_below_min_value"),
        ("detail", "101", "integer_above_max_value"),
        ("detail", "half", "invalid_type"),
        ("n", "11", "integer_above_max_value"),
        ("stream", "yes", "invalid_type"),
        ("background", "transparent", "invalid_value"),
        ("output_format", "gif", "invalid_value"),
        ("output_format", "svg", "invalid_value"),
        ("svg", "{}", "unsupported_parameter"),
        ("svg[model]", "x", "unsupported_parameter"),
        ("svg[reasoning][effort]", "low", "unsupported_parameter"),
        ("frame_count", "2", "unsupported_parameter"),
        ("frame_duration_ms", "200", "unsupported_parameter"),
        ("character_reference_images[]", "x", "unsupported_parameter"),
        ("upscale_factor", "2", "unsupported_parameter"),
        ("color_palette", "EMBER", "invalid_type"),
        ("prompt", "x" * 32_001, "string_above_max_length"),
    ],
)
def test_a_bad_text_is_refused_by_name(name: str, text: str, code: str) -> None:
    error = refused(**{name: text})
    assert (error.code, error.param) == (code, name)


def test_an_unknown_operation_is_told_all_there_are() -> None:
    message = refused(operation="inpaint").message
    assert all(f"{name}" in message for name in ("edit", "remix", "reframe", "upscale"))
    assert "replace_background" in message


def test_files_that_are_not_offered_are_refused_whatever_is_in_them() -> None:
    for part in (Part("markup", PNG), Part("markup", b"", cut=True)):
        assert refused(part).code == "unsupported_parameter"


def test_a_text_that_was_cut_is_refused_by_name() -> None:
    error = refused(Part("prompt", b"", cut=True))
    assert (error.code, error.param) == ("string_above_max_length", "prompt")


def test_unknown_fields_are_recorded_once_each() -> None:
    names = (*STRANGERS, "foo[]", "foo[]", "obj[a]")
    extra = tuple(Part(name, b"x", "klingon") for name in names)
    assert edit(*extra).unknown == tuple(dict.fromkeys(names))
    assert edit(Part("photo", b"", cut=True)).unknown == ("photo",)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("images", "image"),
        ("images[]", "image"),
        ("Image", "image"),
        ("image[a]", "image"),
        ("image[0][1]", "image"),
        ("imag", "image"),
        ("masks", "mask"),
        ("mask[one]", "mask"),
        ("promt", "prompt"),
        ("prompt[]", "prompt"),
        ("n[0]", "n"),
        ("size[width]", "size"),
        ("operaton", "operation"),
        ("image_wieght", "image_weight"),
        ("color_palette[names]", "color_palette"),
        ("style_codes[x]", "style_codes"),
    ],
)
def test_a_near_miss_is_refused_with_what_was_meant(name: str, meant: str) -> None:
    error = refused(Part(name, b"x"))
    assert (error.code, error.param) == ("unknown_parameter", name)
    assert f"did you mean `{meant}`?" in error.message
    assert edit(Part(name, b"x"), rule="warn").unknown == (name,)


def test_refuse_takes_no_unknown_field() -> None:
    assert refused(Part("image_size", b"1"), rule="refuse").code == "unknown_parameter"
