"""The stand-in against the official document: the same fields, members, ranges and refusals."""

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.sandbox import kinds
from adapters.sandbox.endpoints import ENDPOINTS as OURS
from adapters.sandbox.kinds import (
    Choice,
    Codes,
    Flag,
    Kind,
    Palette,
    Picture,
    Text,
    Whole,
    Wrapped,
)
from tests.contract.official import (
    ENDPOINTS,
    ENUMS,
    OFFICIAL,
    PATHS,
    PICTURE,
    minimal,
    places,
    sample,
    with_value,
    without,
)
from tests.contract.submits import accepted, refused

FIELDS = [
    (path, place, name, spec)
    for path in PATHS
    for place, inside in places(path)
    for name, spec in inside["fields"].items()
]


def as_table(kind: Kind) -> dict[str, Any]:
    """One of the sandbox's kinds in the words of the official table."""
    match kind:
        case Whole(low, high, default):
            table = {"type": "integer", "minimum": low, "maximum": high, "default": default}
        case Choice(name, _, default):
            table = {"enum": name, "default": default}
        case Wrapped(fields, required):
            return {"type": "object", "required": list(required), "fields": as_tables(fields)}
        case Picture(many):
            table = {"type": "files" if many else "file"}
        case Codes():
            table = {"type": "list", "pattern": kinds.HEX_CODE}
        case _:
            table = {"type": {Text: "string", Palette: "palette", Flag: "boolean"}[type(kind)]}
    return {key: value for key, value in table.items() if value is not None}


def as_tables(fields: Mapping[str, Kind]) -> dict[str, Any]:
    return {name: as_table(kind) for name, kind in fields.items()}


def test_the_sandbox_has_the_official_endpoints_fields_ranges_and_defaults() -> None:
    ours = {
        endpoint.path: {
            "body": {"multipart": "multipart/form-data", "json": "application/json"}[
                endpoint.encoding
            ],
            "required": sorted(endpoint.required),
            "fields": as_tables(endpoint.fields),
        }
        for endpoint in OURS
    }
    official = {
        path: {
            "body": table["body"],
            "required": sorted(table["required"]),
            "fields": table["fields"],
        }
        for path, table in ENDPOINTS.items()
    }
    assert ours == official


def test_the_sandbox_has_the_official_enumerations() -> None:
    found: dict[str, set[str]] = {"ColorPalettePresetName": set(kinds.PALETTE_NAME.members)}

    def gather(fields: Mapping[str, Kind]) -> None:
        for kind in fields.values():
            if isinstance(kind, Choice):
                assert len(set(kind.members)) == len(kind.members)
                found.setdefault(kind.name, set(kind.members))
                assert found[kind.name] == set(kind.members)
            elif isinstance(kind, Wrapped):
                gather(kind.fields)

    for endpoint in OURS:
        gather(endpoint.fields)
    assert found == {name: set(members) for name, members in ENUMS.items()}


def test_the_sandbox_has_the_official_palette_rules() -> None:
    palette = OFFICIAL["palette"]
    assert palette["color_hex"] == kinds.HEX_COLOUR
    assert palette["color_weight"] == [kinds.LIGHTEST, kinds.HEAVIEST]


@pytest.mark.parametrize("path", PATHS)
def test_the_required_fields_are_enough(path: str) -> None:
    accepted(path, minimal(path))


@pytest.mark.parametrize(("path", "place", "name", "spec"), FIELDS)
def test_every_official_field_is_taken(
    path: str, place: str, name: str, spec: dict[str, Any]
) -> None:
    accepted(path, with_value(path, place, name, sample(name, spec)))


@pytest.mark.parametrize(
    ("path", "place", "name"),
    [
        (path, place, name)
        for path in PATHS
        for place, inside in places(path)
        for name in inside["required"]
    ],
)
def test_a_missing_required_field_is_refused_by_name(path: str, place: str, name: str) -> None:
    refused(path, without(path, place, name), f"{name} is required")


@pytest.mark.parametrize(
    ("path", "place", "name", "spec"), [field for field in FIELDS if "enum" in field[3]]
)
def test_members_are_taken_and_foreign_values_refused(
    path: str, place: str, name: str, spec: dict[str, Any]
) -> None:
    members = ENUMS[spec["enum"]]
    for member in members:
        if not (name == "model" and path == "/edit"):
            accepted(path, with_value(path, place, name, member))
    for foreign in ("PLAID", "", members[0].lower() + " ", members[0] + "0"):
        refused(path, with_value(path, place, name, foreign), name)


@pytest.mark.parametrize(
    ("path", "place", "name", "spec"),
    [field for field in FIELDS if field[3].get("type") == "integer"],
)
def test_whole_numbers_keep_to_their_range(
    path: str, place: str, name: str, spec: dict[str, Any]
) -> None:
    for allowed in (spec["minimum"], spec["maximum"]):
        accepted(path, with_value(path, place, name, allowed))
    for foreign in (spec["minimum"] - 1, spec["maximum"] + 1, 1.5, "one", ""):
        refused(path, with_value(path, place, name, foreign), name)


@pytest.mark.parametrize(("path", "place"), [(p, place) for p in PATHS for place, _ in places(p)])
def test_an_unknown_field_is_refused_by_name(path: str, place: str) -> None:
    refused(path, with_value(path, place, "num_image", 1), "num_image")


@pytest.mark.parametrize(
    ("path", "place", "name"),
    [field[:3] for field in FIELDS if field[3].get("type") in ("file", "files")],
)
def test_a_file_must_be_one_of_three_formats(path: str, place: str, name: str) -> None:
    gif = b"GIF89a" + bytes(40)
    for content in (gif, PICTURE[:40], b"", b"<svg/>"):
        refused(path, with_value(path, place, name, content), name)
    refused(path, with_value(path, place, name, "a text"), f"{name} must be a file")


EXCLUDED = [
    (path, place, *pair, inside["fields"])
    for path in PATHS
    for place, inside in places(path)
    for pair in OFFICIAL["excludes"]["v3" if "v3" in path else "legacy"]
    if set(pair) <= set(inside["fields"])
]


@pytest.mark.parametrize(("path", "place", "first", "second", "fields"), EXCLUDED)
def test_two_fields_that_exclude_each_other_are_refused(
    path: str, place: str, first: str, second: str, fields: dict[str, Any]
) -> None:
    values = with_value(path, place, first, sample(first, fields[first]))
    (values[place] if place else values)[second] = sample(second, fields[second])
    refused(path, values, first)
    refused(path, values, second)


def test_every_exclusion_of_the_table_is_met_somewhere() -> None:
    met = {frozenset(case[2:4]) for case in EXCLUDED}
    pairs = [pair for family in OFFICIAL["excludes"].values() for pair in family]
    assert met == {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize(
    ("path", "name", "model"),
    [
        (path, name, model)
        for path in ("/generate", "/remix")
        for name, models in OFFICIAL["not_for_model"].items()
        for model in models
    ],
)
def test_a_field_that_a_model_does_not_know_is_refused(path: str, name: str, model: str) -> None:
    fields = ENDPOINTS[path]["fields"]["image_request"]["fields"]
    values = with_value(path, "image_request", name, sample(name, fields[name]))
    accepted(path, values)
    values["image_request"]["model"] = model
    refused(path, values, name)


def test_legacy_edit_takes_two_models_only() -> None:
    for model in ENUMS["ModelEnum"]:
        values = with_value("/edit", "", "model", model)
        if model in OFFICIAL["edit_models"]:
            accepted("/edit", values)
        else:
            refused("/edit", values, "model")
