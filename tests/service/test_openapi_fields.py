"""The published document describes request fields as the readers take them, route by route."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from adapters.openai import edit_fields as fields
from adapters.openai import edits as reading
from adapters.openai.errors import ApiError
from adapters.openai.fields import GENERATE, Route
from adapters.openai.form import Part
from adapters.openai.kinds import Refused
from adapters.openai.requests import Edit, Generate, read_generate
from service.openapi_fields import BODIES, TOLD, Schema, body

FILE = b"\x89PNG\r\n\x1a\n"
DATA_URL = "data:image/png;base64,iVBORw0KGgo="
Read = Callable[[str, Any], Generate]


def by_json(reader: Callable[..., Generate], **always: Any) -> Read:
    return lambda name, value: reader(
        json.dumps(always | {name: value}).encode(), unknown_parameters="refuse"
    )


def by_form(reader: Callable[..., Edit]) -> Read:
    def read(name: str, value: Any) -> Edit:
        values = value if isinstance(value, list) else [value]
        parts = [Part(name, said) for said in map(said_in_a_form, values)]
        if not name.startswith("image") or name == "image_weight":
            parts.append(Part("image", FILE))
        return reader(tuple(parts), unknown_parameters="refuse")

    return read


def said_in_a_form(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


PICTURE = {"image_url": DATA_URL}
ROUTES: dict[str, tuple[Route, Read]] = {
    "CreateImageRequest": (GENERATE, by_json(read_generate, prompt="a fox")),
    "EditImageForm": (fields.EDIT_FORM, by_form(reading.read_edit_form)),
    "EditImageRequest": (fields.EDIT_JSON, by_json(reading.read_edit_json, images=[PICTURE])),
    "VaryImageForm": (fields.VARIATION_FORM, by_form(reading.read_variation_form)),
    "DescribeImageForm": (fields.DESCRIPTION_FORM, by_form(reading.read_description_form)),
    "DescribeImageRequest": (
        fields.DESCRIPTION_JSON,
        by_json(reading.read_description_json, images=[PICTURE]),
    ),
}
PROPERTIES = [(name, field) for name in BODIES for field in BODIES[name]["properties"]]


def takes(schema: Schema) -> tuple[list[Any], list[Any]]:
    """Values at the edge of what a schema allows, and just beyond."""
    good, bad = _values(schema)
    nullable = "null" in schema.get("type", ()) or {"type": "null"} in schema.get("anyOf", ())
    return ([*good, None] if nullable else good), bad


def _values(schema: Schema) -> tuple[list[Any], list[Any]]:
    if "enum" in schema:
        return [word for word in schema["enum"] if word is not None], ["never a word of it"]
    if "minimum" in schema:
        low, high = schema["minimum"], schema["maximum"]
        return [low, high], [low - 1, high + 1, "many"]
    if "items" in schema:
        [one, *_] = _one(schema["items"])
        most = schema["maxItems"]
        return [[one], [one] * most], [[one] * (most + 1)]
    return _one(schema), _beyond(schema)


def _one(schema: Schema) -> list[Any]:
    if schema.get("format") == "binary":
        return [FILE, DATA_URL]
    if "$ref" in schema or "anyOf" in schema:
        return [PICTURE, DATA_URL]
    if schema.get("pattern") == "^data:":
        return [DATA_URL]
    if "boolean" in schema["type"]:
        return [True, False]
    if "object" in schema["type"]:
        return [{"name": "EMBER"}, {"members": [{"color_hex": "#FF0000", "color_weight": 0.05}]}]
    return ["a" * schema["maxLength"]]


def _beyond(schema: Schema) -> list[Any]:
    if "maxLength" in schema:
        return ["a" * (schema["maxLength"] + 1)]
    return ["neither this nor that"] if "format" not in schema else [b""]


@pytest.mark.parametrize("name", BODIES)
def test_every_field_that_is_offered_is_described_and_no_other(name: str) -> None:
    known = ROUTES[name][0].fields
    offered = {field for field in known if not isinstance(known[field].kind, Refused)}
    assert set(BODIES[name]["properties"]) == offered


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("CreateImageRequest", {"required": ["prompt"]}),
        ("EditImageForm", {"oneOf": [{"required": ["image"]}, {"required": ["image_file"]}]}),
        ("EditImageRequest", {"required": ["images"]}),
    ],
)
def test_what_must_come_is_said_with_its_other_names(name: str, needed: Schema) -> None:
    assert {key: BODIES[name].get(key) for key in needed} == needed


@pytest.mark.parametrize(("name", "field"), PROPERTIES)
def test_what_a_field_is_said_to_take_is_taken(name: str, field: str) -> None:
    read = ROUTES[name][1]
    good, _ = takes(BODIES[name]["properties"][field])
    assert good
    for value in good:
        assert read(field, value).unknown == ()


@pytest.mark.parametrize(("name", "field"), PROPERTIES)
def test_what_a_field_is_not_said_to_take_is_refused(name: str, field: str) -> None:
    read = ROUTES[name][1]
    for value in _no_value(name, field):
        with pytest.raises(ApiError) as caught:
            read(field, value)
        assert (caught.value.param or "").startswith(field)


def _no_value(name: str, field: str) -> Iterator[Any]:
    schema = BODIES[name]["properties"][field]
    yield from takes(schema)[1]
    if field in BODIES[name].get("required", ()):
        yield None


def test_words_are_kept_for_fields_that_exist_only() -> None:
    offered = {field for _, field in PROPERTIES}
    told: Sequence[str] = [name for name in TOLD if name not in offered]
    assert told == []


def test_a_second_spelling_says_which_the_first_is() -> None:
    spelled = BODIES["EditImageForm"]["properties"]
    second = {name: told["description"] for name, told in spelled.items() if "deprecated" in told}
    assert second == {
        "image_file": "The same as `image`.",
        "num_images": "The same as `n`.",
        "magic_prompt_option": "The same as `magic_prompt`.",
    }


def test_a_field_of_a_kind_without_a_shape_stops_the_start() -> None:
    strange = Route("/", {"strange": fields.EDIT_FORM.fields["mask"]._replace(kind=object())}, {})
    with pytest.raises(TypeError):
        body(strange, form=True, required="strange")
