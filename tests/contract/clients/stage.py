"""Plays a script of scenarios in a client's own interpreter: `python litellm_client.py < script.json`."""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any

HEAD = 32  # bytes of a picture that tell its format and size

Told = dict[str, Any]


def play(act: Callable[[Told, Told], Told]) -> None:
    """`act(script, scenario)` for each scenario; a line of JSON for what each one saw."""
    script = json.load(sys.stdin)
    for scenario in script["scenarios"]:
        print(json.dumps({"name": scenario["name"], **act(script, scenario)}), flush=True)


def linked(url: str) -> Told:
    return {"url": url}


def inline(b64: str) -> Told:
    return {"head": base64.b64decode(b64, validate=True)[:HEAD].hex()}


def failure(err: Exception) -> Told:
    """What an app can test an SDK's exception for."""
    body = getattr(err, "body", None)
    return {
        "class": type(err).__name__,
        "status": getattr(err, "status_code", None),
        "code": getattr(err, "code", None) or (body or {}).get("code"),
        "message": str(err),
    }


class Wire:
    """What went out over an httpx client, retries included."""

    def __init__(self) -> None:
        self.sent: list[Told] = []

    def hook(self, request: Any) -> None:
        fields = sorted(json.loads(request.content))
        self.sent.append({"path": request.url.path, "fields": fields})
