"""Replies of administration and metering as they are written."""

import json
from decimal import Decimal

import msgspec
import pytest

from adapters.openai.organization import encode
from adapters.openai.organization_audit import EVENTS, AuditEntry, audit_entry
from adapters.openai.organization_limits import cents, enforcement, microusd
from adapters.openai.organization_usage import amount, usage_page
from config.money import MicroUSD
from tests.adapters.openai.organization_samples import BARE_KEY, PROJECT, SAMPLES, THEN, Sample


@pytest.mark.parametrize(
    ("microusd", "written"),
    [
        (0, "0.000000"),
        (1, "0.000001"),
        (60_000, "0.060000"),
        (1_500_000, "1.500000"),
        (-60_000, "-0.060000"),
        (10**15, "1000000000.000000"),
        (999_999_999_999_999, "999999999.999999"),
    ],
)
def test_an_amount_is_a_number_of_dollars_with_six_decimals(microusd: int, written: str) -> None:
    text = encode(amount(MicroUSD(microusd))).decode()
    assert text == f'{{"value":{written},"currency":"usd"}}'
    assert json.loads(text, parse_float=Decimal)["value"] * 10**6 == microusd


@pytest.mark.parametrize(("amount", "whole"), [(10_000, 1), (9_999, 0), (123_456, 12), (0, 0)])
def test_cents_are_rounded_down(amount: int, whole: int) -> None:
    assert cents(MicroUSD(amount)) == whole
    assert cents(microusd(whole)) == whole


def test_a_limit_is_enforcing_or_inactive() -> None:
    assert encode(enforcement(enforcing=True)) == b'{"status":"enforcing"}'
    assert encode(enforcement(enforcing=False)) == b'{"status":"inactive"}'


def test_what_is_not_set_is_null_and_not_left_out() -> None:
    key = json.loads(encode(BARE_KEY))
    assert key["expires_at"] is None
    assert key["last_used_at"] is None
    assert key["models"] is None
    assert key["owner"] == {"type": None, "service_account": None, "user": None}
    project = json.loads(encode(PROJECT))
    assert (project["archived_at"], project["contact"]) == (None, None)
    assert project["limits"]["requests_minute"] is None


def test_a_page_of_buckets_has_more_while_there_is_a_next_one() -> None:
    assert encode(usage_page((), None)) == (
        b'{"data":[],"has_more":false,"next_page":null,"object":"page"}'
    )
    assert json.loads(encode(usage_page((), "MA")))["has_more"] is True


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.of)
def test_every_reply_says_what_it_is(sample: Sample) -> None:
    assert json.loads(encode(sample.reply))["object"]


def entry(**more: object) -> dict[str, object]:
    told = {
        "id": "1790000000000-0",
        "effective_at": THEN,
        "type": "project.updated",
        "action": "spend limit set",
        "resource": "proj_1",
        "actor": "key_1",
    }
    shown = audit_entry(msgspec.convert(told | more, AuditEntry))
    read: dict[str, object] = json.loads(encode(shown))
    return read


def test_an_entry_has_openais_details_and_all_of_ours() -> None:
    details = {"threshold_amount": 500, "name": "Shop"}
    shown = entry(
        actor_name="ops",
        address="192.0.2.1",
        request="req_1",
        project="proj_1",
        project_name="Shop",
        details=details,
    )
    assert shown == {
        "id": "1790000000000-0",
        "effective_at": THEN,
        "type": "project.updated",
        "actor": {"type": "api_key", "api_key": {"id": "key_1"}},
        "project": {"id": "proj_1", "name": "Shop"},
        "project.updated": {"id": "proj_1", "changes_requested": {"title": "Shop"}},
        "ideogate": {
            "action": "spend limit set",
            "resource_id": "proj_1",
            "actor_name": "ops",
            "ip_address": "192.0.2.1",
            "request_id": "req_1",
            "details": details,
        },
    }


def test_an_entry_of_no_project_has_none() -> None:
    shown = entry(type="organization.updated")
    assert shown["project"] is None
    assert shown["organization.updated"] == {"id": "proj_1", "changes_requested": {}}


DETAILS: dict[str, dict[str, object]] = {
    "api_key.created": {"data": {"scopes": []}},
    "api_key.updated": {"changes_requested": {"scopes": [], "expires_in_seconds": 60}},
    "api_key.deleted": {},
    "organization.updated": {"changes_requested": {}},
    "project.created": {"data": {"name": "Shop", "title": "Shop"}},
    "project.updated": {"changes_requested": {"title": "Shop"}},
    "project.archived": {},
    "rate_limit.updated": {"changes_requested": {"max_images_per_1_minute": 5}},
    "rate_limit.deleted": {},
    "service_account.created": {"data": {"role": "member"}},
    "service_account.updated": {"changes_requested": {"role": "member"}},
    "service_account.deleted": {},
}


@pytest.mark.parametrize("event", EVENTS)
def test_each_type_shows_the_details_it_has_at_openai(event: str) -> None:
    details = {
        "name": "Shop",
        "scopes": [],
        "expires_in_seconds": 60,
        "role": "member",
        "max_images_per_1_minute": 5,
        "spend_month": 1,
    }
    assert entry(type=event, details=details)[event] == {"id": "proj_1"} | DETAILS[event]
