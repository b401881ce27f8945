"""Requests to the stand-in's reader, encoded as the official document wants them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from adapters.sandbox.ask import Ask, read
from adapters.sandbox.endpoints import find
from adapters.sandbox.refusal import Refusal
from tests.contract.official import ENDPOINTS

Part = tuple[str, str | None, str | None, bytes]  # field, file name, content type, content
EDGE = "edge-of-a-part"


def accepted(path: str, values: Mapping[str, Any]) -> Ask:
    endpoint = find(path)
    assert endpoint is not None
    return read(endpoint, *encode(path, values))


def refused(path: str, values: Mapping[str, Any], naming: str) -> None:
    with pytest.raises(Refusal) as no:
        accepted(path, values)
    assert no.value.status == 400 and naming in no.value.body["error"]


def encode(path: str, values: Mapping[str, Any]) -> tuple[str, bytes]:
    """Content type and body."""
    if ENDPOINTS[path]["body"] == "application/json":
        return "application/json", json.dumps(values).encode()
    return form(part for name, value in values.items() for part in parts(name, value))


def parts(name: str, value: Any) -> list[Part]:
    """A list repeats its part, bytes are a file, an object is a JSON part."""
    match value:
        case list():
            return [part for one in value for part in parts(name, one)]
        case bytes():
            return [(name, f"{name}.png", "image/png", value)]
        case dict():
            return [(name, None, "application/json", json.dumps(value).encode())]
        case bool():
            return [(name, None, None, str(value).lower().encode())]
        case _:
            return [(name, None, None, str(value).encode())]


def form(parts: Iterable[Part]) -> tuple[str, bytes]:
    """A multipart body."""
    lines = b""
    for name, filename, content_type, content in parts:
        lines += f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        lines += b"" if filename is None else f'; filename="{filename}"'.encode()
        lines += b"" if content_type is None else f"\r\nContent-Type: {content_type}".encode()
        lines += b"\r\n\r\n" + content + b"\r\n"
    return f"multipart/form-data; boundary={EDGE}", lines + f"--{EDGE}--\r\n".encode()
