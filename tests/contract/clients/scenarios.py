"""What apps ask through LangChain, the AI SDK and LiteLLM, and what they must find."""

import re
from typing import Any, Final

from tests.contract.gateway import key_of
from tests.contract.sdk.scenarios import Scenario, Seen

GENERATIONS: Final = "/v1/images/generations"
SQUARE: Final = "1024x1024"
FOX: Final = "a red fox in the snow"
BLOCKED: Final = "[[fault:422]]"
NOBODY: Final = key_of("nobody")


def sends(*requests: str, path: str = GENERATIONS) -> Seen:
    """Every request that went out, each as its field names in the order of the alphabet."""
    return {"sent": [{"path": path, "fields": request.split()} for request in requests]}


def drawn(
    name: str, *pixels: str, url: bool = False, sees: Seen | None = None, **ask: Any
) -> Scenario:
    return Scenario(
        name, {"prompt": FOX, "args": {}, **ask}, {"reply": {}, **(sees or {})}, pixels, url
    )


def failed(name: str, error: Seen, sees: Seen | None = None, **ask: Any) -> Scenario:
    told = {"message": re.compile("."), **error}
    return Scenario(name, {"prompt": FOX, "args": {}, **ask}, {"error": told, **(sees or {})})


# LangChain for Python: never a response_format, and reads links only.
PLAIN: Final = "model n prompt size"
LANGCHAIN_PY: Final = [
    drawn("its defaults", SQUARE, url=True, sees=sends(PLAIN)),
    drawn(
        "two wide ones in high quality",
        *["1344x768"] * 2,
        url=True,
        sees=sends("model n prompt quality size"),
        args={"model": "dall-e-3", "n": 2, "size": "1792x1024", "quality": "hd"},
    ),
    drawn(
        "a name of the operator's own that begins with dall-e-",
        SQUARE,
        url=True,
        args={"model": "dall-e-turbo"},
    ),
    failed(
        "a name that answers with base64",
        {"class": "TypeError"},
        sends(PLAIN),
        args={"model": "ideogram-v3"},
    ),
    failed(
        "a wrong key",
        {"class": "AuthenticationError", "status": 401, "code": "invalid_api_key"},
        sends(PLAIN),
        key=NOBODY,
    ),
    failed(
        "a blocked prompt",
        {"class": "BadRequestError", "status": 400, "code": "content_policy_violation"},
        sends(PLAIN),
        prompt=BLOCKED,
    ),
]

# LangChain for JavaScript: always a response_format; several images are several requests.
ALL_FIELDS: Final = "model n prompt quality response_format size style"
LANGCHAIN_JS: Final = [
    drawn("its defaults", SQUARE, url=True, sees=sends(ALL_FIELDS)),
    drawn(
        "two images", SQUARE, SQUARE, url=True, sees=sends(ALL_FIELDS, ALL_FIELDS), args={"n": 2}
    ),
    drawn(
        "address and key from the environment, no style",
        SQUARE,
        url=True,
        sees=sends(ALL_FIELDS),
        environment=True,
        args={"style": "", "model": "ideogram-v3-turbo"},
    ),
    drawn(
        "base64 of a row",
        "1344x768",
        args={"model": "ideogram-v3", "responseFormat": "b64_json", "size": "1792x1024"},
    ),
    drawn(
        "two in base64",
        SQUARE,
        SQUARE,
        args={"model": "gpt-image-1", "n": 2, "dallEResponseFormat": "b64_json", "quality": "hd"},
    ),
    failed(
        "a wrong key",
        {"class": "AuthenticationError", "status": 401, "code": "invalid_api_key"},
        sends(ALL_FIELDS),
        key=NOBODY,
    ),
    failed(
        "a blocked prompt",
        {"class": "BadRequestError", "status": 400, "code": "content_policy_violation"},
        sends(ALL_FIELDS),
        prompt=BLOCKED,
    ),
]


def ai_sdk(fields: str) -> list[Scenario]:
    """Of both providers; `fields` are those of the shortest request for gpt-image-1."""
    call = {"class": "AI_APICallError"}
    return [
        drawn("its defaults", SQUARE, sees=sends(fields), model="gpt-image-1"),
        drawn("a row, portrait", "832x1248", model="ideogram-v3", args={"size": "1024x1536"}),
        drawn(
            "an aspect ratio is the SDK's own warning",
            SQUARE,
            sees={"reply": {"warnings": [{"type": "unsupported", "feature": "aspectRatio"}]}},
            model="ideogram-v3",
            args={"aspectRatio": "16:9"},
        ),
        failed(
            "a wrong key",
            {**call, "status": 401, "code": "invalid_api_key"},
            sends(fields),
            model="gpt-image-1",
            key=NOBODY,
        ),
        failed(
            "a blocked prompt",
            {**call, "status": 400, "code": "moderation_blocked"},
            sends(fields),
            model="gpt-image-1",
            prompt=BLOCKED,
            args={"maxRetries": 2},
        ),
        failed(
            "an answer that was lost, retries off",
            {**call, "status": 502, "code": "upstream_outcome_unknown"},
            sends(fields),
            model="gpt-image-1",
            prompt="[[fault:truncated]]",
        ),
    ]


