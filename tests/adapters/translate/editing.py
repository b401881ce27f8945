"""Shortcuts of these tests: golden edits read from their files, and plans of edits."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.ideogram.wire import Payload
from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Upload
from adapters.translate.describing import plan_describe
from adapters.translate.edits import plan_edit
from adapters.translate.plan import Input, Inputs, MaskInput, Plan, Rules
from adapters.translate.variations import plan_variation
from config.catalogue import Upstream
from config.files import shipped
from tests.adapters.translate.upstreams import AIHUBMIX, UPSTREAMS

DATA = Path(__file__).parents[2] / "data" / "edits"
CASES = [
    pytest.param(json.loads(path.read_text("utf-8")), id=f"{folder}/{path.stem}")
    for folder in ("v3", "legacy")
    for path in sorted((DATA / folder).glob("*.json"))
]
DRAWN = [case for case in CASES if "payload" in case.values[0]]
REFUSED = [case for case in CASES if "refused" in case.values[0]]
PLANS = {"edits": plan_edit, "variations": plan_variation, "descriptions": plan_describe}

SQUARE = {"width": 1024, "height": 1024, "format": "png"}


def content_of(marker: str, picture: Mapping[str, Any]) -> bytes:
    """What stands for a picture where nobody looks into it."""
    return marker.encode()


def inputs_of(told: Mapping[str, Any], content: Any = content_of) -> Inputs:
    """The pictures that a file describes; `content(marker, picture)` gives their bytes."""

    def one(marker: str, picture: Mapping[str, Any]) -> Input:
        return Input(content=content(marker, picture), **picture)

    def several(stem: str, pictures: Sequence[Mapping[str, Any]]) -> tuple[Input, ...]:
        return tuple(one(f"{stem} {i}", each) for i, each in enumerate(pictures, 1))

    mask = told.get("mask")
    return Inputs(
        image=one("image", told["image"]),
        mask=MaskInput(content=content("mask", told["image"]), **mask) if mask else None,
        others=several("other", told.get("others", ())),
        references=several("reference", told.get("references", ())),
    )


def edit(told: Mapping[str, Any], **asked: Any) -> Edit:
    """An edit with the pictures that a file describes, named as a form names them."""
    images = 1 + len(told.get("others", ()))
    names = ["image"] if images == 1 else [f"image[{i}]" for i in range(images)]
    if "style_codes" in asked:
        asked["style_codes"] = tuple(asked["style_codes"])
    return Edit(
        **asked,
        images=tuple(Upload(name, b"") for name in names),
        mask=Upload("mask", b"") if told.get("mask") else None,
        references=tuple(Upload("style_reference_images", b"") for _ in told.get("references", ())),
    )


def planned_case(case: Mapping[str, Any], content: Any = content_of) -> Plan:
    """The plan of a golden file."""
    ask = edit(case["inputs"], **case["ask"])
    make = PLANS[case["route"]]
    upstreams = [UPSTREAMS[case["upstream"]]]
    return make(ask, inputs_of(case["inputs"], content), shipped(), upstreams, Rules())


def planned(
    *,
    route: str = "edits",
    inputs: Mapping[str, Any] | None = None,
    upstreams: Sequence[Upstream] = (AIHUBMIX,),
    rules: Rules | None = None,
    content: Any = content_of,
    **asked: Any,
) -> Plan:
    told = {"image": SQUARE, **(inputs or {})}
    ask = edit(told, **{"prompt": "a red fox", **asked})
    return PLANS[route](ask, inputs_of(told, content), shipped(), upstreams, rules or Rules())


def refused(**asked: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        planned(**asked)
    return caught.value


def sent(made: Plan, candidate: int = 0) -> dict[str, Any]:
    """The fields of the first call, by name; those of `image_request` beside the others."""
    fields = dict(made.candidates[candidate].payload(0, 1).fields)
    return {**fields, **json.loads(fields.get("image_request", "{}"))}


def prompt_of(payload: Payload) -> str | None:
    fields = dict(payload.fields)
    wrapped = json.loads(fields.get("image_request", "{}"))
    return fields.get("prompt", wrapped.get("prompt"))


def codes(made: Plan) -> list[str]:
    return [one.code for one in made.warnings]


def told(payload: Payload) -> dict[str, Any]:
    """A payload in the form of the files."""
    fields: dict[str, list[Any]] = {}
    for name, value in payload.fields:
        whole = name in (*payload.parts_json, "image_request")
        fields.setdefault(name, []).append(json.loads(value) if whole else value)
    return {
        "path": payload.path,
        "encoding": payload.encoding,
        "images": payload.images,
        "fields": fields,
        "parts_json": list(payload.parts_json),
        "files": [
            (file.field, file.filename, file.content_type, file.content.decode())
            for file in payload.files
        ],
    }


def expected(payload: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, list[Any]] = {}
    for name, value in payload["fields"]:
        fields.setdefault(name, []).append(value)
    files = [tuple(file.values()) for file in payload["files"]]
    return {**payload, "fields": fields, "files": files}
