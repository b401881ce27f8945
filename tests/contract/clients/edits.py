"""What apps ask of edits through the AI SDK and LiteLLM; LangChain has none."""

import re
from typing import Any, Final

from tests.contract.clients.forms import EDITS, FOX, MASK, OWL
from tests.contract.clients.scenarios import BLOCKED, NOBODY, SQUARE, drawn, failed, sends
from tests.contract.sdk.scenarios import Scenario, Seen

HAT: Final = "give the fox a hat"
WIDE: Final = "1248x832"


def shown(picture: bytes, as_file: bool = False) -> Seen:
    return {"hex": picture.hex(), "file": as_file}


def ai_sdk() -> list[Scenario]:
    """Of both providers: one image is `image`, several are `image[]`; no response_format."""
    ask: dict[str, Any] = {"prompt": HAT, "model": "gpt-image-1", "images": [shown(FOX)]}
    return [
        drawn("an image", SQUARE, sees=sends("image model n prompt", path=EDITS), **ask),
        drawn(
            "an image and its mask",
            SQUARE,
            sees=sends("image mask model n prompt", path=EDITS),
            **ask,
            mask=shown(MASK),
        ),
        drawn(
            "two images, two results, wide",
            WIDE,
            WIDE,
            sees=sends("image[] image[] model n prompt size", path=EDITS),
            **ask | {"images": [shown(FOX), shown(OWL)]},
            args={"n": 2, "size": "1536x1024"},
        ),
        drawn("a row", SQUARE, **ask | {"model": "ideogram-v3"}),
        failed(
            "a wrong key",
            {"class": "AI_APICallError", "status": 401, "code": "invalid_api_key"},
            **ask,
            key=NOBODY,
        ),
        failed(
            "a blocked prompt",
            {"class": "AI_APICallError", "status": 400, "code": "moderation_blocked"},
            **ask | {"prompt": BLOCKED},
        ),
    ]


AI_SDK_OPENAI: Final = [
    *ai_sdk(),
    drawn(
        "a faithful one",
        SQUARE,
        sees=sends("image input_fidelity model n prompt quality", path=EDITS),
        prompt=HAT,
        model="gpt-image-1",
        images=[shown(FOX)],
        args={"providerOptions": {"openai": {"inputFidelity": "high", "quality": "low"}}},
    ),
    failed(
        "dall-e-2 answers with links, which this provider cannot read",
        {"class": "AI_APICallError", "message": re.compile("Invalid JSON response")},
        prompt=HAT,
        model="dall-e-2",
        images=[shown(FOX)],
    ),
]
AI_SDK_COMPATIBLE: Final = [
    *ai_sdk(),
    drawn(
        "dall-e-2 answers with links, which this provider opens",
        SQUARE,
        prompt=HAT,
        model="dall-e-2",
        images=[shown(FOX)],
    ),
    drawn(
        "Ideogram's own fields",
        SQUARE,
        sees=sends("image image_weight model n operation prompt", path=EDITS),
        prompt=HAT,
        model="ideogram-v3",
        images=[shown(FOX)],
        args={"providerOptions": {"ideogate": {"operation": "remix", "image_weight": 70}}},
    ),
]


def litellm(
    name: str, *pixels: str, url: bool = False, files: Seen | None = None, **args: Any
) -> Scenario:
    ask = {
        "call": "edit",
        "args": {"prompt": HAT, **args},
        "files": {"image": shown(FOX), **(files or {})},
    }
    return Scenario(name, ask, {"reply": {"created": int}}, pixels, url)


def litellm_failed(name: str, error: Seen, key: str | None = None, **args: Any) -> Scenario:
    ask = {
        "call": "edit",
        "key": key,
        "args": {"prompt": HAT, **args},
        "files": {"image": shown(FOX)},
    }
    return Scenario(name, ask, {"error": error})


LITELLM: Final = [
    litellm("an image", SQUARE, model="openai/gpt-image-1"),
    litellm(
        "an open file, whose whole path is its name",
        SQUARE,
        files={"image": shown(FOX, as_file=True)},
        model="openai/gpt-image-1",
    ),
    litellm(
        "an image and its mask",
        SQUARE,
        files={"mask": shown(MASK)},
        model="openai/gpt-image-1",
    ),
    litellm(
        "two images, two results, wide",
        WIDE,
        WIDE,
        files={"image": [shown(FOX), shown(OWL, as_file=True)]},
        model="openai/ideogram-v3",
        n=2,
        size="1536x1024",
    ),
    litellm("links of dall-e-2", SQUARE, url=True, model="openai/dall-e-2"),
    litellm("links of a row", SQUARE, url=True, model="openai/ideogram-v3", response_format="url"),
    litellm(
        "Ideogram's own fields",
        SQUARE,
        model="openai/ideogram-v3",
        extra_body={"operation": "remix", "image_weight": 70},
    ),
    litellm_failed(
        "a wrong key",
        {"class": "AuthenticationError", "status": 401, "message": re.compile("Incorrect API key")},
        key=NOBODY,
        model="openai/gpt-image-1",
    ),
    litellm_failed(
        "a blocked prompt",
        {"class": "BadRequestError", "status": 400, "message": re.compile("moderation_blocked")},
        model="openai/gpt-image-1",
        prompt=BLOCKED,
    ),
]
