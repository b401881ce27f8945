"""Plays scenarios through the official Python SDK and tells, as JSON lines, what it saw.

Run by an interpreter that has `openai`: `python python_client.py sync|async < script.json`.
"""

import asyncio
import base64
import inspect
import json
import sys
from typing import Any

import openai

HEAD = 32  # bytes of a picture that tell its format and size


class Attempts:
    """Counts what goes over the wire, retries included."""

    def __init__(self, mode: str) -> None:
        self.made = 0
        # 3.x speaks through httpx2 and names its clients after it.
        sync = getattr(openai, "DefaultHttpx2Client", None) or openai.DefaultHttpxClient
        later = getattr(openai, "DefaultAsyncHttpx2Client", None) or openai.DefaultAsyncHttpxClient
        plain = {"trust_env": False, "verify": False}  # loading certificates costs more than a call
        self.client = (
            sync(event_hooks={"request": [self.count]}, **plain)
            if mode == "sync"
            else later(event_hooks={"request": [self.count_later]}, **plain)
        )

    def count(self, _: object) -> None:
        self.made += 1

    async def count_later(self, _: object) -> None:
        self.made += 1


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


async def generate(client: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    args = dict(scenario.get("args", {}))
    if "extra" in scenario:
        args["extra_body"] = scenario["extra"]
    if "headers" in scenario:
        args["extra_headers"] = scenario["headers"]
    if scenario.get("raw"):
        raw = await here(client.images.with_raw_response.generate(**args))
        reply = reply_seen(await here(raw.parse()))
        return {"reply": reply, "headers": dict(raw.headers)}
    answer = await here(client.images.generate(**args))
    if args.get("stream"):
        return {"events": await events_of(answer)}
    return {"reply": reply_seen(answer), "request_id": answer._request_id}


async def models(client: Any, scenario: dict[str, Any]) -> dict[str, Any]:
    if "model" in scenario:
        found = await here(client.models.retrieve(scenario["model"]))
        return {"model": found.model_dump(mode="json")}
    page = await here(client.models.list())
    return {"models": [model.id for model in page.data]}


async def play(mode: str, script: dict[str, Any], scenario: dict[str, Any]) -> dict[str, Any]:
    attempts = Attempts(mode)
    client = client_for(mode, script, scenario, attempts.client)
    call = {"generate": generate, "models": models}[scenario.get("call", "generate")]
    try:
        seen = await call(client, scenario)
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
    return {"name": scenario["name"], "attempts": attempts.made, **seen}


async def main(mode: str) -> None:
    script = json.load(sys.stdin)
    for scenario in script["scenarios"]:
        print(json.dumps(await play(mode, script, scenario)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
