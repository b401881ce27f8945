"""What the published document says of request fields: shapes from the tables the readers use."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.openai import edit_fields
from adapters.openai.fields import GENERATE, Field, Route
from adapters.openai.kinds import Flag, Kind, Palette, Refused, Text, Texts, Whole, Word
from adapters.openai.pictures import Pictures
from adapters.translate.palette import LEAST_WEIGHT, MOST_MEMBERS, MOST_WEIGHT

Schema = dict[str, Any]

# A name that is read and not told here stops the start; one that is told and not read fails a test.
TOLD: Final[Mapping[str, str]] = {
    "prompt": "What to draw or to change; not blank. Upscaling needs none.",
    "model": "A row or alias of /v1/models. Default ideogram-v3.",
    "n": "Images to draw.",
    "size": "`auto` or WIDTHxHEIGHT; the nearest size that the model draws is used.",
    "quality": "Chooses the rendering speed.",
    "style": "natural is REALISTIC; vivid turns magic prompt on.",
    "response_format": "Default url for dall-e names, else b64_json.",
    "output_format": "Of base64 replies.",
    "output_compression": "Quality of jpeg and webp.",
    "background": "transparent is refused.",
    "moderation": "low has no counterpart (a warning).",
    "stream": "Server-sent events, one per image.",
    "partial_images": "No partial images exist (a warning above 0).",
    "user": "Not sent upstream.",
    "safety_identifier": "Not sent upstream.",
    "complexity": "No counterpart (a warning).",
    "size_policy": "nearest, exact (resized locally, base64 only) or strict.",
    "aspect_ratio": "Ideogram's own: 16x9, 16:9 or ASPECT_16_9.",
    "resolution": "Ideogram's own: 1344x768 or RESOLUTION_1344_768.",
    "rendering_speed": "FLASH, TURBO, DEFAULT or QUALITY; V3.",
    "magic_prompt": "AUTO, ON or OFF.",
    "negative_prompt": "What not to draw; not on V2A.",
    "seed": "With n>1: seed, seed+1, ...",
    "style_type": "AUTO, GENERAL, REALISTIC, DESIGN, ...; not on V1.",
    "style_preset": "One of 62 presets; V3.",
    "style_codes": "Eight hex digits each; V3.",
    "style_reference_images": "PNG, JPEG or WebP; V3.",
    "color_palette": "Either a name or members.",
    "image": "The picture: PNG, JPEG or WebP. Further ones become style references on V3.",
    "images": "The picture: PNG, JPEG or WebP. Further ones become style references on V3.",
    "mask": "Says what changes; as large as the picture. Without one an edit is a remix.",
    "operation": "Default: edit with a mask, else remix.",
    "mask_polarity": "What changes: the transparent (default), black or white part of the mask.",
    "input_fidelity": "low and high are an image_weight of 30 and 80.",
    "image_weight": "How much a remix keeps of the picture. Default 50, of a variation 70.",
    "resemblance": "How much an upscaled picture keeps. Default 50.",
    "detail": "How much detail upscaling adds. Default 50.",
    "describe_model_version": "V_2, V_3 or V_4.",
}

PICTURE: Final[Schema] = {
    "description": "A data URL in base64, or an https link to a host that the operator allows.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"image_url": {"type": "string"}},
            "required": ["image_url"],
            "additionalProperties": False,
        },
    ],
}

_MEMBER: Final[Schema] = {
    "type": "object",
    "properties": {
        "color_hex": {"type": "string", "pattern": "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"},
        "color_weight": {
            "type": ["number", "null"],
            "minimum": LEAST_WEIGHT,
            "maximum": MOST_WEIGHT,
        },
    },
    "required": ["color_hex"],
    "additionalProperties": False,
}
_PALETTE: Final[Schema] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "members": {"type": "array", "minItems": 1, "maxItems": MOST_MEMBERS, "items": _MEMBER},
    },
    "additionalProperties": False,
}


def _of_texts(kind: Texts) -> Schema:
    text: Schema = {"type": "string", "minLength": 1, "maxLength": kind.longest}
    if kind.data_urls:
        text["pattern"] = "^data:"
    return {"type": "array", "maxItems": kind.most, "items": text}


def _of_pictures(kind: Pictures, *, form: bool) -> Schema:
    """In a form a file; a data URL or a link as text is read, too."""
    one = {"type": "string", "format": "binary"} if form else ref("Picture")
    if kind.single or (form and kind.most == 1):
        return one
    return {"type": "array", "maxItems": kind.most, "items": one}


def _shape(kind: Kind, *, form: bool) -> Schema:
    shape: Schema
    match kind:
        case Text():
            shape = {"type": "string", "maxLength": kind.longest}
        case Word():
            shape = {"type": "string", "enum": list(kind.accepted)}
        case Whole():
            shape = {"type": "integer", "minimum": kind.low, "maximum": kind.high}
        case Flag():
            shape = {"type": "boolean"}
        case Texts():
            shape = _of_texts(kind)
        case Palette():
            shape = dict(_PALETTE)
        case Pictures():
            shape = _of_pictures(kind, form=form)
        case _:
            raise TypeError(f"no shape is known for {kind}")
    return shape


def _or_null(schema: Schema) -> Schema:
    """JSON's null means absent; a form has none."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    more: Schema = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **more}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _property(name: str, field: Field, first: str, *, form: bool, needed: bool) -> Schema:
    schema = _shape(field.kind, form=form)
    if not (form or needed):
        schema = _or_null(schema)
    if needed:  # what is empty is absent
        least = {"string": "minLength", "array": "minItems"}[schema["type"]]
        schema |= {least: 1} if "format" not in schema else {}
    if first != name:
        return {**schema, "description": f"The same as `{first}`.", "deprecated": True}
    return {**schema, "description": TOLD[name]}


def body(route: Route, *, form: bool, required: str) -> Schema:
    """The schema of one route's body. Fields that are always refused are left out.

    `required`: the one field that must come, under any of its names.
    """
    needed = route.fields[required].fills
    firsts, told = dict[str, str](), dict[str, Schema]()
    for name, field in route.fields.items():
        if isinstance(field.kind, Refused):
            continue
        first = firsts.setdefault(field.fills, name)
        told[name] = _property(name, field, first, form=form, needed=field.fills == needed)
    names = [name for name in told if route.fields[name].fills == needed]
    must: Schema = {"required": names}
    if len(names) > 1:
        must = {"oneOf": [{"required": [name]} for name in names]}
    return {"type": "object", "properties": told, **must}


BODIES: Final[Mapping[str, Schema]] = {
    "CreateImageRequest": body(GENERATE, form=False, required="prompt"),
    "EditImageForm": body(edit_fields.EDIT_FORM, form=True, required="image"),
    "EditImageRequest": body(edit_fields.EDIT_JSON, form=False, required="images"),
    "VaryImageForm": body(edit_fields.VARIATION_FORM, form=True, required="image"),
    "DescribeImageForm": body(edit_fields.DESCRIPTION_FORM, form=True, required="image"),
    "DescribeImageRequest": body(edit_fields.DESCRIPTION_JSON, form=False, required="images"),
}
