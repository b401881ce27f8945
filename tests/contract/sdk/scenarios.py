"""What an app asks through an official SDK, and what it must see: one table for every SDK."""

import re
from typing import Any, Final, NamedTuple

from tests.contract.gateway import key_of

Seen = dict[str, Any]


class Scenario(NamedTuple):
    """`ask` is played by a client script; what it saw must contain `sees`.

    In `sees` a pattern stands for a text that holds it, a type for any value of it. `pictures` are
    the pixels of every picture, in order; `url` whether they come as links.
    """

    name: str
    ask: Seen
    sees: Seen
    pictures: tuple[str, ...] = ()
    url: bool = False


def differences(expected: object, seen: object, where: str = "") -> list[str]:
    """Where what was seen does not contain what was expected."""
    match expected:
        case dict():
            found = seen if isinstance(seen, dict) else {}
            return [
                line
                for name, value in expected.items()
                for line in differences(value, found.get(name, "nothing"), f"{where}.{name}")
            ]
        case list() if isinstance(seen, list) and len(seen) == len(expected):
            pairs = enumerate(zip(expected, seen, strict=True))
            return [line for i, (a, b) in pairs for line in differences(a, b, f"{where}[{i}]")]
        case re.Pattern():
            fits = isinstance(seen, str) and bool(expected.search(seen))
        case type():
            fits = isinstance(seen, expected)
        case _:
            fits = type(expected) is type(seen) and expected == seen
    return [] if fits else [f"{where}: expected {expected!r}, saw {seen!r}"]


def drawn(
    name: str, *pixels: str, url: bool = False, sees: Seen | None = None, **ask: Any
) -> Scenario:
    """A call that draws. Keywords `extra`, `headers`, `azure`, ... go beside the arguments."""
    beside = {key: ask.pop(key) for key in BESIDE if key in ask}
    reply = {"type": "ImagesResponse", "created": int, **(sees or {})}
    whole = {"args": {"prompt": "a red fox in the snow", **ask}, **beside}
    return Scenario(name, whole, {"attempts": 1, "reply": reply}, pixels, url)


def refused(name: str, error: Seen, **ask: Any) -> Scenario:
    """A call that is refused at the first attempt, although the SDK would retry."""
    beside = {key: ask.pop(key) for key in BESIDE if key in ask}
    whole = {"args": {"prompt": "a red fox", **ask}, "max_retries": 2, **beside}
    told = {"message": re.compile("."), "request_id": re.compile(r"^req_"), **error}
    return Scenario(name, whole, {"attempts": 1, "error": told})


BESIDE: Final = (
    "call",
    "files",
    "extra",
    "headers",
    "azure",
    "key",
    "raw",
    "base_url",
    "max_retries",
)
SQUARE: Final = "1024x1024"

COUNTS: Final = [
    drawn("one image", SQUARE, model="gpt-image-1", sees={"ideogate": {"cost_microusd": 60_000}}),
    drawn("two images", SQUARE, SQUARE, model="gpt-image-1", n=2),
    drawn(
        "ten images",
        *[SQUARE] * 10,
        model="ideogram-v3-turbo",
        n=10,
        sees={"ideogate": {"cost_microusd": 300_000, "cost_usd": "0.300000"}},
    ),
    drawn("no model named", SQUARE, sees={"ideogate": {"model": "ideogram-v3"}}),
]

SIZES: Final = [
    drawn(
        f"{model} at {asked}",
        sent,
        model=model,
        size=asked,
        response_format="b64_json",
        sees={"size": sent},
    )
    for model, asked, sent in (
        ("gpt-image-1", "auto", SQUARE),
        ("gpt-image-1", "1024x1024", SQUARE),
        ("gpt-image-1", "1536x1024", "1248x832"),
        ("gpt-image-1", "1024x1536", "832x1248"),
        ("gpt-image-2", "3840x2160", "1312x736"),
        ("dall-e-2", "256x256", SQUARE),
        ("dall-e-2", "512x512", SQUARE),
        ("dall-e-3", "1792x1024", "1344x768"),
        ("dall-e-3", "1024x1792", "768x1344"),
        ("ideogram-v2", "1792x1024", "1344x768"),
        ("ideogram-v1", "1536x1024", "1152x768"),
    )
]

QUALITIES: Final = [
    drawn(
        f"quality {asked}",
        SQUARE,
        quality=asked,
        sees={"quality": told, "ideogate": {"cost_microusd": cost, "warnings": []}},
    )
    for asked, told, cost in (
        ("auto", "medium", 60_000),
        ("low", "low", 30_000),
        ("medium", "medium", 60_000),
        ("high", "high", 90_000),
        ("standard", "medium", 60_000),
        ("hd", "high", 90_000),
        ("xhigh", "high", 90_000),
        ("max", "high", 90_000),
    )
]

