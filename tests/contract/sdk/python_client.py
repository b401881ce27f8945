"""Plays scenarios through the official Python SDK and tells, as JSON lines, what it saw.

Run by an interpreter that has `openai`: `python python_client.py sync|async < script.json`.
"""

import asyncio
import base64
import inspect
import io
import json
import mimetypes
import sys
from pathlib import Path
from typing import Any

import openai

HEAD = 32  # bytes of a picture that tell its format and size


class Attempts:
    """Counts what goes over the wire, retries included."""

    def __init__(self, mode: str) -> None:
        self.made = 0
        self.body: str | None = None
        # 3.x speaks through httpx2 and names its clients after it.
        sync = getattr(openai, "DefaultHttpx2Client", None) or openai.DefaultHttpxClient
        later = getattr(openai, "DefaultAsyncHttpx2Client", None) or openai.DefaultAsyncHttpxClient
        plain = {"trust_env": False, "verify": False}  # loading certificates costs more than a call
        self.client = (
            sync(event_hooks={"request": [self.count]}, **plain)
            if mode == "sync"
            else later(event_hooks={"request": [self.count_later]}, **plain)
        )

    def count(self, request: Any) -> None:
        self.made += 1
        kind = request.headers.get("content-type", "none").partition(";")[0]
        chunked = "transfer-encoding" in request.headers
        self.body = f"chunked {kind}" if chunked else kind

    async def count_later(self, request: Any) -> None:
        self.count(request)


# Every way in which the SDK takes a file.
SHAPES = {
    "opened": lambda path: path.open("rb"),
    "path": lambda path: path,
    "bytes": lambda path: path.read_bytes(),
    "stream": lambda path: io.BytesIO(path.read_bytes()),
    "named": lambda path: (path.name, path.read_bytes(), mimetypes.guess_type(path)[0]),
    "typeless": lambda path: (path.name, path.read_bytes()),
    "nameless": lambda path: (None, path.read_bytes(), mimetypes.guess_type(path)[0]),
    "bare": lambda path: (None, path.read_bytes()),
    "opened as": lambda path: ("../fox.png", path.open("rb"), "text/html"),
}


def uploads(folder: str, scenario: dict[str, Any]) -> dict[str, Any]:
    """The files of a call, each in its shape; a list stays one."""

    def one(file: dict[str, str]) -> Any:
        return SHAPES[file["as"]](Path(folder, file["picture"]))

    return {
        name: [one(file) for file in told] if isinstance(told, list) else one(told)
        for name, told in scenario.get("files", {}).items()
    }


async def here(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def client_for(mode: str, script: dict[str, Any], scenario: dict[str, Any], http: Any) -> Any:
    wanted = {
        "api_key": scenario.get("key") or script["key"],
        "max_retries": scenario.get("max_retries", 0),
        "http_client": http,
        "timeout": 60,
    }
    azure = scenario.get("azure")
    if azure is None:
        kind = openai.OpenAI if mode == "sync" else openai.AsyncOpenAI
        return kind(base_url=scenario.get("base_url") or script["base_url"], **wanted)
    kind = openai.AzureOpenAI if mode == "sync" else openai.AsyncAzureOpenAI
    return kind(azure_endpoint=script["root"], api_version="2025-04-01-preview", **azure, **wanted)


def reply_seen(reply: Any) -> dict[str, Any]:
    told = reply.model_dump(mode="json")
    images = [picture_seen(image) for image in told.pop("data") or ()]
    return {**told, "type": type(reply).__name__, "data": images}


def event_seen(event: Any) -> dict[str, Any]:
    return {**picture_seen(event.model_dump(mode="json")), "class": type(event).__name__}


def picture_seen(told: dict[str, Any]) -> dict[str, Any]:
    b64 = told.pop("b64_json", None)
    return {
        **told,
        "head": None if b64 is None else base64.b64decode(b64, validate=True)[:HEAD].hex(),
    }


async def events_of(stream: Any) -> list[dict[str, Any]]:
    if hasattr(stream, "__aiter__"):
        return [event_seen(event) async for event in stream]
    return [event_seen(event) for event in stream]


def asked(script: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
    args = {**scenario.get("args", {}), **uploads(script["folder"], scenario)}
    if "extra" in scenario:
        args["extra_body"] = scenario["extra"]
    if "headers" in scenario:
        args["extra_headers"] = scenario["headers"]
    return args


def draws(name: str) -> Any:
    """A call of `client.images` that answers with pictures."""

    async def draw(client: Any, script: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
        args = asked(script, scenario)
        if scenario.get("raw"):
            raw = await here(getattr(client.images.with_raw_response, name)(**args))
            reply = reply_seen(await here(raw.parse()))
            return {"reply": reply, "headers": dict(raw.headers)}
        answer = await here(getattr(client.images, name)(**args))
        if args.get("stream"):
            return {"events": await events_of(answer)}
        return {"reply": reply_seen(answer), "request_id": answer._request_id}

    return draw


async def post(client: Any, script: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
    """A route that the SDK has no method for, or a body that its method does not write."""
    wanted: dict[str, Any] = {"cast_to": object, "body": scenario.get("args", {})}
    files = uploads(script["folder"], scenario)
    if files:
        wanted["files"] = list(files.items())
        wanted["options"] = {"headers": {"Content-Type": "multipart/form-data"}}
    told = await here(client.post(scenario["path"], **wanted))
    return {"posted": {**told, "data": [picture_seen(one) for one in told.get("data", ())]}}


async def models(client: Any, _: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
    if "model" in scenario:
        found = await here(client.models.retrieve(scenario["model"]))
        return {"model": found.model_dump(mode="json")}
    page = await here(client.models.list())
    return {"models": [model.id for model in page.data]}


CALLS = {
    "generate": draws("generate"),
    "edit": draws("edit"),
    "variation": draws("create_variation"),
    "post": post,
    "models": models,
}


async def play(mode: str, script: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
    attempts = Attempts(mode)
    client = client_for(mode, script, scenario, attempts.client)
    call = CALLS[scenario.get("call", "generate")]
    try:
        seen = await call(client, script, scenario)
    except openai.APIError as err:
        body = err.body if isinstance(err.body, dict) else {}
        seen = {
            "error": {
                "class": type(err).__name__,
                "status": getattr(err, "status_code", None),
                "code": err.code,
                "param": err.param,
                "type": err.type,
                "message": body.get("message"),
                "request_id": getattr(err, "request_id", None),
            }
        }
    finally:
        await here(client.close())
    return {"name": scenario["name"], "attempts": attempts.made, "body": attempts.body, **seen}


async def main(mode: str) -> None:
    script = json.load(sys.stdin)
    for scenario in script["scenarios"]:
        print(json.dumps(await play(mode, script, scenario)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
