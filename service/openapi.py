"""/v1/openapi.json: the published contract, written by hand because hot routes are plain ASGI."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from adapters.openai.errors import SHAPES
from config.settings import Settings

VERSION: Final = "0.1.0"


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description, **more}


def _number(description: str, low: int, high: int) -> dict[str, Any]:
    return {
        "type": ["integer", "null"],
        "description": description,
        "minimum": low,
        "maximum": high,
    }


GENERATE: Final[dict[str, Any]] = {
    "prompt": {
        "type": "string",
        "minLength": 1,
        "maxLength": 32000,
        "description": "What to draw; not blank.",
    },
    "model": _text("A row or alias of /v1/models. Default ideogram-v3."),
    "n": _number("Images to draw.", 1, 10),
    "size": _text("`auto` or WIDTHxHEIGHT; the nearest size that the model draws is used."),
    "quality": _text(
        "Chooses the rendering speed.",
        enum=["auto", "low", "medium", "standard", "high", "hd", "xhigh", "max", None],
    ),
    "style": _text(
        "natural is REALISTIC; vivid turns magic prompt on.", enum=["vivid", "natural", None]
    ),
    "response_format": _text(
        "Default url for dall-e names, else b64_json.", enum=["url", "b64_json", None]
    ),
    "output_format": _text("Of base64 replies.", enum=["png", "jpeg", "webp", None]),
    "output_compression": _number("Quality of jpeg and webp.", 0, 100),
    "background": _text("transparent is refused.", enum=["auto", "opaque", None]),
    "moderation": _text("low has no counterpart (a warning).", enum=["auto", "low", None]),
    "stream": {"type": ["boolean", "null"], "description": "Server-sent events, one per image."},
    "partial_images": _number("No partial images exist (a warning above 0).", 0, 3),
    "user": _text("Not sent upstream."),
    "safety_identifier": _text("Not sent upstream."),
    "complexity": _text("No counterpart (a warning).", enum=["low", "medium", "high", None]),
    "size_policy": _text(
        "nearest, exact (resized locally, base64 only) or strict.",
        enum=["nearest", "exact", "strict", None],
    ),
    "aspect_ratio": _text("Ideogram's own: 16x9, 16:9 or ASPECT_16_9."),
    "resolution": _text("Ideogram's own: 1344x768 or RESOLUTION_1344_768."),
    "rendering_speed": _text("FLASH, TURBO, DEFAULT or QUALITY; V3."),
    "magic_prompt": _text("AUTO, ON or OFF."),
    "negative_prompt": _text("What not to draw; not on V2A."),
    "seed": _number("With n>1: seed, seed+1, ...", 0, 2147483647),
    "style_type": _text("AUTO, GENERAL, REALISTIC, DESIGN, ...; not on V1."),
    "style_preset": _text("One of 62 presets; V3."),
    "style_codes": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "Eight hex digits each; V3.",
    },
    "style_reference_images": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "Data URLs of PNG, JPEG or WebP files; V3.",
    },
    "color_palette": {
        "type": ["object", "null"],
        "description": "Either {name} or {members: [{color_hex, color_weight}]}.",
    },
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


ALL: Final = tuple(sorted({shape.status for shape in SHAPES.values()}))
READING: Final = (401, 404, 500, 503)


def _operation(
    name: str, summary: str, ok: dict[str, Any], *refusals: int, **more: Any
) -> dict[str, Any]:
    refused = {"description": "Refused.", "content": _json(_ref("ErrorResponse"))}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": ok},
            **{str(status): refused for status in refusals},
        },
        **more,
    }


def _paths(sandbox: bool) -> dict[str, Any]:
    anything = _json({"type": "object"})
    open_to_all: dict[str, Any] = {"security": []}
    images = {
        "application/json": {"schema": _ref("ImagesResponse")},
        "text/event-stream": {"schema": {"type": "string"}},
    }
    body = {"required": True, "content": _json(_ref("CreateImageRequest"))}
    ready = _operation("ready", "Takes orders.", anything, **open_to_all)
    ready["responses"]["503"] = {"description": "Starting or draining.", "content": anything}
    paths: dict[str, Any] = {
        "/v1/images/generations": {
            "post": _operation("createImage", "Draw images.", images, *ALL, requestBody=body)
        },
        "/v1/models": {
            "get": _operation("listModels", "Rows and aliases.", _json(_ref("Models")), *READING)
        },
        "/v1/models/{model_id}": {
            "parameters": [_in_path("model_id")],
            "get": _operation("retrieveModel", "One of them.", _json(_ref("Model")), *READING),
        },
        "/health/live": {"get": _operation("live", "The loop turns.", anything, **open_to_all)},
        "/health/ready": {"get": ready},
        "/v1/openapi.json": {
            "get": _operation("openapi", "This document.", anything, **open_to_all)
        },
    }
    if sandbox:
        picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
        paths["/sandbox/images/{name}"] = {
            "parameters": [_in_path("name")],
            "get": _operation(
                "sandboxPicture", "A sandbox picture.", picture, 404, 410, **open_to_all
            ),
        }
    return paths


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _object(required: Iterable[str] = (), **properties: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return found | {"required": list(required)} if required else found


def _schemas() -> dict[str, Any]:
    text, whole = {"type": "string"}, {"type": "integer"}
    maybe_text, maybe_whole = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
    image = _object(
        url=maybe_text,
        b64_json=maybe_text,
        revised_prompt=maybe_text,
        seed=maybe_whole,
        resolution=maybe_text,
        style_type=maybe_text,
        expires_at=maybe_whole,
    )
    images = {"type": "array", "items": image}
    models = {"type": "array", "items": _ref("Model")}
    model = {"id": text, "object": {"const": "model"}, "created": whole, "owned_by": text}
    error = {"message": text, "type": text, "param": maybe_text, "code": maybe_text}
    return {
        "CreateImageRequest": _object(["prompt"], **GENERATE) | {"additionalProperties": True},
        "ImagesResponse": _object(
            ["created", "data"], created=whole, data=images, ideogate={"type": "object"}
        ),
        "Model": _object(model, **model),
        "Models": _object(["object", "data"], object={"const": "list"}, data=models),
        "ErrorResponse": _object(["error"], error=_object(error, **error)),
    }


def document(*, public_url: str, sandbox: bool) -> dict[str, Any]:
    """OpenAPI 3.1. The other spellings of the paths (Azure, without /v1) are not listed."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ideogate",
            "version": VERSION,
            "description": "OpenAI's Images API, drawn by Ideogram.",
        },
        "servers": [{"url": public_url}],
        "security": [{"bearer": []}, {"azure": []}],
        "paths": _paths(sandbox),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "azure": {"type": "apiKey", "in": "header", "name": "api-key"},
            },
        },
    }


def openapi_route(settings: Settings) -> HTTPRouteHandler:
    body = msgspec.json.encode(document(public_url=settings.public_url, sandbox=settings.sandbox))

    @get("/v1/openapi.json", status_code=200)
    async def openapi() -> Response[bytes]:
        return Response(body, media_type="application/json")

    return openapi