# `response_format` is for names without a default of their own, of which it asks one image a call.
AI_SDK_OPENAI: Final = [
    *ai_sdk("model n prompt"),
    drawn(
        "two of dall-e-3 are two requests",
        SQUARE,
        SQUARE,
        sees=sends(*["model n prompt response_format style"] * 2),
        model="dall-e-3",
        args={"n": 2, "providerOptions": {"openai": {"style": "natural"}}},
    ),
    drawn(
        "two of a row, told that it takes ten",
        SQUARE,
        SQUARE,
        sees=sends("model n prompt quality response_format"),
        model="ideogram-v3",
        args={
            "n": 2,
            "maxImagesPerCall": 10,
            "providerOptions": {"openai": {"quality": "low"}},
        },
    ),
    failed(
        "an answer that was lost is asked for again, whatever x-should-retry says",
        {"class": "AI_RetryError", "status": 502, "code": "upstream_outcome_unknown"},
        sends(*["model n prompt"] * 2),
        model="gpt-image-1",
        prompt="[[fault:truncated]]",
        args={"maxRetries": 1},
    ),
    drawn(
        "a busy account is asked again after retry-after",
        SQUARE,
        sees=sends(*["model n prompt"] * 2),
        model="gpt-image-1",
        prompt="[[fault:429:retry_after=1:count=1]] {run}",
        args={"maxRetries": 1},
    ),
]
AI_SDK_COMPATIBLE: Final = [
    *ai_sdk("model n prompt response_format"),
    drawn(
        "two of a row with Ideogram's own fields",
        SQUARE,
        SQUARE,
        sees=sends("model n negative_prompt prompt response_format seed"),
        model="ideogram-v3",
        args={
            "n": 2,
            "providerOptions": {"ideogate": {"seed": 7, "negative_prompt": "people"}},
        },
    ),
]
# Played beside the others, since its picture is no PNG.
WEBP: Final = Scenario(
    "webp",
    {
        "prompt": FOX,
        "model": "gpt-image-1",
        "args": {"providerOptions": {"openai": {"outputFormat": "webp", "outputCompression": 60}}},
    },
    {"reply": {"types": ["image/webp"], "data": [{"head": re.compile("^52494646.{8}57454250")}]}},
)


def litellm(name: str, *pixels: str, url: bool = False, **args: Any) -> Scenario:
    ask = {"call": "generate", "args": {"prompt": FOX, **args}}
    return Scenario(name, ask, {"reply": {"created": int}}, pixels, url)


def litellm_failed(name: str, error: Seen, key: str | None = None, **args: Any) -> Scenario:
    ask = {"call": "generate", "key": key, "args": {"prompt": FOX, **args}}
    return Scenario(name, ask, {"error": error})


LITELLM: Final = [
    litellm("gpt-image-1", SQUARE, model="openai/gpt-image-1"),
    litellm(
        "two of a row, wide, with Ideogram's own fields",
        *["1248x832"] * 2,
        model="openai/ideogram-v3",
        n=2,
        size="1536x1024",
        quality="high",
        seed=7,
        negative_prompt="people",
    ),
    litellm(
        "a provider named beside the row", SQUARE, model="ideogram-v2", custom_llm_provider="openai"
    ),
    Scenario(
        "address and key from the environment",
        {
            "call": "generate",
            "environment": True,
            "args": {"model": "openai/ideogram-v2a", "prompt": FOX},
        },
        {"reply": {"created": int}},
        (SQUARE,),
    ),
    litellm("links of dall-e-3", SQUARE, url=True, model="openai/dall-e-3", style="natural"),
    litellm("base64 of dall-e-3", SQUARE, model="openai/dall-e-3", response_format="b64_json"),
    litellm(
        "links of a row",
        SQUARE,
        url=True,
        model="openai/ideogram-v3",
        extra_body={"response_format": "url"},
    ),
    litellm_failed(
        "response_format of a row is refused by LiteLLM itself",
        {"class": "UnsupportedParamsError", "message": re.compile("drop_params")},
        model="openai/ideogram-v3",
        response_format="url",
    ),
    litellm_failed(
        "a wrong key",
        {"class": "AuthenticationError", "status": 401, "message": re.compile("Incorrect API key")},
        key=NOBODY,
        model="openai/gpt-image-1",
    ),
    litellm_failed(
        "a blocked prompt for dall-e-3 is a policy violation",
        {"class": "ContentPolicyViolationError", "status": 400},
        model="openai/dall-e-3",
        prompt=BLOCKED,
    ),
    litellm_failed(
        "a blocked prompt for gpt-image-1",
        {"class": "BadRequestError", "status": 400, "message": re.compile("moderation_blocked")},
        model="openai/gpt-image-1",
        prompt=BLOCKED,
    ),
    litellm_failed(
        "an answer that was lost",
        {
            "class": "BadGatewayError",
            "status": 502,
            "message": re.compile("upstream_outcome_unknown"),
        },
        model="openai/gpt-image-1",
        prompt="[[fault:truncated]]",
    ),
]
