"""Bad bodies about projects, accounts and keys: each refused by the name of what is wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.openai.organization_asks import (
    read_create_admin_key,
    read_create_key,
    read_create_project,
    read_create_service_account,
    read_nothing,
    read_update_key,
    read_update_project,
    read_update_service_account,
)
from config.limits import MOST_RATE, MOST_SPEND
from tests.adapters.openai.asking import refused_by

Read = Callable[[bytes], Any]

SPEND = {"threshold_amount": 500, "currency": "USD", "interval": "day"}
LIFE = 36_500 * 86_400
BAD: list[tuple[Read, dict[str, Any], str, str]] = [
    (read_create_project, {}, "missing_required_parameter", "name"),
    (read_create_project, {"name": None}, "invalid_type", "name"),
    (read_create_project, {"name": 5}, "invalid_type", "name"),
    (read_create_project, {"name": ""}, "invalid_value", "name"),
    (read_create_project, {"name": "   "}, "invalid_value", "name"),
    (read_create_project, {"name": "a\nb"}, "invalid_value", "name"),
    (read_create_project, {"name": "a\0b"}, "invalid_value", "name"),
    (read_create_project, {"name": "a\u202eb"}, "invalid_value", "name"),
    (read_create_project, {"name": "x" * 101}, "string_above_max_length", "name"),
    (read_create_project, {"name": "a", "spent": 4}, "unknown_parameter", "spent"),
    (read_create_project, {"name": "a", "Name": "b"}, "unknown_parameter", "Name"),
    (read_create_project, {"name": "a", "geography": "EU"}, "unsupported_parameter", "geography"),
    (read_create_project, {"name": "a", "residency": {}}, "unsupported_parameter", "residency"),
    (read_update_project, {"external_key_id": "x"}, "unsupported_parameter", "external_key_id"),
    (read_update_project, {"archived": True}, "unknown_parameter", "archived"),
    (read_update_project, {"tags": []}, "invalid_type", "tags"),
    (read_update_project, {"tags": {"Cost Center": "1"}}, "invalid_value", "tags"),
    (read_update_project, {"tags": {"a" * 41: "1"}}, "invalid_value", "tags"),
    (read_update_project, {"tags": {"": "1"}}, "invalid_value", "tags"),
    (read_update_project, {"tags": {"a": 5}}, "invalid_type", "tags.a"),
    (read_update_project, {"tags": {"a": "x" * 201}}, "string_above_max_length", "tags.a"),
    (read_update_project, {"tags": {f"t{n}": "1" for n in range(21)}}, "invalid_value", "tags"),
    (read_update_project, {"contact": "x" * 201}, "string_above_max_length", "contact"),
    (read_update_project, {"charge_withheld": "nobody"}, "invalid_value", "charge_withheld"),
    (read_update_project, {"unknown_parameters": "Near"}, "invalid_value", "unknown_parameters"),
    (read_update_project, {"limits": 5}, "invalid_type", "limits"),
    (read_update_project, {"limits": {"spend": 1}}, "unknown_parameter", "limits.spend"),
    (read_update_project, {"limits": {"speeds": []}}, "invalid_value", "limits.speeds"),
    (read_update_project, {"limits": {"speeds": ["turbo"]}}, "invalid_value", "limits.speeds[0]"),
    (read_update_project, {"limits": {"operations": "edit"}}, "invalid_type", "limits.operations"),
    (
        read_update_project,
        {"limits": {"requests_minute": MOST_RATE + 1}},
        "integer_above_max_value",
        "limits.requests_minute",
    ),
    (read_update_key, {"limits": {"requests_day": 1}}, "unknown_parameter", "limits.requests_day"),
    (
        read_update_key,
        {"limits": {"spend_request_microusd": MOST_SPEND + 1}},
        "integer_above_max_value",
        "limits.spend_request_microusd",
    ),
    (
        read_update_key,
        {"limits": {"images_request": -1}},
        "integer_below_min_value",
        "limits.images_request",
    ),
    (read_create_service_account, {"name": "a", "role": "owner"}, "unknown_parameter", "role"),
    (
        read_create_service_account,
        {"name": "a", "create_service_account_only": "true"},
        "invalid_type",
        "create_service_account_only",
    ),
    (
        read_create_service_account,
        {"name": "a", "create_service_account_only": True, "expires_in_seconds": 60},
        "mutually_exclusive_parameters",
        "expires_in_seconds",
    ),
    (read_update_service_account, {"role": "none"}, "invalid_value", "role"),
    (read_create_key, {"expires_in_seconds": 0}, "integer_below_min_value", "expires_in_seconds"),
    (
        read_update_key,
        {"expires_in_seconds": LIFE + 1},
        "integer_above_max_value",
        "expires_in_seconds",
    ),
    (read_update_key, {"scopes": "api.all.read"}, "invalid_type", "scopes"),
    (read_update_key, {"scopes": ["api.all"]}, "invalid_value", "scopes[0]"),
    (read_update_key, {"scopes": [None]}, "invalid_type", "scopes[0]"),
    (read_update_key, {"spent": 0}, "unknown_parameter", "spent"),
    (read_update_key, {"spend_limits": SPEND}, "invalid_type", "spend_limits"),
    (
        read_update_key,
        {"spend_limits": [SPEND, SPEND | {"threshold_amount": 1}]},
        "invalid_value",
        "spend_limits",
    ),
    (read_update_key, {"spend_limits": [SPEND] * 5}, "invalid_value", "spend_limits"),
    (read_update_key, {"spend_limits": [5]}, "invalid_type", "spend_limits[0]"),
    (
        read_update_key,
        {"spend_limits": [SPEND | {"interval": "year"}]},
        "invalid_value",
        "spend_limits[0].interval",
    ),
    (
        read_update_key,
        {"spend_limits": [SPEND | {"spent": 5}]},
        "unknown_parameter",
        "spend_limits[0].spent",
    ),
    (
        read_update_key,
        {"models": {"mode": "allow_list"}},
        "missing_required_parameter",
        "models.model_ids",
    ),
    (read_create_admin_key, {"name": "a", "role": "Owner"}, "invalid_value", "role"),
    (read_create_admin_key, {"name": "a", "projects": []}, "invalid_value", "projects"),
    (read_create_admin_key, {"name": "a", "projects": ["a b"]}, "invalid_value", "projects[0]"),
    (
        read_create_admin_key,
        {"name": "a", "projects": ["x" * 101]},
        "string_above_max_length",
        "projects[0]",
    ),
    (read_create_admin_key, {"name": "a", "scopes": []}, "unknown_parameter", "scopes"),
    (read_nothing, {"force": True}, "unknown_parameter", "force"),
]


@pytest.mark.parametrize(("read", "asked", "code", "param"), BAD, ids=lambda v: str(v)[:40])
def test_a_bad_value_is_refused_by_name(
    read: Read, asked: dict[str, Any], code: str, param: str
) -> None:
    error = refused_by(read, json.dumps(asked).encode())
    assert (error.shape.status, error.code, error.param) == (400, code, param)


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"5", b"null", b"{", b"{'a': 1}", b"\xff", b"{}}"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert refused_by(read_update_key, body).code in ("invalid_type", "invalid_json")


def test_a_message_names_what_a_body_may_be() -> None:
    assert '{"name": "shop"}' in refused_by(read_create_project, b"[]").message
    assert "`limits.speeds`?" in refused_by(read_update_key, b'{"limits": {"speed": 1}}').message
    unknown = refused_by(read_create_project, b'{"name": "a", "spent": 1}').message
    assert unknown == (
        "Unknown field `spent`: there are name, tags, contact, charge_withheld, "
        "unknown_parameters and limits."
    )
    assert "none is taken" in refused_by(read_nothing, b'{"x": 1}').message
    said = refused_by(read_update_key, json.dumps({"x" * 500: 1}).encode())
    assert len(said.param or "") < 80


@pytest.mark.parametrize(
    "body", [b'{"name": "' + b"x" * 70_000 + b'"}', b'{"tags":' * 30_000], ids=["long", "deep"]
)
def test_a_body_beyond_all_fields_is_refused_unread(body: bytes) -> None:
    refused_by(read_create_project, body, 413)


def test_depth_is_no_way_in() -> None:
    refused_by(read_create_project, b'{"tags":' * 3_000 + b"1" + b"}" * 3_000)
