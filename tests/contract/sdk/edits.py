"""What an app asks of edits through an official SDK."""

import re
from typing import Any, Final

from tests.contract.gateway import key_of
from tests.contract.sdk.editing import ANEW, KEPT, edited, file, ran, unedited
from tests.contract.sdk.pictures import (
    BLACK_LEFT,
    FOX,
    HEN,
    MASK,
    OWL,
    data_url,
)
from tests.contract.sdk.scenarios import (
    BAD,
    BLOCKED,
    SQUARE,
    STRANGER,
    Scenario,
    Seen,
)
from tests.contract.sdk.shapes import SHAPES

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
        "texts, a number and a false",
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
    return found._replace(
        sees={"attempts": 1, "reply": {"calls": [{"images": 1, "fields": fields}]}}
    )


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


REFERENCES: Final = [
    edited(
        "style references as data URLs",
        KEPT,
        mask=file(MASK),
        extra={"style_reference_images": [data_url(OWL), data_url(HEN)]},
        sees={"ideogate": {"warnings": []}},
    )
]

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
        "a mask for Ideogram 1.0",
        {**BAD, "code": "operation_not_offered", "param": "mask"},
        mask=file(MASK),
        model="ideogram-v1",
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
        sees=ran("remix", 30_000, "ideogram-v3-turbo"),
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
)
EDITS: Final = (
    *EDITS_CORE,
    *OPERATIONS,
    *POLARITIES,
    *NATIVES,
    *REFERENCES,
)
