"""One request over a socket of its own, byte for byte, and what a client reads of the answer."""

import base64
import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from tests.contract.gateway import Gateway

WAIT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        assert self.headers["content-type"].startswith("application/json"), self.headers
        return json.loads(self.body)

    @property
    def items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.told["data"]
        assert items, "an answer without pictures"
        return items


def exchange(gateway: Gateway, request: bytes) -> Answer:
    with socket.create_connection((gateway.host, gateway.port), timeout=WAIT_SECONDS) as wire:
        wire.sendall(request)
        response = http.client.HTTPResponse(wire)
        response.begin()
        body = response.read()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)


def post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A request as it lies on the wire; headers that were given are not written again."""
    told = {"Host": "ideogate.test", "Connection": "close", **headers}
    if not {"Content-Length", "Transfer-Encoding"} & set(told):
        told["Content-Length"] = str(len(body))
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def fetched(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """What lies at a link, for a client that has nothing but the link unless it says more."""
    link = urlsplit(url)
    connection = http.client.HTTPConnection(link.hostname or "", link.port, timeout=WAIT_SECONDS)
    try:
        asked = f"{link.path}?{link.query}" if link.query else link.path
        connection.request("GET", asked, headers=dict(headers or {}))
        answer = connection.getresponse()
        head = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, head, answer.read())
    finally:
        connection.close()


def drawn(picture: bytes) -> str:
    """Format and pixels, the whole picture decoded."""
    with Image.open(BytesIO(picture)) as opened:
        opened.load()
        return f"{opened.format} {opened.width}x{opened.height}"


def inline(item: Mapping[str, Any]) -> str:
    return drawn(base64.b64decode(item["b64_json"], validate=True))


def linked(item: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> str:
    answer = fetched(item["url"], headers)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("image/")
    return drawn(answer.body)


def as_png(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()
