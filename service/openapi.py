"""/v1/openapi.json: the published contract, written by hand because hot routes are plain ASGI."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from adapters.openai.errors import SHAPES
from config.settings import Settings
from service import openapi_administration
from service.openapi_fields import BODIES, PICTURE, Schema, ref
from service.openapi_replies import replies

VERSION: Final = "0.1.0"

ALL: Final = tuple(sorted({shape.status for shape in SHAPES.values()}))
READING: Final = (401, 404, 500, 503)

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_PICTURES: Final = ("image", "image_file", "mask", "style_reference_images")
_TAKEN: Final = "image/png, image/jpeg, image/webp"

# What a caller may say of a request besides its fields.
_FLAGS: Final[Mapping[str, str]] = {
    "x-ideogate-dry-run": "true: the reply is a quote; nothing is held, sent or billed.",
    "x-ideogate-strict": "true: what would be a warning is a 400.",
}


_DOT: Final = (  # one red pixel, PNG
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQ"
    "DJ/pLvAAAAAElFTkSuQmCC"
)
_EXAMPLES: Final[Mapping[str, Schema]] = {
    "CreateImageRequest": {"prompt": "a lighthouse, woodcut", "size": "1536x1024"},
    "EditImageRequest": {"images": [{"image_url": _DOT}], "prompt": "the same, as a woodcut"},
    "DescribeImageRequest": {"images": [{"image_url": _DOT}]},
}


def _json(schema: Schema) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}


def _asked(name: str) -> dict[str, Any]:
    """A JSON body, with an example."""
    return {_JSON: {"schema": ref(name), "example": _EXAMPLES[name]}}


def _operation(
    name: str, summary: str, ok: dict[str, Any], *refusals: int, **more: Any
) -> dict[str, Any]:
    refused = {"description": "Refused.", "content": _json(ref("ErrorResponse"))}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": ok},
            **{str(status): refused for status in refusals},
        },
        **more,
    }


def _form(name: str) -> dict[str, Any]:
    """A form; its parts of pictures say which formats are taken."""
    parts = [part for part in _PICTURES if part in BODIES[name]["properties"]]
    coding = {part: {"contentType": _TAKEN} for part in parts}
    return {_FORM: {"schema": ref(name), "encoding": coding}}


def _drawing(
    name: str, summary: str, reply: str, content: dict[str, Any], *, streams: bool = False
) -> dict[str, Any]:
    """A route that draws or describes, for money."""
    ok = _json({"oneOf": [ref(reply), ref("Quote")]})
    if streams:
        ok["text/event-stream"] = {"schema": {"type": "string"}}
    flags = [_header(flag, told) for flag, told in _FLAGS.items()]
    body = {"required": True, "content": content}
    return {"post": _operation(name, summary, ok, *ALL, parameters=flags, requestBody=body)}


def _drawings() -> dict[str, Any]:
    create = _asked("CreateImageRequest")
    edit = _form("EditImageForm") | _asked("EditImageRequest")
    describe = _form("DescribeImageForm") | _asked("DescribeImageRequest")
    images, vary = "ImagesResponse", "Draw a picture again: it is described, then remixed."
    return {
        "/v1/images/generations": _drawing(
            "createImage", "Draw images.", images, create, streams=True
        ),
        "/v1/images/edits": _drawing("editImage", "Change a picture.", images, edit, streams=True),
        "/v1/images/variations": _drawing("varyImage", vary, images, _form("VaryImageForm")),
        "/v1/images/descriptions": _drawing(
            "describeImage", "Describe a picture.", "DescriptionsResponse", describe
        ),
    }


def _asking() -> dict[str, Any]:
    anything = _json({"type": "object"})
    open_to_all: dict[str, Any] = {"security": []}
    ready = _operation("ready", "Takes orders.", anything, **open_to_all)
    ready["responses"]["503"] = {"description": "Starting or draining.", "content": anything}
    return {
        "/v1/models": {
            "get": _operation("listModels", "Rows and aliases.", _json(ref("Models")), *READING)
        },
        "/v1/models/{model_id}": {
            "parameters": [_in_path("model_id")],
            "get": _operation("retrieveModel", "One of them.", _json(ref("Model")), *READING),
        },
        "/health/live": {"get": _operation("live", "The loop turns.", anything, **open_to_all)},
        "/health/ready": {"get": ready},
        "/v1/openapi.json": {
            "get": _operation("openapi", "This document.", anything, **open_to_all)
        },
    }


def _sandbox_pictures() -> dict[str, Any]:
    picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    shown = _operation("sandboxPicture", "A sandbox picture.", picture, 404, 410, security=[])
    return {"/sandbox/images/{name}": {"parameters": [_in_path("name")], "get": shown}}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _header(name: str, told: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": told, "schema": {"type": "boolean"}}


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
        "paths": _drawings()
        | _asking()
        | openapi_administration.paths()
        | (_sandbox_pictures() if sandbox else {}),
        "components": {
            "schemas": {
                **BODIES,
                "Picture": PICTURE,
                **replies(),
                **openapi_administration.schemas(),
            },
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
