"""The shapes of administration against the installed SDK: its own classes read our replies strictly,
and what its requests may say is known here.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from adapters.openai.errors import ApiError
from adapters.openai.organization import encode
from adapters.openai.organization_asks import (
    read_create_admin_key,
    read_create_key,
    read_create_project,
    read_create_service_account,
    read_update_key,
    read_update_project,
    read_update_service_account,
)
from adapters.openai.organization_audit import EVENTS, AuditEntry, audit_entry
from adapters.openai.organization_limit_asks import (
    read_model_permissions,
    read_rate_limit,
    read_spend_alert,
    read_spend_limit,
)
from adapters.openai.organization_query import (
    read_audit_listing,
    read_key_listing,
    read_listing,
    read_project_listing,
)
from adapters.openai.organization_usage_query import read_costs_query, read_usage_query
from tests.adapters.openai.organization_samples import SAMPLES, THEN
from tests.contract.gateway import ROOT

PYTHON: Final = ROOT / ".sdk/python-newest/bin/python"
SCRIPT: Final = ROOT / "tests/adapters/openai/sdk_models.py"

BODIES: Final[dict[str, Callable[[bytes], object]]] = {
    "admin_api_key_create_params:AdminAPIKeyCreateParams": read_create_admin_key,
    "project_create_params:ProjectCreateParams": read_create_project,
    "project_update_params:ProjectUpdateParams": read_update_project,
    "spend_limit_update_params:SpendLimitUpdateParams": read_spend_limit,
    "spend_alert_create_params:SpendAlertCreateParams": read_spend_alert,
    "spend_alert_update_params:SpendAlertUpdateParams": read_spend_alert,
    "projects.spend_limit_update_params:SpendLimitUpdateParams": read_spend_limit,
    "projects.spend_alert_create_params:SpendAlertCreateParams": read_spend_alert,
    "projects.spend_alert_update_params:SpendAlertUpdateParams": read_spend_alert,
    "projects.service_account_create_params:ServiceAccountCreateParams": read_create_service_account,
    "projects.service_account_update_params:ServiceAccountUpdateParams": read_update_service_account,
    "projects.service_accounts.api_key_create_params:APIKeyCreateParams": read_create_key,
    "projects.api_key_update_params:APIKeyUpdateParams": read_update_key,
    "projects.rate_limit_update_rate_limit_params:RateLimitUpdateRateLimitParams": read_rate_limit,
    "projects.model_permission_update_params:ModelPermissionUpdateParams": read_model_permissions,
}
QUERIES: Final[dict[str, Callable[[Sequence[tuple[str, str]]], object]]] = {
    "admin_api_key_list_params:AdminAPIKeyListParams": read_listing,
    "project_list_params:ProjectListParams": read_project_listing,
    "spend_alert_list_params:SpendAlertListParams": read_listing,
    "projects.spend_alert_list_params:SpendAlertListParams": read_listing,
    "projects.service_account_list_params:ServiceAccountListParams": read_listing,
    "projects.api_key_list_params:APIKeyListParams": read_key_listing,
    "projects.rate_limit_list_rate_limits_params:RateLimitListRateLimitsParams": read_listing,
    "audit_log_list_params:AuditLogListParams": read_audit_listing,
    "usage_images_params:UsageImagesParams": read_usage_query,
    "usage_costs_params:UsageCostsParams": read_costs_query,
}
IN_THE_PATH: Final = {"project_id"}
NESTED: Final = {"effective_at": ("gt", "gte", "lt", "lte")}

AUDITED: Final = [
    audit_entry(
        AuditEntry(
            id="1790000000000-0",
            effective_at=THEN,
            type=event,
            action="made",
            resource="x_1",
            actor="key_1",
            project="proj_1",
            project_name="Shop",
            details={"name": "Shop", "scopes": [], "role": "member", "max_images_per_1_minute": 5},
        )
    )
    for event in EVENTS
]
AUDIT: Final = "audit_log_list_response:AuditLogListResponse"


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    assert PYTHON.exists(), "the SDK's environment is missing: make sdk"
    asked = {
        "replies": [(sample.of, encode(sample.reply).decode()) for sample in SAMPLES]
        + [(AUDIT, encode(entry).decode()) for entry in AUDITED],
        "params": [*BODIES, *QUERIES, "audit_log_list_params:EffectiveAt"],
    }
    ran = subprocess.run(
        [str(PYTHON), str(SCRIPT)],
        env={},
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=lambda n: SAMPLES[n].of)
def test_the_sdks_own_class_reads_a_reply_strictly(told: dict[str, Any], number: int) -> None:
    sample = SAMPLES[number]
    assert told["replies"][number] == {
        "errors": [],
        "extra": sorted(sample.extra),
        "missing": sorted(sample.missing),
    }


@pytest.mark.parametrize("number", range(len(EVENTS)), ids=lambda n: EVENTS[n])
def test_the_sdk_reads_every_kind_of_audit_entry(told: dict[str, Any], number: int) -> None:
    said = told["replies"][len(SAMPLES) + number]
    assert said["errors"] == []
    assert said["extra"] == ["ideogate"]  # so the details lie under a name it knows
    assert EVENTS[number].replace(".", "_") not in said["missing"]


def strange(read: Callable[[Any], object], asked: Any) -> str | None:
    """The code of the refusal, if it is one."""
    try:
        read(asked)
    except ApiError as error:
        return error.code
    return None


@pytest.mark.parametrize("of", BODIES)
def test_every_field_of_the_sdks_bodies_is_known(told: dict[str, Any], of: str) -> None:
    fields = told["params"][list(BODIES).index(of)]
    assert len(fields) > 0
    for name in set(fields) - IN_THE_PATH:
        assert strange(BODIES[of], json.dumps({name: [{}]}).encode()) != "unknown_parameter", name


@pytest.mark.parametrize("of", QUERIES)
def test_every_parameter_of_the_sdks_queries_is_known(told: dict[str, Any], of: str) -> None:
    fields = told["params"][len(BODIES) + list(QUERIES).index(of)]
    assert len(fields) > 1
    for name in set(fields) - IN_THE_PATH:
        for written in [f"{name}[{key}]" for key in NESTED[name]] if name in NESTED else [name]:
            assert strange(QUERIES[of], [(written, "?")]) != "unknown_parameter", name


def test_the_nested_names_are_the_sdks(told: dict[str, Any]) -> None:
    assert tuple(sorted(told["params"][-1])) == NESTED["effective_at"]


@pytest.mark.parametrize(
    ("of", "field", "but"),
    [
        ("usage_images_params:UsageImagesParams", "group_by", set()),
        ("usage_images_params:UsageImagesParams", "bucket_width", set()),
        ("usage_images_params:UsageImagesParams", "sizes", set()),
        ("usage_images_params:UsageImagesParams", "sources", set()),
        ("usage_costs_params:UsageCostsParams", "group_by", set()),
        ("usage_costs_params:UsageCostsParams", "bucket_width", set()),
        ("audit_log_list_params:AuditLogListParams", "event_types", set()),
    ],
    ids=str,
)
def test_every_word_of_the_sdks_queries_is_taken(
    told: dict[str, Any], of: str, field: str, but: set[str]
) -> None:
    words = told["params"][len(BODIES) + list(QUERIES).index(of)][field]
    assert len(words) > 0
    start = [("start_time", "0")] if of.startswith("usage") else []
    refused = {word for word in words if strange(QUERIES[of], [*start, (f"{field}[]", word)])}
    if field == "bucket_width":
        refused = {word for word in words if strange(QUERIES[of], [*start, (field, word)])}
    assert refused == but


def test_our_events_are_among_the_sdks(told: dict[str, Any]) -> None:
    of = list(QUERIES).index("audit_log_list_params:AuditLogListParams")
    assert set(EVENTS) <= set(told["params"][len(BODIES) + of]["event_types"])