FORMATS: Final = [
    drawn("dall-e-3 answers with links", SQUARE, model="dall-e-3", url=True),
    drawn("dall-e-2 answers with links", SQUARE, SQUARE, model="dall-e-2", n=2, url=True),
    drawn("dall-e-3 with base64 asked for", SQUARE, model="dall-e-3", response_format="b64_json"),
    drawn("gpt-image-1 answers with base64", SQUARE, model="gpt-image-1"),
    drawn(
        "gpt-image-1 with links asked for",
        SQUARE,
        model="gpt-image-1",
        response_format="url",
        url=True,
    ),
]

PIXEL: Final = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
UNWARNED: Final = {"ideogate": {"warnings": []}}

NATIVES: Final = [
    drawn(f"native {name}={value}", *pixels, extra={name: value}, sees=UNWARNED, **ask)
    for pixels, name, value, ask in (
        ((SQUARE, SQUARE), "num_images", 2, {}),
        (("1312x736",), "aspect_ratio", "16x9", {}),
        (("1312x736",), "aspect_ratio", "16:9", {}),
        (("1312x736",), "aspect_ratio", "ASPECT_16_9", {}),
        (("1280x800",), "aspect_ratio", "SPECT_16_10", {}),
        (("1312x736",), "aspect_ratio", "aspect_16_9", {"model": "V_2"}),
        (("1344x768",), "resolution", "1344x768", {}),
        (("1344x768",), "resolution", "RESOLUTION_1344_768", {}),
        (("1280x720",), "resolution", "1280x720", {"model": "ideogram/V_2_TURBO"}),
        ((SQUARE,), "magic_prompt", "off", {}),
        ((SQUARE,), "magic_prompt_option", "ON", {}),
        ((SQUARE,), "rendering_speed", "turbo", {}),
        ((SQUARE,), "negative_prompt", "blurry", {}),
        ((SQUARE,), "style_type", "realistic", {}),
        ((SQUARE,), "style_preset", "watercolor", {}),
        ((SQUARE,), "style_codes", ["A1B2C3D4"], {}),
        ((SQUARE,), "style_reference_images", [PIXEL], {}),
        ((SQUARE,), "color_palette", {"name": "EMBER"}, {}),
        ((SQUARE,), "color_palette", {"members": [{"color_hex": "#FF0000"}]}, {}),
    )
] + [
    drawn("native seed", SQUARE, extra={"seed": 42}, sees={"data": [{"seed": 42}]}),
    drawn(
        "native seed with three images",
        *[SQUARE] * 3,
        n=3,
        extra={"seed": 7},
        sees={"data": [{"seed": 7}, {"seed": 8}, {"seed": 9}]},
    ),
    drawn(
        "a field nobody knows",
        SQUARE,
        extra={"zzz_not_a_field": 1},
        sees={"ideogate": {"warnings": [{"param": "zzz_not_a_field", "message": str}]}},
    ),
]

BAD: Final = {"class": "BadRequestError", "status": 400, "type": "invalid_request_error"}
STRANGER: Final = {
    "class": "AuthenticationError",
    "status": 401,
    "type": "invalid_request_error",
    "code": "invalid_api_key",
    "param": None,
}

REFUSALS: Final = [
    refused("a key nobody has", STRANGER, key=key_of("nobody")),
    refused("a key that is none", STRANGER, key="sk-proj-not-one-of-ours"),
    refused("size 0x0", {**BAD, "code": "invalid_value", "param": "size"}, size="0x0"),
    refused("size too wide", {**BAD, "code": "invalid_value", "param": "size"}, size="4096x256"),
    refused(
        "a model nobody sells",
        {
            **BAD,
            "type": "image_generation_user_error",
            "code": "invalid_value",
            "param": "model",
            "message": re.compile("does not exist"),
        },
        model="no-such-model",
    ),
    refused(
        "a prompt too long",
        {**BAD, "code": "string_above_max_length", "param": "prompt"},
        prompt="x" * 32_001,
    ),
    refused("n of 0", {**BAD, "code": "integer_below_min_value", "param": "n"}, n=0),
    refused("n of 11", {**BAD, "code": "integer_above_max_value", "param": "n"}, n=11),
    refused("quality ultra", {**BAD, "code": "invalid_value", "param": "quality"}, quality="ultra"),
    refused("transparent background", {**BAD, "param": "background"}, background="transparent"),
    refused(
        "a field misspelt",
        {
            **BAD,
            "code": "unknown_parameter",
            "param": "negative_promt",
            "message": re.compile("negative_prompt"),
        },
        extra={"negative_promt": "blurry"},
    ),
    refused(
        "a warning under the strict header",
        {**BAD, "code": "warning_refused"},
        style="natural",
        model="ideogram-v1",
        headers={"x-ideogate-strict": "true"},
    ),
]

MODELS: Final = [
    Scenario(
        f"the model {name}",
        {"call": "models", "model": name},
        {"attempts": 1, "model": {"id": name, "object": "model", "created": int, "owned_by": str}},
    )
    for name in ("ideogram-v3", "gpt-image-1", "ideogram/V_2_TURBO")
] + [
    Scenario(
        "a model nobody sells, by id",
        {"call": "models", "model": "no-such-model", "max_retries": 2},
        {
            "attempts": 1,
            "error": {"class": "NotFoundError", "status": 404, "code": "model_not_found"},
        },
    ),
]

