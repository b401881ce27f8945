"""Requests of the bench: pictures drawn, edits from forms."""

import http.client
import json
from collections.abc import Mapping
from typing import Final

from tests.contract.gateway import Gateway

BOUNDARY: Final = "3f6f2f0f1c9b"
SECONDS: Final = 60
DRY: Final = {"x-ideogate-dry-run": "true"}


def draw(gateway: Gateway) -> None:
    """One picture, base64 and all."""
    ask = json.dumps({"prompt": "a lighthouse", "model": "gpt-image-1"}).encode()
    _post(gateway, "generations", ask, {"content-type": "application/json"})


def form(image: bytes, mask: bytes) -> bytes:
    """An edit of a picture with a mask."""
    parts = {"image": image, "mask": mask, "prompt": b"a fox"}
    blocks = [_part(name, content) for name, content in parts.items()]
    return b"".join([*blocks, f"--{BOUNDARY}--\r\n".encode()])


def _part(name: str, content: bytes) -> bytes:
    named = "" if name == "prompt" else '; filename="a.png"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def edit(gateway: Gateway, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    kind = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    _post(gateway, "edits", body, {**kind, **(headers or {})})


def _post(gateway: Gateway, route: str, body: bytes, headers: Mapping[str, str]) -> None:
    connection = http.client.HTTPConnection(gateway.host, gateway.port, timeout=SECONDS)
    try:
        bearer = {"authorization": f"Bearer {gateway.key}"}
        connection.request("POST", f"/v1/images/{route}", body, {**bearer, **headers})
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"no picture: {answer.status} {told[:500]!r}")
