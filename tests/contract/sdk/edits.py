"""What an app asks of edits, variations and descriptions through an official SDK."""

import base64
import re
from typing import Any, Final

from tests.contract.gateway import key_of
from tests.contract.sdk.pictures import (
    BLACK_LEFT,
    FOX,
    HEN,
    MASK,
    NAMED,
    OWL,
    PICTURES,
)
from tests.contract.sdk.scenarios import (
    BAD,
    BLOCKED,
    SQUARE,
    STRANGER,
    Scenario,
    Seen,
    drawn,
    refused,
)

KEPT: Final = "640x400"  # an edit with a mask is as large as its image
ANEW: Final = "1280x800"  # a remix is drawn in the listed ratio nearest to the image
FORM: Final = "multipart/form-data"
CHUNKED: Final = f"chunked {FORM}"


def file(picture: str, shape: str = "bytes") -> Seen:
    return {"picture": picture, "as": shape}


def edited(
    name: str,
    *pixels: str,
    image: object = None,
    mask: Seen | None = None,
    body: str | None = None,
    **ask: Any,
) -> Scenario:
    """An edit that succeeds. `body`: what the SDK must have made of it on its way."""
    files = {"image": image or file(FOX), **({"mask": mask} if mask else {})}
    found = drawn(f"edit: {name}", *pixels, call="edit", files=files, **ask)
    return found if body is None else found._replace(sees={**found.sees, "body": body})


def unedited(
    name: str, error: Seen, image: object = None, mask: Seen | None = None, **ask: Any
) -> Scenario:
    """An edit that is refused."""
    files = {"image": image or file(FOX), **({"mask": mask} if mask else {})}
    return refused(f"edit: {name}", error, call="edit", files=files, **ask)


def warned(*codes: str) -> Seen:
    return {"ideogate": {"warnings": [{"code": code, "message": str} for code in codes]}}


def ran(operation: str, cost: int, model: str = "ideogram-v3") -> Seen:
    return {"ideogate": {"operation": operation, "model": model, "cost_microusd": cost}}


SHAPES: Final = [
    edited("an opened file", ANEW, image=file(FOX, "opened")),
    edited("bytes", ANEW, image=file(FOX), body=FORM),
    edited("a file with name and type", ANEW, image=file(FOX, "named"), body=FORM),
    edited("a JPEG", SQUARE, image=file(OWL, "named")),
    edited("a WebP", "800x1280", image=file(HEN)),
    edited("a quote and an umlaut in the name", ANEW, image=file(NAMED, "opened")),
    edited("a list of one", ANEW, image=[file(FOX)]),
    edited(
        "three images, the first of which is worked on",
        ANEW,
        image=[file(FOX, "opened"), file(OWL, "named"), file(HEN)],
        sees=warned("redrawn", "images_as_references"),
    ),
    edited("a mask", KEPT, mask=file(MASK), sees=ran("edit", 60_000)),
    edited("opened files", KEPT, image=file(FOX, "opened"), mask=file(MASK, "opened")),
    edited(
        "three images and a mask",
        KEPT,
        KEPT,
        image=[file(FOX), file(OWL), file(HEN)],
        mask=file(MASK, "named"),
        n=2,
        sees={"size": KEPT, **ran("edit", 120_000)},
    ),
]

PYTHON_SHAPES: Final = [
    edited("a Path", ANEW, image=file(FOX, "path"), body=FORM),
    edited("a BytesIO", ANEW, image=file(FOX, "stream"), body=FORM),
    edited("a tuple without type", ANEW, image=file(FOX, "typeless")),
    edited("a tuple without name", ANEW, image=file(FOX, "nameless")),
    edited("a tuple without name and type", ANEW, image=file(FOX, "bare")),
    edited("a tuple of an opened file under another name and type", ANEW, image=file(FOX, "opened as")),
    edited(
        "nameless tuples, several and a mask",
        KEPT,
        image=[file(FOX, "nameless"), file(OWL, "bare")],
        mask=file(MASK, "bare"),
    ),
    edited("None for what was not chosen", ANEW, size=None, user=None, mask=None, stream=None),
    unedited(
        "an empty list",
        {**BAD, "code": "missing_required_parameter", "param": "image"},
        image=[],
    ),
]

