"""Reading edits, variations and descriptions from forms: what is taken, and how it arrives."""

from typing import Any

import pytest

from adapters.openai import edit_fields
from adapters.openai.edits import (
    read_description_form,
    read_edit_form,
    read_variation_form,
)
from adapters.openai.errors import ApiError
from adapters.openai.form import Part
from adapters.openai.requests import Edit, Upload
from tests.adapters.openai.forms import JPEG, MASK, PNG, checked, edit, parts, refused

ONE = (Upload("image", PNG),)


def test_a_picture_is_all_that_is_needed() -> None:
    assert edit() == Edit(images=ONE)


TEXTS: dict[str, tuple[str, Any]] = {
    "prompt": ("a fox", "a fox"),
    "model": ("V_2", "V_2"),
    "n": ("3", 3),
    "size": ("1024\u00d71024", "1024\u00d71024"),
    "quality": ("HD", "hd"),
    "style": ("vivid", "vivid"),
    "response_format": ("url", "url"),
    "output_format": ("webp", "webp"),
    "output_compression": ("0", 0),
    "background": ("opaque", "opaque"),
    "moderation": ("low", "low"),
    "stream": ("1", True),
    "partial_images": ("3", 3),
    "user": ("u", "u"),
    "safety_identifier": ("s", "s"),
    "complexity": ("high", "high"),
    "aspect_ratio": ("16:9", "16:9"),
    "resolution": ("1344x768", "1344x768"),
    "rendering_speed": ("Turbo", "Turbo"),
    "magic_prompt": ("Off", "Off"),
    "negative_prompt": ("rain", "rain"),
    "seed": ("0", 0),
    "style_type": ("Realistic", "Realistic"),
    "style_preset": ("Art_Deco", "Art_Deco"),
    "style_codes": ("1a2b3c4d", ("1a2b3c4d",)),
    "color_palette": ('{"name": "EMBER"}', {"name": "EMBER"}),
    "size_policy": ("exact", "exact"),
    "operation": ("Replace_Background", "replace_background"),
    "mask_polarity": ("WHITE_EDITS", "white_edits"),
    "input_fidelity": ("High", "high"),
    "image_weight": ("1", 1),
    "resemblance": ("100", 100),
    "detail": ("50", 50),
    "describe_model_version": ("V_3", "V_3"),
}


def test_every_text_arrives_where_translate_reads_it() -> None:
    sent = {name: text for name, (text, _) in TEXTS.items()}
    heard = {name: value for name, (_, value) in TEXTS.items()}
    files = {"mask": MASK, "style_reference_images": JPEG}
    assert edit(**sent, **files) == Edit(
        **heard,
        images=ONE,
        mask=Upload("mask", MASK),
        references=(Upload("style_reference_images", JPEG),),
    )
    pictures = {"images", "mask", "references", "style_reference_images"}
    assert set(heard) | pictures | {"unknown"} == set(Edit.__struct_fields__)


def test_every_field_fills_an_attribute_or_is_refused() -> None:
    for name, field in edit_fields.EDIT_FORM.fields.items():
        if field.fills not in Edit.__struct_fields__:
            assert refused(**{name: "1"}).param == name


def test_empty_texts_mean_absent() -> None:
    pictures = ("image", "image_file", "mask", "style_reference_images")
    names = [name for name in edit_fields.EDIT_FORM.fields if name not in pictures]
    assert edit(**dict.fromkeys(names, "")) == Edit(images=ONE)
    assert edit(Part("svg[model]", b""), Part("style_codes[]", b"")) == Edit(images=ONE)


def test_aihubmix_spellings_are_folded() -> None:
    heard = read_edit_form(
        parts(image_file=PNG, num_images="2", magic_prompt_option="ON"), unknown_parameters="near"
    )
    assert heard == Edit(images=(Upload("image_file", PNG),), n=2, magic_prompt="ON")
    assert refused(image_file=JPEG).code == "mutually_exclusive_parameters"
    assert refused(n="2", num_images="3").code == "mutually_exclusive_parameters"
    assert edit(n="2", num_images="2").n == 2


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        (("image", "image[]"), ("image[0]", "image[1]")),
        (("image[]", "image[]", "image[]"), ("image[0]", "image[1]", "image[2]")),
        (("image[7]", "image[2]"), ("image[0]", "image[1]")),  # in order of arrival
        (("image[0]",), ("image",)),
    ],
)
def test_pictures_are_collected_in_order(sent: tuple[str, ...], heard: tuple[str, ...]) -> None:
    contents = [PNG + bytes([index]) for index in range(len(sent))]
    form = tuple(Part(name, content) for name, content in zip(sent, contents, strict=True))
    expected = tuple(Upload(name, content) for name, content in zip(heard, contents, strict=True))
    assert read_edit_form(form, unknown_parameters="near").images == expected


def test_references_come_as_files_or_as_data_urls() -> None:
    files = (
        Part("style_reference_images[]", JPEG),
        Part("style_reference_images", b"data:image/png;base64,iVBO\r\nRw0K"),
        Part("style_reference_images[4]", PNG),
    )
    assert edit(*files).references == (
        Upload("style_reference_images[0]", JPEG),
        Upload("style_reference_images[1]", b"\x89PNG\r\n"),
        Upload("style_reference_images[2]", PNG),
    )


def test_lists_may_come_with_brackets() -> None:
    codes = (Part("style_codes[]", b"a"), Part("style_codes", b"b"), Part("style_codes[1]", b"c"))
    assert edit(*codes).style_codes == ("a", "b", "c")
    assert refused(*[Part("style_codes[]", b"a")] * 17).param == "style_codes"


def variation(**fields: str | bytes) -> Edit:
    return read_variation_form(parts(**fields), unknown_parameters="near")


def description(**fields: str | bytes) -> Edit:
    return read_description_form(parts(**fields), unknown_parameters="near")


def test_a_variation_takes_what_describe_and_remix_take() -> None:
    heard = variation(image=PNG, n="4", image_weight="70", describe_model_version="V_2", seed="7")
    assert heard == Edit(images=ONE, n=4, image_weight=70, describe_model_version="V_2", seed=7)


def test_a_description_takes_a_picture_a_version_and_a_model() -> None:
    heard = description(image_file=PNG, describe_model_version="V_2", model="x", user="u")
    assert heard == Edit(
        images=(Upload("image_file", PNG),), describe_model_version="V_2", model="x", user="u"
    )


@pytest.mark.parametrize("name", ["prompt", "mask", "mask_polarity", "stream", "operation"])
def test_variations_and_descriptions_leave_the_rest_to_edits(name: str) -> None:
    for read in (variation, description):
        with pytest.raises(ApiError, match="belongs to /v1/images/edits") as caught:
            read(image=PNG, **{name: "x"})
        assert checked(caught.value).param == name


def test_variations_and_descriptions_take_one_picture() -> None:
    for reader in (read_variation_form, read_description_form):
        with pytest.raises(ApiError, match="image takes one picture, got 2"):
            reader((Part("image", PNG), Part("image[]", PNG)), unknown_parameters="near")
        with pytest.raises(ApiError) as caught:
            reader((), unknown_parameters="near")
        assert (caught.value.code, caught.value.param) == ("missing_required_parameter", "image")
