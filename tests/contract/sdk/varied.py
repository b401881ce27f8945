"""What an app asks of variations, descriptions and edits in JSON through an official SDK."""

import re
from typing import Any, Final

from tests.contract.gateway import key_of
from tests.contract.sdk.editing import ANEW, FORM, KEPT, file, ran
from tests.contract.sdk.edits import NO_IMAGE
from tests.contract.sdk.pictures import FOX, MASK, data_url
from tests.contract.sdk.scenarios import BAD, STRANGER, Scenario, Seen

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
        (
            "base64 of dall-e-2",
            "bytes",
            {"model": "dall-e-2", "response_format": "b64_json"},
            70_000,
            False,
        ),
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
        (
            "of a form",
            {"args": {"model": "dall-e-2"}, "files": {"image": file(FOX, "named")}},
            FORM,
        ),
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


def unanswered(name: str, error: Seen, **ask: Any) -> Scenario:
    return Scenario(name, {**ask, "max_retries": 2}, {"attempts": 1, "error": error})


REFUSALS: Final = [
    unanswered(
        "variation: a page named .png",
        {**NO_IMAGE, "param": "image"},
        call="variation",
        files={"image": file("page.png", "named")},
    ),
    unanswered(
        "variation: a size out of reach",
        {**BAD, "param": "size"},
        call="variation",
        args={"size": "4096x256"},
        files={"image": file(FOX)},
    ),
    unanswered(
        "variation: a key nobody has",
        STRANGER,
        call="variation",
        files={"image": file(FOX)},
        key=key_of("nobody"),
    ),
    unanswered(
        "description: no image",
        {**BAD, "code": "missing_required_parameter", "param": "images"},
        call="post",
        path="/images/descriptions",
        args={"images": []},
    ),
    unanswered(
        "description: a key nobody has",
        STRANGER,
        call="post",
        path="/images/descriptions",
        files={"image": file(FOX)},
        key=key_of("nobody"),
    ),
    unanswered(
        "edit: as JSON, a file of OpenAI's",
        {**BAD, "param": "images[0].file_id"},
        call="post",
        path="/images/edits",
        args={"prompt": "a red fox", "images": [{"file_id": "file-1"}]},
    ),
]

VARIED_CORE: Final = (*VARIATIONS[:1], *DESCRIPTIONS)
VARIED: Final = (*VARIATIONS, *DESCRIPTIONS, AS_JSON, *REFUSALS)