NODE_SHAPES: Final = [
    edited("a read stream has no length", ANEW, image=file(FOX, "opened"), body=CHUNKED),
    edited("toFile of a read stream", ANEW, image=file(FOX, "stream"), body=FORM),
    edited("a File", ANEW, image=file(FOX, "file"), body=FORM),
    edited("a Response", ANEW, image=file(FOX, "response"), body=FORM),
    edited(
        "read streams in an array",
        KEPT,
        image=[file(FOX, "opened"), file(OWL, "opened")],
        mask=file(MASK, "opened"),
        body=CHUNKED,
        stream=False,
    ),
    unedited(
        "a Blob without a name is left out",
        {
            **BAD,
            "code": "missing_required_parameter",
            "param": "image",
            "message": re.compile("toFile"),
        },
        image=file(FOX, "blob"),
    ),
    Scenario(
        "edit: null never leaves",
        {
            "call": "edit",
            "args": {"prompt": "a red fox", "size": None},
            "files": {"image": file(FOX)},
            "local": True,
        },
        {"attempts": 0, "error": {"class": "TypeError"}},
    ),
]

FORMATS: Final = [
    edited("dall-e-2 answers with links", ANEW, model="dall-e-2", url=True),
    edited("dall-e-2 with base64", ANEW, model="dall-e-2", response_format="b64_json"),
    edited("gpt-image-1 answers with base64", ANEW, ANEW, model="gpt-image-1", n=2),
    edited(
        "gpt-image-1 with a link",
        KEPT,
        mask=file(MASK),
        model="gpt-image-1",
        response_format="url",
        url=True,
    ),
    edited("an empty text is none", ANEW, size="", user=""),
    edited(
        "three fields as text",
        KEPT,
        mask=file(MASK),
        quality="low",
        n=1,
        stream=False,
        sees={"quality": "low", "ideogate": {"warnings": []}},
    ),
]

OPERATIONS: Final = [
    edited(
        "remix in a square",
        SQUARE,
        extra={"operation": "remix"},
        size="1024x1024",
        sees={"size": SQUARE, **ran("remix", 60_000)},
    ),
    edited(
        "reframe",
        "1248x832",
        extra={"operation": "reframe"},
        size="1536x1024",
        sees=ran("reframe", 60_000),
    ),
    edited(
        "replace the background",
        KEPT,
        extra={"operation": "replace_background"},
        sees=ran("replace_background", 60_000),
    ),
    edited(
        "upscale",
        "1280x800",
        extra={"operation": "upscale", "resemblance": 60, "detail": 40},
        sees=ran("upscale", 60_000, "ideogram-upscale"),
    ),
    edited(
        "edit of Ideogram 2.0 Turbo",
        KEPT,
        mask=file(MASK),
        model="ideogram-v2-turbo",
        sees=ran("edit", 50_000, "ideogram-v2-turbo"),
    ),
    edited(
        "remix of Ideogram 1.0",
        SQUARE,
        image=file(OWL),
        model="V_1",
        sees=ran("remix", 60_000, "ideogram-v1"),
    ),
]

POLARITIES: Final = [
    edited(
        f"mask_polarity {polarity}",
        KEPT,
        mask=file(mask, "named"),
        extra={"mask_polarity": polarity},
        sees={"ideogate": {"warnings": []}},
    )
    for polarity, mask in (
        ("alpha", MASK),
        ("black_edits", BLACK_LEFT),
        ("white_edits", BLACK_LEFT),
    )
]


def quoted(name: str, fields: Seen, **ask: Any) -> Scenario:
    """A dry run: the fields that would go to Ideogram."""
    found = edited(name, headers={"x-ideogate-dry-run": "true"}, **ask)
    return found._replace(sees={"attempts": 1, "reply": {"calls": [{"images": 1, "fields": fields}]}})


