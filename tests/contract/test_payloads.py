"""What we send against what the official document allows: every golden payload, one by one."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.ideogram import wire
from adapters.sandbox.ask import read
from adapters.sandbox.endpoints import find
from tests.contract.official import ENDPOINTS, ENUMS, MASK, PICTURE

GOLDEN = Path(__file__).parent.parent / "data"
FILES = sorted(
    file for place in ("v3", "legacy", "edits/*") for file in GOLDEN.glob(f"{place}/*.json")
)
# A case that ends in a refusal sends nothing, so there is nothing to hold against the document.
CASES = [path for path in FILES if "refused" not in json.loads(path.read_text())]
IDS = [f"{path.parent.name}/{path.stem}" for path in CASES]


def payload_of(case: Path) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(case.read_text())["payload"]
    return payload


def field_of(file: Any) -> str:
    """A golden file entry: an object with `field`, a list that begins with it, or its bare name."""
    if isinstance(file, dict):
        return str(file["field"])
    return file if isinstance(file, str) else str(file[0])


def sent(payload: dict[str, Any]) -> dict[str, list[Any]]:
    """Names and values as they go out, files without their content."""
    if payload["encoding"] == "json":
        return {name: [value] for name, value in payload["body"].items()}
    values: dict[str, list[Any]] = {}
    for name, value in payload.get("fields") or ():
        values.setdefault(name, []).append(value)
    for file in payload.get("files") or ():
        values.setdefault(field_of(file), []).append(None)
    return values


def flat(path: str, values: dict[str, list[Any]]) -> list[tuple[dict[str, Any], str, Any]]:
    """(fields that are allowed there, name, value), those inside `image_request` included."""
    fields = ENDPOINTS[path]["fields"]
    found = []
    for name, several in values.items():
        for value in several:
            found.append((fields, name, value))
            if name == "image_request":
                inner = json.loads(value) if isinstance(value, str) else value
                found += [(fields[name]["fields"], key, one) for key, one in inner.items()]
    return found


def test_there_are_golden_payloads_of_both_families() -> None:
    families = {path.parent.name for path in CASES}
    assert families == {"v3", "legacy"}, (
        f"golden payloads belong into {GOLDEN}/v3/*.json and {GOLDEN}/legacy/*.json; "
        f"found only {sorted(families)}"
    )


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_payload_has_official_fields_members_and_ranges_only(case: Path) -> None:
    payload = payload_of(case)
    values = sent(payload)
    assert payload["path"] in ENDPOINTS
    for fields, name, value in flat(payload["path"], values):
        assert name in fields, f"{name} is no official field of {payload['path']}"
        spec = fields[name]
        if "enum" in spec:
            assert value in ENUMS[spec["enum"]]
        if spec.get("type") == "integer":
            assert spec["minimum"] <= int(value) <= spec["maximum"]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_payload_has_every_required_field(case: Path) -> None:
    payload = payload_of(case)
    values = sent(payload)
    table = ENDPOINTS[payload["path"]]
    assert set(table["required"]) <= set(values)
    if "image_request" in values:
        inner = values["image_request"][0]
        inner = json.loads(inner) if isinstance(inner, str) else inner
        assert set(table["fields"]["image_request"]["required"]) <= set(inner)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_payload_is_taken_by_the_sandbox(case: Path) -> None:
    payload = payload_of(case)
    endpoint = find(payload["path"])
    assert endpoint is not None
    ask = read(endpoint, *encoded(payload))
    assert ask.images == payload["images"]


def text(value: Any) -> str:
    """A golden file may show a JSON part as the document that it carries."""
    return value if isinstance(value, str) else json.dumps(value)


def encoded(payload: dict[str, Any]) -> tuple[str, bytes]:
    """The request body as our own wire writes it."""
    request = wire.Payload(
        path=payload["path"],
        encoding=payload["encoding"],
        images=payload["images"],
        fields=tuple((name, text(value)) for name, value in payload.get("fields") or ()),
        parts_json=tuple(payload.get("parts_json") or ()),
        files=tuple(
            wire.File(name, f"{name}.png", "image/png", MASK if name == "mask" else PICTURE)
            for name in map(field_of, payload.get("files") or ())
        ),
        body=payload.get("body"),
    )
    content_type, pieces = wire.encode(request, "edge-of-a-part")
    return content_type, b"".join(pieces)
