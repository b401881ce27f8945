"""How these tests ask, and how they expect to be refused."""

import json
from collections.abc import Callable
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
    return refused_by(lambda body: read_generate(body, unknown_parameters=rule), body)


def refused_by(read: Callable[[Any], object], asked: Any, status: int = 400) -> ApiError:
    """The refusal, whose message can be sent."""
    with pytest.raises(ApiError) as caught:
        read(asked)
    assert caught.value.shape.status == status
    shown = msgspec.json.decode(envelope(caught.value))["error"]
    assert shown["message"].isprintable()
    assert len(shown["message"]) < 400
    return caught.value


def refused(rule: UnknownRule = "near", **fields: Any) -> ApiError:
    return refusal(json.dumps({"prompt": "a fox"} | fields).encode(), rule)