NATIVES: Final = [
    quoted(
        f"input_fidelity {asked or 'absent'}",
        {"image_weight": weight},
        **({"input_fidelity": asked} if asked else {}),
    )
    for asked, weight in (("low", "30"), (None, "50"), ("high", "80"))
] + [
    quoted(
        "native fields as text",
        {
            "image_weight": "70",
            "magic_prompt": "OFF",
            "negative_prompt": "rain",
            "style_type": "REALISTIC",
            "rendering_speed": "TURBO",
            "aspect_ratio": "3x1",
            "seed": "7",
        },
        extra={
            "operation": "remix",
            "image_weight": 70,
            "magic_prompt": "off",
            "negative_prompt": "rain",
            "style_type": "realistic",
            "rendering_speed": "turbo",
            "aspect_ratio": "3:1",
            "seed": 7,
        },
    ),
    edited("style codes", ANEW, extra={"style_codes": ["A1B2C3D4", "0F0F0F0F"]}),
    edited(
        "a palette of two",
        ANEW,
        extra={
            "color_palette": {
                "members": [
                    {"color_hex": "#FF0000", "color_weight": 0.75},
                    {"color_hex": "#00FF00", "color_weight": 0.25},
                ]
            }
        },
    ),
    edited(
        "seeds with a mask",
        KEPT,
        KEPT,
        mask=file(MASK),
        n=2,
        extra={"seed": 7},
        sees={"data": [{"seed": 7}, {"seed": 8}]},
    ),
]


def data_url(picture: str) -> str:
    kind = "jpeg" if picture.endswith(".jpg") else picture.rpartition(".")[2]
    return f"data:image/{kind};base64,{base64.b64encode(PICTURES[picture]).decode()}"


REFERENCES: Final = [
    edited(
        "style references as data URLs",
        KEPT,
        mask=file(MASK),
        extra={"style_reference_images": [data_url(OWL), data_url(HEN)]},
        sees={"ideogate": {"warnings": []}},
    )
]

VARIATIONS: Final = [
    Scenario(
        f"variation: {name}",
        {"call": "variation", "args": args, "files": {"image": file(FOX, shape)}},
        {
            "attempts": 1,
            "reply": {"type": "ImagesResponse", "created": int, **ran("remix", cost)},
        },
        (ANEW,) * args.get("n", 1),
        url,
    )
    for name, shape, args, cost, url in (
        ("two of an opened file", "opened", {"n": 2}, 130_000, False),
        ("links of dall-e-2", "named", {"model": "dall-e-2"}, 70_000, True),
        ("base64 of dall-e-2", "bytes", {"model": "dall-e-2", "response_format": "b64_json"}, 70_000, False),
    )
]

DESCRIPTIONS: Final = [
    Scenario(
        f"description: {name}",
        {"call": "post", "path": "/images/descriptions", **ask},
        {
            "attempts": 1,
            "body": body,
            "posted": {
                "created": int,
                "data": [{"text": re.compile("640 x 400")}],
                **ran("describe", 10_000, "ideogram-describe"),
            },
        },
    )
    for name, ask, body in (
        ("of a form", {"args": {"model": "dall-e-2"}, "files": {"image": file(FOX, "named")}}, FORM),
        ("of JSON", {"args": {"images": [{"image_url": data_url(FOX)}]}}, "application/json"),
    )
]

AS_JSON: Final = Scenario(
    "edit: as JSON",
    {
        "call": "post",
        "path": "/images/edits",
        "args": {
            "prompt": "a red fox",
            "images": [{"image_url": data_url(FOX)}],
            "mask": {"image_url": data_url(MASK)},
            "n": 2,
        },
    },
    {
        "attempts": 1,
        "body": "application/json",
        "posted": {"size": KEPT, "data": [{"head": re.compile("^89504e47")}] * 2},
    },
)

INVALID: Final = {**BAD, "code": "invalid_value"}
NO_MASK: Final = {**BAD, "code": "invalid_mask", "param": "mask"}
NO_IMAGE: Final = {**BAD, "code": "invalid_image_file"}

