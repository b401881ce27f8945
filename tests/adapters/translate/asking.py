"""Shortcuts of these tests: a plan for a body, and the refusal of one."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings

from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate, read_generate
from adapters.translate.plan import Plan, Rules
from adapters.translate.quote import plan
from config.catalogue import Upstream
from config.files import shipped
from tests.adapters.translate.upstreams import AIHUBMIX

ALONE = (AIHUBMIX,)
RELAXED = settings(deadline=None, database=None)  # shared machines are slow at times


def ask(**body: Any) -> Generate:
    whole = {"prompt": "a red fox", **body}
    return read_generate(json.dumps(whole).encode(), unknown_parameters="warn")


def planned(
    *, upstreams: Sequence[Upstream] = ALONE, rules: Rules | None = None, **body: Any
) -> Plan:
    return plan(ask(**body), shipped(), upstreams, rules or Rules())


def refused(
    *, upstreams: Sequence[Upstream] = ALONE, rules: Rules | None = None, **body: Any
) -> ApiError:
    with pytest.raises(ApiError) as caught:
        planned(upstreams=upstreams, rules=rules, **body)
    return caught.value


def sent(made: Plan, candidate: int = 0) -> dict[str, Any]:
    """The fields of the first call, by name."""
    payload = made.candidates[candidate].payload(0, min(made.images, made.per_call))
    return dict(payload.fields) if payload.body is None else payload.body["image_request"]


def attempted(**body: Any) -> Plan | ApiError:
    """The plan or its refusal, where either may be right."""
    try:
        return planned(**body)
    except ApiError as refusal:
        return refusal
