"""Golden pairs: what was asked and by which row -> what goes out, what is warned, what it costs."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.openai.requests import read_generate
from adapters.translate.plan import Plan, Rules
from adapters.translate.quote import plan
from config.files import shipped
from config.money import total
from tests.adapters.translate.upstreams import UPSTREAMS

DATA = Path(__file__).parents[2] / "data"
CASES = [
    pytest.param(json.loads(path.read_text("utf-8")), id=f"{folder}/{path.stem}")
    for folder in ("v3", "legacy")
    for path in sorted((DATA / folder).glob("*.json"))
]
DRAWN = [case for case in CASES if "payload" in case.values[0]]
REFUSED = [case for case in CASES if "refused" in case.values[0]]


def planned(case: Mapping[str, Any]) -> Plan:
    ask = read_generate(json.dumps(case["ask"]).encode(), unknown_parameters="near")
    return plan(ask, shipped(), [UPSTREAMS[case["upstream"]]], Rules())


def told(payload: Payload) -> dict[str, Any]:
    """A payload in the form of the files: fields by name, JSON parts read."""
    fields: dict[str, list[Any]] = {}
    for name, value in payload.fields:
        fields.setdefault(name, []).append(
            json.loads(value) if name in payload.parts_json else value
        )
    files = [
        (file.field, file.filename, file.content_type, base64.b64encode(file.content).decode())
        for file in payload.files
    ]
    return {
        "path": payload.path,
        "encoding": payload.encoding,
        "images": payload.images,
        "fields": fields,
        "parts_json": list(payload.parts_json),
        "files": files,
        "body": payload.body,
    }


def expected(payload: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, list[Any]] = {}
    for name, value in payload.get("fields", ()):
        fields.setdefault(name, []).append(value)
    return {
        "path": payload["path"],
        "encoding": payload["encoding"],
        "images": payload["images"],
        "fields": fields,
        "parts_json": payload.get("parts_json", []),
        "files": [tuple(file.values()) for file in payload.get("files", ())],
        "body": payload.get("body"),
    }


def test_there_are_pairs_of_both_families_and_both_kinds() -> None:
    assert len(DRAWN) > 300
    assert len(REFUSED) > 90


@pytest.mark.parametrize("case", DRAWN)
def test_the_first_call_goes_out_as_the_reference_says(case: dict[str, Any]) -> None:
    made = planned(case)
    first = min(made.images, made.per_call)
    assert made.model.name == case["model"]
    assert [one.upstream.name for one in made.candidates] == [case["upstream"]]
    assert told(made.candidates[0].payload(0, first)) == expected(case["payload"])


@pytest.mark.parametrize("case", [case for case in DRAWN if "last" in case.values[0]])
def test_the_last_call_of_a_split_order_carries_the_rest(case: dict[str, Any]) -> None:
    made = planned(case)
    last = case["last"]
    assert last["first"] == (made.images - 1) // made.per_call * made.per_call
    assert last["first"] + last["images"] == made.images
    payload = made.candidates[0].payload(last["first"], last["images"])
    assert told(payload) == expected(last)


@pytest.mark.parametrize("case", DRAWN)
def test_everything_that_changed_is_warned_of(case: dict[str, Any]) -> None:
    assert [warning.code for warning in planned(case).warnings] == case["warnings"]


@pytest.mark.parametrize("case", DRAWN)
def test_the_order_costs_what_the_page_says(case: dict[str, Any]) -> None:
    made = planned(case)
    assert made.candidates[0].unit == "output"
    assert total(made.candidates[0].schedule[-1].microusd, made.images) == case["microusd"]


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_refused_by_the_parameters_name(case: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refused:
        planned(case)
    assert refused.value.shape.status == 400
    said = {"code": refused.value.shape.code, "param": refused.value.param}
    assert said == case["refused"]
