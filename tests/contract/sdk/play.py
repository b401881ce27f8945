"""Plays the scenarios in an SDK's own process and reads back what it saw."""

import http.client
import json
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tests.contract.gateway import Gateway
from tests.contract.sdk.pictures import PICTURES
from tests.contract.sdk.scenarios import Scenario, Seen, differences
from tests.contract.sdk.wiretap import Wiretap

PNG = b"\x89PNG\r\n\x1a\n"
PLAY_SECONDS = 100


def play(
    command: Sequence[str], gateway: Gateway | Wiretap, cwd: Path, scenarios: Sequence[Scenario]
) -> dict[str, Seen]:
    """What the SDK saw, by the scenario's name."""
    script = {
        "root": gateway.root,
        "base_url": gateway.base_url,
        "key": gateway.key,
        "scenarios": [{"name": scenario.name, **scenario.ask} for scenario in scenarios],
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in PICTURES.items():
            Path(folder, name).write_bytes(content)
        told = subprocess.run(
            command,
            cwd=cwd,
            env={},
            input=json.dumps({**script, "folder": folder}).replace("{run}", uuid.uuid4().hex),
            capture_output=True,
            text=True,
            timeout=PLAY_SECONDS,
            check=False,
        )
    assert told.returncode == 0, f"{told.stdout[-2000:]}\n{told.stderr[-4000:]}"
    return {seen["name"]: seen for seen in map(json.loads, told.stdout.splitlines())}


def wrong(scenario: Scenario, seen: Seen) -> list[str]:
    """Everything an app would miss in what it saw."""
    return [*differences(scenario.sees, seen), *_wrong_pictures(scenario, seen)]


def _wrong_pictures(scenario: Scenario, seen: Seen) -> list[str]:
    shown = seen.get("reply", {}).get("data", [])
    if scenario.url:
        found = [_linked(picture) for picture in shown]
    else:
        found = [_inline(picture) for picture in shown]
    wanted = list(scenario.pictures)
    return [] if found == wanted else [f"pictures: expected {wanted}, saw {found}"]


def _inline(picture: Seen) -> str:
    if picture.get("url") is not None:
        return "a link beside base64"
    return _pixels(bytes.fromhex(picture["head"] or ""))


def _linked(picture: Seen) -> str:
    if picture.get("head") is not None:
        return "base64 beside a link"
    link = urlsplit(picture["url"])
    if not link.path.endswith(".png"):
        return f"a link without .png: {link.path}"
    connection = http.client.HTTPConnection(link.hostname or "", link.port, timeout=10)
    try:
        connection.request("GET", f"{link.path}?{link.query}")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200 or answer.headers["content-type"] != "image/png":
        return f"{answer.status} {answer.headers['content-type']}"
    return _pixels(body)


def _pixels(head: bytes) -> str:
    """Size of a PNG, from its first chunk."""
    if not head.startswith(PNG):
        return f"no PNG: {head[:16]!r}"
    width, height = struct.unpack(">II", head[16:24])
    return f"{width}x{height}"


def stream_pictures(seen: Seen) -> list[str]:
    return [_pixels(bytes.fromhex(event["head"])) for event in seen["events"]]
