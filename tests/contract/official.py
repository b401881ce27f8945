"""The official document as a table of our own (tests/data/official.json), and requests after it."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image

OFFICIAL: Final = json.loads((Path(__file__).parent.parent / "data" / "official.json").read_text())
ENDPOINTS: Final[dict[str, Any]] = OFFICIAL["endpoints"]
ENUMS: Final[dict[str, list[str]]] = OFFICIAL["enums"]
PATHS: Final = sorted(ENDPOINTS)


def png(
    size: tuple[int, int] = (24, 16),
    colour: str | float | tuple[float, ...] = "teal",
    mode: str = "RGB",
) -> bytes:
    target = BytesIO()
    Image.new(mode, size, colour).save(target, "PNG")
    return target.getvalue()


PICTURE: Final = png()
MASK: Final = png(colour=0, mode="L")


def sample(name: str, spec: Mapping[str, Any]) -> Any:
    """A value that the document allows."""
    if "enum" in spec:
        # V_2 is the one model that takes every legacy field.
        return "V_2" if spec["enum"] == "ModelEnum" else ENUMS[spec["enum"]][0]
    match spec["type"]:
        case "integer":
            return spec["minimum"]
        case "file" | "files":
            return MASK if name == "mask" else PICTURE
        case "object":
            return {key: sample(key, spec["fields"][key]) for key in spec["required"]}
        case kind:
            return {
                "string": "model/a/version/1" if name == "custom_model_uri" else "a fox",
                "boolean": True,
                "palette": {"name": "EMBER"},
                "list": ["0a1b2c3d"],
            }[kind]


def minimal(path: str) -> dict[str, Any]:
    """The required fields and nothing else."""
    fields = ENDPOINTS[path]["fields"]
    return {name: sample(name, fields[name]) for name in ENDPOINTS[path]["required"]}


def places(path: str) -> list[tuple[str, dict[str, Any]]]:
    """Where fields lie: ("", the form) and ("image_request", its object)."""
    fields = ENDPOINTS[path]["fields"]
    inside = [(name, spec) for name, spec in fields.items() if spec.get("type") == "object"]
    return [("", {"required": ENDPOINTS[path]["required"], "fields": fields}), *inside]


def with_value(path: str, place: str, name: str, value: Any) -> dict[str, Any]:
    """A minimal request with one more or another field, and what that field needs beside it."""
    values = minimal(path)
    inner = values[place] if place else values
    inner[name] = value
    if name == "character_reference_images_mask":
        inner["character_reference_images"] = PICTURE
    return values


def without(path: str, place: str, name: str) -> dict[str, Any]:
    values = minimal(path)
    del (values[place] if place else values)[name]
    return values
