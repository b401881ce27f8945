"""Bodies about limits, alerts and permissions: what they come to, and how bad ones are refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.openai.organization_limit_asks import (
    ChannelAsk,
    ModelsAsk,
    RateLimitAsk,
    SpendAlertAsk,
    SpendLimitAsk,
    read_model_permissions,
    read_rate_limit,
    read_spend_alert,
    read_spend_limit,
)
from config.limits import MOST_RATE
from tests.adapters.openai.asking import refused_by

Read = Callable[[bytes], Any]

LIMIT = {"threshold_amount": 5_000, "currency": "USD", "interval": "month"}
CHANNEL = {"type": "email", "recipients": ["ops@example.com", "büro@example.de"]}
ALERT = LIMIT | {"notification_channel": CHANNEL}
PERMITS = {"mode": "allow_list", "model_ids": ["ideogram-v3-turbo", "ideogram-v3-turbo:edit"]}
RATE = {
    "max_requests_per_1_minute": 60,
    "max_images_per_1_minute": 0,
    "max_requests_per_1_day": 1_000_000,
}

GOOD: list[tuple[Read, object, object]] = [
    (read_spend_limit, LIMIT, SpendLimitAsk(threshold_amount=5_000)),
    (read_spend_limit, LIMIT | {"threshold_amount": 0}, SpendLimitAsk(threshold_amount=0)),
    (
        read_spend_limit,
        LIMIT | {"threshold_amount": 10**11},
        SpendLimitAsk(threshold_amount=10**11),
    ),
    (
        read_spend_alert,
        ALERT | {"notification_channel": CHANNEL | {"subject_prefix": "[spend]"}},
        SpendAlertAsk(
            threshold_amount=5_000,
            notification_channel=ChannelAsk(
                recipients=("ops@example.com", "büro@example.de"), subject_prefix="[spend]"
            ),
        ),
    ),
    (
        read_spend_alert,
        ALERT | {"notification_channel": {"type": "email", "recipients": []}},
        SpendAlertAsk(threshold_amount=5_000, notification_channel=ChannelAsk(recipients=())),
    ),
    (
        read_model_permissions,
        PERMITS,
        ModelsAsk(mode="allow_list", model_ids=("ideogram-v3-turbo", "ideogram-v3-turbo:edit")),
    ),
    (
        read_model_permissions,
        {"mode": "deny_list", "model_ids": []},
        ModelsAsk(mode="deny_list", model_ids=()),
    ),
    (read_rate_limit, {}, RateLimitAsk()),
    (read_rate_limit, RATE, RateLimitAsk(**RATE)),
    (
        read_rate_limit,
        {"max_tokens_per_1_minute": 0, "batch_1_day_max_input_tokens": None},
        RateLimitAsk(),
    ),
    (read_rate_limit, dict.fromkeys(RATE), RateLimitAsk(**dict.fromkeys(RATE))),
]


@pytest.mark.parametrize(("read", "asked", "meant"), GOOD, ids=lambda v: str(v)[:40])
def test_a_body_is_read(read: Read, asked: object, meant: object) -> None:
    assert read(json.dumps(asked).encode()) == meant


def test_cents_become_micro_dollars() -> None:
    assert read_spend_limit(json.dumps(LIMIT).encode()).microusd == 50_000_000
    assert read_spend_alert(json.dumps(ALERT).encode()).microusd == 50_000_000


def amounts() -> list[tuple[str, str]]:
    wrong = "invalid_type"
    return [
        ("1.5", wrong),
        ("2.0", wrong),
        ("1e3", wrong),
        ('"5"', wrong),
        ("true", wrong),
        ("null", wrong),
        ("[5]", wrong),
        ("{}", wrong),
        ("-1", "integer_below_min_value"),
        ("-" + "9" * 400, "integer_below_min_value"),
        (str(10**11 + 1), "integer_above_max_value"),
        ("9" * 400, "integer_above_max_value"),
    ]


@pytest.mark.parametrize("read", [read_spend_limit, read_spend_alert])
@pytest.mark.parametrize(("written", "code"), amounts())
def test_an_amount_is_whole_cents_within_bounds(read: Read, written: str, code: str) -> None:
    body = json.dumps(ALERT if read is read_spend_alert else LIMIT).replace("5000", written)
    error = refused_by(read, body.encode())
    assert (error.code, error.param) == (code, "threshold_amount")


def channel(**more: object) -> dict[str, object]:
    return ALERT | {"notification_channel": CHANNEL | more}


TO = "notification_channel.recipients"
BAD: list[tuple[Read, dict[str, Any], str, str]] = [
    (read_spend_limit, {}, "missing_required_parameter", "threshold_amount"),
    (
        read_spend_limit,
        {"threshold_amount": 5, "interval": "month"},
        "missing_required_parameter",
        "currency",
    ),
    (read_spend_limit, LIMIT | {"currency": "EUR"}, "invalid_value", "currency"),
    (read_spend_limit, LIMIT | {"currency": "usd"}, "invalid_value", "currency"),
    (read_spend_limit, LIMIT | {"currency": None}, "invalid_type", "currency"),
    (read_spend_limit, LIMIT | {"interval": "day"}, "invalid_value", "interval"),
    (read_spend_limit, LIMIT | {"spent": 0}, "unknown_parameter", "spent"),
    (read_spend_limit, LIMIT | {"microusd": 5}, "unknown_parameter", "microusd"),
    (
        read_spend_alert,
        ALERT | {"threshold_amount": 0},
        "integer_below_min_value",
        "threshold_amount",
    ),
    (read_spend_alert, LIMIT, "missing_required_parameter", "notification_channel"),
    (
        read_spend_alert,
        LIMIT | {"notification_channel": []},
        "invalid_type",
        "notification_channel",
    ),
    (read_spend_alert, channel(type="slack"), "invalid_value", "notification_channel.type"),
    (read_spend_alert, channel(url="x"), "unknown_parameter", "notification_channel.url"),
    (read_spend_alert, channel(recipients="a@b.de"), "invalid_type", TO),
    (read_spend_alert, channel(recipients=None), "invalid_type", TO),
    (read_spend_alert, channel(recipients=["a@b.de"] * 21), "invalid_value", TO),
    (read_spend_alert, channel(recipients=["a@b.de", 5]), "invalid_type", f"{TO}[1]"),
    (read_spend_alert, channel(recipients=[""]), "invalid_value", f"{TO}[0]"),
    (read_spend_alert, channel(recipients=["ops"]), "invalid_value", f"{TO}[0]"),
    (read_spend_alert, channel(recipients=["a@b\r\nBcc: c@d"]), "invalid_value", f"{TO}[0]"),
    (read_spend_alert, channel(recipients=["a@b,c@d"]), "invalid_value", f"{TO}[0]"),
    (
        read_spend_alert,
        channel(recipients=["a@" + "b" * 300]),
        "string_above_max_length",
        f"{TO}[0]",
    ),
    (
        read_spend_alert,
        channel(subject_prefix="a\r\nb"),
        "invalid_value",
        "notification_channel.subject_prefix",
    ),
    (
        read_spend_alert,
        channel(subject_prefix="x" * 101),
        "string_above_max_length",
        "notification_channel.subject_prefix",
    ),
    (read_model_permissions, {"mode": "allow_list"}, "missing_required_parameter", "model_ids"),
    (read_model_permissions, PERMITS | {"mode": "allow"}, "invalid_value", "mode"),
    (read_model_permissions, PERMITS | {"model_ids": "x"}, "invalid_type", "model_ids"),
    (read_model_permissions, PERMITS | {"model_ids": [5]}, "invalid_type", "model_ids[0]"),
    (read_model_permissions, PERMITS | {"model_ids": ["a", " "]}, "invalid_value", "model_ids[1]"),
    (read_model_permissions, PERMITS | {"model_ids": ["a"] * 201}, "invalid_value", "model_ids"),
    (
        read_rate_limit,
        {"max_tokens_per_1_minute": 5},
        "unsupported_parameter",
        "max_tokens_per_1_minute",
    ),
    (
        read_rate_limit,
        {"max_tokens_per_1_minute": "0"},
        "unsupported_parameter",
        "max_tokens_per_1_minute",
    ),
    (
        read_rate_limit,
        {"batch_1_day_max_input_tokens": 0},
        "unsupported_parameter",
        "batch_1_day_max_input_tokens",
    ),
    (
        read_rate_limit,
        {"max_audio_megabytes_per_1_minute": 1},
        "unsupported_parameter",
        "max_audio_megabytes_per_1_minute",
    ),
    (
        read_rate_limit,
        {"max_images_per_1_minute": -1},
        "integer_below_min_value",
        "max_images_per_1_minute",
    ),
    (read_rate_limit, {"max_images_per_1_minute": 5.0}, "invalid_type", "max_images_per_1_minute"),
    (
        read_rate_limit,
        {"max_requests_per_1_day": MOST_RATE + 1},
        "integer_above_max_value",
        "max_requests_per_1_day",
    ),
    (read_rate_limit, {"max_images_per_1_day": 1}, "unknown_parameter", "max_images_per_1_day"),
]


@pytest.mark.parametrize(("read", "asked", "code", "param"), BAD, ids=lambda v: str(v)[:40])
def test_a_bad_value_is_refused_by_name(
    read: Read, asked: dict[str, Any], code: str, param: str
) -> None:
    error = refused_by(read, json.dumps(asked).encode())
    assert (error.code, error.param) == (code, param)
