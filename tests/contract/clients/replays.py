"""Generations as desktop and server apps send them, and what each of them reads of the answer."""

import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from tests.contract.clients.raw import Answer, inline, linked, post
from tests.contract.gateway import Gateway

Json = dict[str, Any]
Bearer = Mapping[str, str]
# What an app makes of an answer; the second argument is the headers it sent.
Read = Callable[[Answer, Bearer], list[str]]

PROMPT: Final = "a red fox in the snow, 雪の中の狐"


def compact(body: Json) -> bytes:
    """As JSON.stringify and Jackson write it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def spaced(body: Json) -> bytes:
    """As Python's json.dumps writes it: blanks, and no letter beyond ASCII."""
    return json.dumps(body).encode()


@dataclass(frozen=True)
class Replay:
    """`fields` go out beside the prompt; `pictures` is what the app ends up with."""

    client: str
    fields: Json
    read: Read
    pictures: tuple[str, ...]
    path: str = "/v1/images/generations"
    write: Callable[[Json], bytes] = compact
    headers: Mapping[str, str] = field(default_factory=dict)

    def bearer(self, key: str) -> Bearer:
        return {"Authorization": f"Bearer {key}", **self.headers}

    def request(self, key: str, prompt: str = PROMPT) -> bytes:
        head = {"Content-Type": "application/json", **self.bearer(key)}
        return post(self.path, head, self.write({"prompt": prompt, **self.fields}))

    def pictures_of(self, answer: Answer, gateway: Gateway) -> list[str]:
        assert answer.status == 200, answer.body[:500]
        return self.read(answer, self.bearer(gateway.key))


def librechat_link(answer: Answer, _: Bearer) -> list[str]:
    """The file is saved under the extension of the link's last segment."""
    url = answer.items[0]["url"]
    assert posixpath.splitext(posixpath.basename(urlsplit(url).path))[1] == ".png"
    return [linked(answer.items[0])]


def librechat_base64(answer: Answer, _: Bearer) -> list[str]:
    return [inline(answer.items[0])]


def open_webui(answer: Answer, bearer: Bearer) -> list[str]:
    """A link comes first and must be image/*; some versions send the key along when they fetch it."""
    return [linked(item, bearer) if item.get("url") else inline(item) for item in answer.items]


def cherry_studio(answer: Answer, _: Bearer) -> list[str]:
    """All links, or else all base64: an item with both would show a picture twice."""
    assert all(("url" in item) != ("b64_json" in item) for item in answer.items)
    links = [linked(item) for item in answer.items if item.get("url")]
    return links or [inline(item) for item in answer.items if item.get("b64_json")]


def cherry_studio_legacy(answer: Answer, _: Bearer) -> list[str]:
    return [linked(item) for item in answer.items]


def n8n_links(answer: Answer, _: Bearer) -> list[str]:
    return [linked(item) for item in answer.items]


def n8n_files(answer: Answer, _: Bearer) -> list[str]:
    return [inline(item) for item in answer.items]


def spring_ai(answer: Answer, _: Bearer) -> list[str]:
    """2.x asks for `created` on every reply, and the Java SDK takes no float for it."""
    assert type(answer.told["created"]) is int
    return [linked(item) if item.get("url") else inline(item) for item in answer.items]


def ai_sdk(answer: Answer, _: Bearer) -> list[str]:
    """All items in base64, or none of them is believed."""
    assert all(isinstance(item["b64_json"], str) for item in answer.items)
    return [inline(item) for item in answer.items]


SQUARE: Final = "PNG 1024x1024"
OPEN_WEBUI_USER: Final = {
    "X-OpenWebUI-User-Name": "Ada%20L%C3%B3pez",
    "X-OpenWebUI-User-Id": "0e6f2d7c-6a53-4bb5-9d4f-6a5b2d1f7c10",
    "X-OpenWebUI-User-Email": "ada@example.test",
    "X-OpenWebUI-User-Role": "user",
}
DALLE3: Final[Json] = {
    "model": "dall-e-3",
    "quality": "standard",
    "style": "vivid",
    "size": "1024x1024",
    "n": 1,
}
TOOL: Final[Json] = {
    "model": "gpt-image-1",
    "n": 1,
    "background": "auto",
    "output_format": "png",
    "quality": "auto",
    "size": "auto",
}
# Cherry Studio's older call, made for another supplier's fields.
SILICON: Final[Json] = {
    "image_size": "1024x1024",
    "batch_size": 1,
    "negative_prompt": "people",
    "seed": 7,
    "num_inference_steps": 25,
    "guidance_scale": 4.5,
    "prompt_enhancement": False,
}