REFUSALS: Final = [
    unedited("a key nobody has", STRANGER, key=key_of("nobody")),
    unedited("a page named .png", {**NO_IMAGE, "param": "image"}, image=file("page.png", "opened")),
    unedited("no bytes at all", {**NO_IMAGE, "param": "image"}, image=file("empty.png")),
    unedited(
        "the second of two cut short",
        {**NO_IMAGE, "param": "image[1]"},
        image=[file(FOX), file("cut.png")],
    ),
    unedited(
        "seventeen images", {**INVALID, "param": "image"}, image=[file(FOX) for _ in range(17)]
    ),
    unedited("a mask of another size", NO_MASK, mask=file("small-mask.png")),
    unedited("a mask that keeps everything", NO_MASK, mask=file("opaque.png")),
    unedited(
        "a mask without transparency is told of mask_polarity",
        {**NO_MASK, "message": re.compile("mask_polarity")},
        mask=file(BLACK_LEFT),
    ),
    unedited(
        "a mask for Ideogram 1.0", {**BAD, "param": "model"}, mask=file(MASK), model="ideogram-v1"
    ),
    unedited(
        "an operation nobody has",
        {**INVALID, "param": "operation"},
        extra={"operation": "remove_object"},
    ),
    unedited("reframe without a size", {**BAD, "param": "size"}, extra={"operation": "reframe"}),
    unedited(
        "a model nobody sells",
        {
            **INVALID,
            "type": "image_generation_user_error",
            "param": "model",
            "message": re.compile("does not exist"),
        },
        model="no-such-model",
    ),
    unedited("no prompt", {**BAD, "param": "prompt"}, prompt=""),
    unedited("a transparent background", {**BAD, "param": "background"}, background="transparent"),
    unedited(
        "a field misspelt",
        {**BAD, "code": "unknown_parameter", "param": "image_wieght"},
        extra={"image_wieght": 70},
    ),
    unedited("a prompt Ideogram refuses", BLOCKED, prompt="[[fault:422]]"),
    Scenario(
        "edit: a stream that is refused before it begins",
        {
            "call": "edit",
            "args": {"prompt": "a red fox", "stream": True},
            "files": {"image": file(FOX), "mask": file("opaque.png")},
            "max_retries": 2,
        },
        {"attempts": 1, "error": {"class": "BadRequestError", **NO_MASK}},
    ),
]

RETRIED: Final = edited(
    "a busy account, sent again from an opened file",
    KEPT,
    image=file(FOX, "named"),
    mask=file(MASK, "named"),
    prompt="[[fault:429:retry_after=1:count=1]] {run} edit",
    max_retries=2,
)._replace(sees={"attempts": 2, "reply": {"type": "ImagesResponse"}})

AZURE: Final = [
    edited("azure by model", KEPT, mask=file(MASK), azure={}, model="gpt-image-1"),
    edited(
        "azure by deployment",
        ANEW,
        azure={"azure_deployment": "ideogram-v3-turbo"},
        image=[file(FOX), file(OWL)],
        model="gpt-image-1",
    ),
    unedited("azure with a key nobody has", STRANGER, azure={}, key=key_of("nobody"), model="x"),
]

STREAM: Final = Scenario(
    "edit: a stream of two",
    {
        "call": "edit",
        "args": {"prompt": "a red fox", "n": 2, "stream": True},
        "files": {"image": [file(FOX), file(OWL)], "mask": file(MASK)},
    },
    {
        "attempts": 1,
        "events": [
            {
                "type": "image_edit.completed",
                "created_at": int,
                "size": KEPT,
                "quality": "medium",
                "background": "opaque",
                "output_format": "png",
                "usage": {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0},
            }
        ]
        * 2,
    },
)

RAW: Final = edited(
    "raw response", ANEW, ANEW, model="dall-e-2", n=2, quality="high", raw=True, url=True
)._replace(
    sees={
        "attempts": 1,
        "reply": {"type": "ImagesResponse"},
        "headers": {
            "content-type": re.compile(r"^application/json"),
            "x-request-id": re.compile(r"^req_\w+$"),
            "x-ideogate-cost-usd": "0.180000",
            "x-ideogate-images-requested": "2",
            "x-ideogate-images-delivered": "2",
            "x-ideogate-images-billed": "2",
            "x-ideogate-warnings": re.compile("redrawn"),
        },
    }
)

# What a transport of its own could break, as in scenarios.CORE.
EDITS_CORE: Final = (
    *SHAPES,
    *FORMATS,
    *REFUSALS,
    RETRIED,
    *AZURE,
    STREAM,
    RAW,
    *VARIATIONS[:1],
    *DESCRIPTIONS,
)
EDITS: Final = (
    *EDITS_CORE,
    *OPERATIONS,
    *POLARITIES,
    *NATIVES,
    *REFERENCES,
    *VARIATIONS[1:],
    AS_JSON,
)
