"""Bodies about projects, accounts and keys, and what they come to."""

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from msgspec import UNSET

from adapters.openai.organization_asks import (
    CreateAdminKey,
    CreateKey,
    CreateProject,
    CreateServiceAccount,
    UpdateKey,
    UpdateProject,
    UpdateServiceAccount,
    read_create_admin_key,
    read_create_key,
    read_create_project,
    read_create_service_account,
    read_nothing,
    read_update_key,
    read_update_project,
    read_update_service_account,
)
from adapters.openai.organization_limit_asks import (
    KeySpendAsk,
    LimitsAsk,
    ModelsAsk,
)
from config.catalogue import Operation, Speed

Read = Callable[[bytes], Any]

SPEND = {"threshold_amount": 500, "currency": "USD", "interval": "day"}
MODELS = {"mode": "allow_list", "model_ids": ["ideogram-v3-turbo"]}
KEY_ASKED = {
    "expires_in_seconds": 3600,
    "scopes": ["api.all.read"],
    "spend_limits": [SPEND, SPEND | {"interval": "total"}],
    "limits": {"images_request": 4, "spend_request_microusd": 60_000, "speeds": ["TURBO"]},
    "models": MODELS,
}
KEY: dict[str, Any] = {
    "expires_in_seconds": 3600,
    "scopes": ("api.all.read",),
    "spend_limits": (
        KeySpendAsk(threshold_amount=500, interval="day"),
        KeySpendAsk(threshold_amount=500, interval="total"),
    ),
    "limits": LimitsAsk(images_request=4, spend_request_microusd=60_000, speeds=("TURBO",)),
    "models": ModelsAsk(mode="allow_list", model_ids=("ideogram-v3-turbo",)),
}
PROJECT_ASKED = {
    "tags": {"cost_center": "4711"},
    "contact": "ops@example.com",
    "charge_withheld": "house",
    "unknown_parameters": "refuse",
    "limits": {"requests_minute": 60, "requests_day": 0, "images_minute": 1_000_000},
}
PROJECT = PROJECT_ASKED | {
    "limits": LimitsAsk(requests_minute=60, requests_day=0, images_minute=1_000_000)
}
NONE: dict[str, None] = dict.fromkeys(("external_key_id", "geography", "residency"))

GOOD: list[tuple[Read, object, object]] = [
    (read_create_project, {"name": "Shop"}, CreateProject(name="Shop")),
    (read_create_project, {"name": "Läden 🦊", **NONE}, CreateProject(name="Läden 🦊")),
    (
        read_create_project,
        {"name": "x" * 100, **PROJECT_ASKED},
        CreateProject(name="x" * 100, **PROJECT),
    ),
    (
        read_create_project,
        {"name": "a", **dict.fromkeys(PROJECT_ASKED)},
        CreateProject(name="a"),
    ),
    (read_update_project, {}, UpdateProject()),
    (read_update_project, {"name": None}, UpdateProject()),
    (read_update_project, PROJECT_ASKED, UpdateProject(**PROJECT)),
    (
        read_create_service_account,
        {"name": "shop"},
        CreateServiceAccount(name="shop", key=CreateKey()),
    ),
    (
        read_create_service_account,
        {"name": "shop", "create_service_account_only": False, **KEY_ASKED},
        CreateServiceAccount(name="shop", key=CreateKey(**KEY)),
    ),
    (
        read_create_service_account,
        {
            "name": "shop",
            "create_service_account_only": True,
            "expires_in_seconds": None,
            "scopes": [],
        },
        CreateServiceAccount(name="shop", key=None),
    ),
    (read_update_service_account, {}, UpdateServiceAccount()),
    (read_update_service_account, {"role": "owner"}, UpdateServiceAccount(role="owner")),
    (read_create_key, {}, CreateKey()),
    (read_create_key, {"name": "a", **KEY_ASKED}, CreateKey(name="a", **KEY)),
    (read_update_key, {}, UpdateKey()),
    (read_update_key, {"name": "a", **KEY_ASKED}, UpdateKey(name="a", **KEY)),
    (read_create_admin_key, {"name": "a"}, CreateAdminKey(name="a")),
    (
        read_create_admin_key,
        {"name": "a", "role": "reader", "projects": ["proj_1", "proj_1", "proj_2"]},
        CreateAdminKey(name="a", role="reader", projects=("proj_1", "proj_2")),
    ),
    (read_nothing, {}, None),
]


@pytest.mark.parametrize(("read", "asked", "meant"), GOOD, ids=lambda v: str(v)[:40])
def test_a_body_is_read(read: Read, asked: object, meant: object) -> None:
    assert read(json.dumps(asked).encode()) == meant


def test_a_keys_limit_in_cents_becomes_micro_dollars() -> None:
    assert [limit.microusd for limit in KEY["spend_limits"]] == [5_000_000, 5_000_000]


def test_null_takes_away_what_absence_leaves() -> None:
    names = ("tags", "contact", "charge_withheld", "unknown_parameters", "limits")
    emptied = read_update_project(json.dumps(dict.fromkeys(names)).encode())
    gone = ("images_request", "spend_request_microusd", "speeds", "operations")
    rates = ("requests_minute", "requests_day", "images_minute")
    assert emptied == UpdateProject(
        tags={},
        contact=None,
        charge_withheld=None,
        unknown_parameters=None,
        limits=LimitsAsk(**dict.fromkeys(gone + rates)),
    )
    names = ("expires_in_seconds", "scopes", "spend_limits", "limits", "models")
    assert read_update_key(json.dumps(dict.fromkeys(names)).encode()) == UpdateKey(
        expires_in_seconds=None,
        scopes=(),
        spend_limits=(),
        limits=LimitsAsk(**dict.fromkeys(gone)),
        models=None,
    )
    one = read_update_key(b'{"limits": {"speeds": null}}')
    assert one.limits.given() == {"speeds": None}
    assert one.expires_in_seconds is UNSET


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_a_body_of_which_nothing_is_required_may_be_empty(body: bytes) -> None:
    assert read_update_key(body) == UpdateKey()
    read_nothing(body)


def test_every_speed_and_operation_that_is_sold_can_be_named() -> None:
    every = {"speeds": list(get_args(Speed)), "operations": list(get_args(Operation))}
    assert read_update_key(json.dumps({"limits": every}).encode()).limits.given() == {
        "speeds": get_args(Speed),
        "operations": get_args(Operation),
    }