REPLAYS: Final = [
    Replay("LibreChat DALL-E 3", DALLE3, librechat_link, (SQUARE,)),
    Replay(
        "LibreChat DALL-E 3, wide",
        DALLE3 | {"size": "1792x1024", "quality": "hd"},
        librechat_link,
        ("PNG 1344x768",),
    ),
    Replay("LibreChat image tool", TOOL, librechat_base64, (SQUARE,)),
    Replay(
        "LibreChat image tool, webp",
        TOOL | {"output_format": "webp", "output_compression": 100},
        librechat_base64,
        ("WEBP 1024x1024",),
    ),
    Replay(
        "LibreChat image tool, azure",
        TOOL,
        librechat_base64,
        (SQUARE,),
        path="/openai/deployments/gpt-image-1/images/generations?api-version=2025-04-01-preview",
    ),
    Replay(
        "Open WebUI",
        {"model": "ideogram-v3", "n": 2, "size": "512x512", "response_format": "b64_json"},
        open_webui,
        (SQUARE, SQUARE),
        write=spaced,
        headers=OPEN_WEBUI_USER,
    ),
    Replay(
        "Open WebUI, gpt-image with an API version",
        {"model": "gpt-image-1", "n": 1, "size": "1536x1024"},
        open_webui,
        ("PNG 1248x832",),
        path="/v1/images/generations?api-version=2025-04-01-preview",
        write=spaced,
    ),
    Replay(
        "Open WebUI, links by the administrator's parameters",
        {"model": "ideogram-v3", "n": 1, "size": "512x512", "response_format": "url"},
        open_webui,
        (SQUARE,),
        write=spaced,
    ),
    Replay(
        "Cherry Studio",
        {"model": "gpt-image-1", "size": "1024x1536", "n": 2, "moderation": "low"},
        cherry_studio,
        ("PNG 832x1248",) * 2,
    ),
    Replay("Cherry Studio, dall-e-3", {"model": "dall-e-3", "n": 1}, cherry_studio, (SQUARE,)),
    Replay(
        "Cherry Studio, older call",
        SILICON | {"model": "dall-e-3"},
        cherry_studio_legacy,
        (SQUARE,),
    ),
    Replay(
        "n8n, files",
        {"model": "dall-e-3", "response_format": "b64_json", "quality": "hd", "style": "natural"},
        n8n_files,
        (SQUARE,),
    ),
    Replay(
        "n8n, links",
        {"model": "dall-e-2", "response_format": "url", "n": 2, "size": "512x512"},
        n8n_links,
        (SQUARE, SQUARE),
    ),
    Replay("n8n, gpt-image", {"model": "gpt-image-1-mini"}, n8n_files, (SQUARE,)),
    Replay(
        "Spring AI 1.x",
        {"model": "dall-e-3", "n": 1, "size": "1024x1792", "quality": "hd", "style": "natural"},
        spring_ai,
        ("PNG 768x1344",),
    ),
    Replay(
        "Spring AI 1.x with /v1 in its base URL",
        {"model": "ideogram-v3", "response_format": "url"},
        spring_ai,
        (SQUARE,),
        path="/v1/v1/images/generations",
    ),
    Replay(
        "Spring AI 2.x",
        {"model": "gpt-image-1-mini", "n": 1},
        spring_ai,
        (SQUARE,),
        headers={"X-Stainless-Lang": "java", "X-Stainless-Retry-Count": "0"},
    ),
    Replay(
        "Spring AI 2.x without /v1 in its base URL",
        {"model": "dall-e-3"},
        spring_ai,
        (SQUARE,),
        path="/images/generations",
        headers={"X-Stainless-Lang": "java", "X-Stainless-Retry-Count": "0"},
    ),
    Replay(
        "AI SDK openai-compatible 3.x",
        {"model": "ideogram-v3", "n": 2, "style_type": "DESIGN"},
        ai_sdk,
        (SQUARE, SQUARE),
    ),
]
