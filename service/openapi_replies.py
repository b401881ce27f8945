"""What the published document says of replies: pictures, descriptions, quotes, models, errors."""

from collections.abc import Iterable
from typing import Any, Final

from service.openapi_fields import Schema, ref

_TEXT: Final[Schema] = {"type": "string"}
_WHOLE: Final[Schema] = {"type": "integer"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_USD: Final[Schema] = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{6}$"}


def _object(required: Iterable[str] = (), **properties: Any) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    return found | {"required": list(required)} if required else found


def _whole_object(**properties: Any) -> Schema:
    """One whose properties are all there."""
    return _object(properties, **properties)


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _image() -> Schema:
    """Exactly one of a link and base64; what Ideogram said of the picture beside it."""
    told = _object(
        url={"type": "string", "description": "Ideogram's own link."},
        b64_json=_TEXT,
        revised_prompt=_TEXT,
        seed=_WHOLE,
        resolution=_TEXT,
        style_type=_TEXT,
        expires_at={"type": "integer", "description": "When the link ends, unix seconds."},
    )
    return told | {"oneOf": [{"required": ["url"]}, {"required": ["b64_json"]}]}


def _images() -> Schema:
    return _object(
        ["created", "data", "background", "output_format", "quality", "ideogate"],
        created=_WHOLE,
        data=_list(ref("Image")),
        background={"const": "opaque"},
        output_format={"enum": ["png", "jpeg", "webp"]},
        quality={"enum": ["low", "medium", "high"]},
        size={"type": "string", "description": "The real WIDTHxHEIGHT; left out when unknown."},
        ideogate=ref("Ideogate"),
    )


def _ideogate() -> Schema:
    return _whole_object(
        cost_microusd=_WHOLE,
        cost_usd=_USD,
        parked_microusd=_WHOLE,
        images_requested=_WHOLE,
        images_delivered=_WHOLE,
        images_billed=_WHOLE,
        model=_TEXT,
        operation=_TEXT,
        rendering_speed=_TEXT_OR_NULL,
        upstream=_TEXT,
        order=_TEXT,
        warnings=_list(ref("Warning")),
    )


def _quote() -> Schema:
    call = _object(["path", "images"], path=_TEXT, images=_WHOLE, json={"type": "object"})
    call["properties"] |= {"fields": {"type": "object"}, "files": _list(_TEXT)}
    return _whole_object(
        object={"const": "image.quote"},
        price_microusd=_WHOLE,
        price_usd=_USD,
        unit_microusd=_WHOLE,
        assumed={"type": "boolean"},
        price_table=_TEXT,
        images=_WHOLE,
        model=_TEXT,
        operation=_TEXT,
        rendering_speed=_TEXT_OR_NULL,
        upstream=_TEXT,
        calls=_list(call),
        warnings=_list(ref("Warning")),
    )


def replies() -> dict[str, Schema]:
    """The schemas by name."""
    model = {"id": _TEXT, "object": {"const": "model"}, "created": _WHOLE, "owned_by": _TEXT}
    error = {"message": _TEXT, "type": _TEXT, "param": _TEXT_OR_NULL, "code": _TEXT_OR_NULL}
    return {
        "Image": _image(),
        "ImagesResponse": _images(),
        "DescriptionsResponse": _whole_object(
            created=_WHOLE, data=_list(_whole_object(text=_TEXT)), ideogate=ref("Ideogate")
        ),
        "Quote": _quote(),
        "Ideogate": _ideogate(),
        "Warning": _whole_object(code=_TEXT, param=_TEXT_OR_NULL, message=_TEXT),
        "Model": _whole_object(**model),
        "Models": _whole_object(object={"const": "list"}, data=_list(ref("Model"))),
        "ErrorResponse": _whole_object(error=_whole_object(**error)),
    }