DRY_RUN: Final = Scenario(
    "a dry run",
    {
        "args": {"prompt": "a red fox", "model": "dall-e-3", "size": "1792x1024", "n": 10},
        "headers": {"x-ideogate-dry-run": "true"},
    },
    {
        "attempts": 1,
        "reply": {
            "price_microusd": 600_000,
            "price_usd": "0.600000",
            "upstream": "sandbox",
            "calls": [
                {"images": 8, "fields": {"resolution": "1344x768", "num_images": "8"}},
                {"images": 2, "fields": {"resolution": "1344x768", "num_images": "2"}},
            ],
        },
    },
)

MODEL_LIST: Final = Scenario("the models", {"call": "models"}, {"attempts": 1, "models": list})

# Faults that the sandbox plays when a prompt asks for them. `{run}` differs in every play.
BLOCKED: Final = {**BAD, "type": "image_generation_user_error", "code": "moderation_blocked"}
BROKEN: Final = {"class": "InternalServerError", "type": "server_error", "param": None}

FAULTS: Final = [
    refused("a prompt Ideogram refuses", BLOCKED, prompt="[[fault:422]]", model="gpt-image-1"),
    refused(
        "a prompt Ideogram refuses, for dall-e",
        {**BAD, "code": "content_policy_violation"},
        prompt="[[fault:422]]",
        model="dall-e-3",
    ),
    refused("every image withheld", BLOCKED, prompt="[[fault:unsafe]]", n=2),
    refused(
        "an answer that was lost",
        {**BROKEN, "status": 502, "code": "upstream_outcome_unknown"},
        prompt="[[fault:truncated]]",
    ),
    refused(
        "an account without funds",
        {**BROKEN, "status": 503, "code": "upstream_unavailable"},
        prompt="[[fault:402]]",
    ),
    refused(
        "a busy account, retries off",
        {
            "class": "RateLimitError",
            "status": 429,
            "type": "requests",
            "code": "rate_limit_exceeded",
            "message": re.compile(r"try again in \d+(\.\d+)?s"),
        },
        prompt="[[fault:429:retry_after=1:count=1]] {run}",
        max_retries=0,
    ),
    drawn(
        "a busy account, retries on",
        SQUARE,
        prompt="[[fault:429:retry_after=1:count=1]] {run} again",
        max_retries=2,
    )._replace(sees={"attempts": 2, "reply": {"type": "ImagesResponse"}}),
    Scenario(
        "a stream that is refused on its way",
        {"args": {"prompt": "[[fault:422]]", "stream": True}},
        {"attempts": 1, "error": {"class": "APIError", "code": "moderation_blocked"}},
    ),
]

AZURE: Final = [
    drawn("azure by model", SQUARE, azure={}, model="gpt-image-1"),
    drawn(
        "azure by deployment",
        SQUARE,
        azure={"azure_deployment": "ideogram-v3-turbo"},
        model="gpt-image-1",
        sees={"ideogate": {"model": "ideogram-v3-turbo", "cost_microusd": 30_000}},
    ),
    refused(
        "azure with a key nobody has", STRANGER, azure={}, model="dall-e-3", key=key_of("nobody")
    ),
    Scenario("azure models", {"call": "models", "azure": {}}, {"attempts": 1, "models": list}),
]

STREAM: Final = Scenario(
    "a stream of two",
    {
        "args": {
            "prompt": "a red fox",
            "model": "gpt-image-1",
            "n": 2,
            "stream": True,
            "size": "1792x1024",
        }
    },
    {
        "attempts": 1,
        "events": [
            {
                "type": "image_generation.completed",
                "created_at": int,
                "size": "1344x768",
                "quality": "medium",
                "background": "opaque",
                "output_format": "png",
                "usage": {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0},
            }
        ]
        * 2,
    },
)

RAW: Final = drawn(
    "raw response", SQUARE, SQUARE, model="dall-e-3", n=2, raw=True, url=True
)._replace(
    sees={
        "attempts": 1,
        "reply": {"type": "ImagesResponse"},
        "headers": {
            "content-type": re.compile(r"^application/json"),
            "x-request-id": re.compile(r"^req_\w+$"),
            "x-ideogate-cost-usd": "0.120000",
            "x-ideogate-images-requested": "2",
            "x-ideogate-images-delivered": "2",
            "x-ideogate-images-billed": "2",
            "x-ideogate-sandbox": "true",
        },
    }
)

# What a transport of its own could break; the rest is told by the gateway alike to every client.
CORE: Final = (
    *COUNTS,
    *FORMATS,
    *REFUSALS,
    *FAULTS,
    *MODELS,
    MODEL_LIST,
    *AZURE,
    STREAM,
    RAW,
    DRY_RUN,
)
ALL: Final = (*CORE, *SIZES, *QUALITIES, *NATIVES)
