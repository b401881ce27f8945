"""How these tests ask, and how they expect to be refused."""

import json
from typing import Any

import msgspec
import pytest

from adapters.openai.errors import ApiError, envelope
from adapters.openai.near import UnknownRule
from adapters.openai.requests import Generate, read_generate

WORDS = {
    "quality": ("auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"),
    "style": ("vivid", "natural"),
    "response_format": ("url", "b64_json"),
    "output_format": ("png", "jpeg", "webp"),
    "background": ("auto", "opaque"),
    "moderation": ("auto", "low"),
    "complexity": ("low", "medium", "high"),
    "size_policy": ("nearest", "exact", "strict"),
}


def read(rule: UnknownRule = "near", **fields: Any) -> Generate:
    return read_generate(json.dumps({"prompt": "a fox"} | fields).encode(), unknown_parameters=rule)


def refusal(body: bytes, rule: UnknownRule = "near") -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_generate(body, unknown_parameters=rule)
    assert caught.value.shape.status == 400
    shown = msgspec.json.decode(envelope(caught.value))[
        "error"
    ]  # a message that cannot be sent is none
    assert shown["message"].isprintable()
    assert len(shown["message"]) < 400
    return caught.value


def refused(rule: UnknownRule = "near", **fields: Any) -> ApiError:
    return refusal(json.dumps({"prompt": "a fox"} | fields).encode(), rule)
