"""A platform team with the official SDK's admin client, its models strict."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.gateway import ROOT
from tests.service.administration.conftest import OWNER, Organization

PYTHON = ROOT / ".sdk/python-newest/bin/python"
COUNT = 250


@pytest.fixture(scope="module")
def seen(organization: Organization) -> dict[str, Any]:
    assert PYTHON.exists(), "the SDK's environment is missing: make sdk"
    ran = subprocess.run(
        [
            str(PYTHON),
            str(Path(__file__).with_name("sdk_admin.py")),
            organization.gateway.base_url,
            OWNER,
            str(COUNT),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_projects_are_made_changed_archived_and_paged(seen: dict[str, Any]) -> None:
    projects = seen["projects"]
    assert len(set(projects["made"])) == COUNT
    assert set(projects["made"]) <= set(projects["paged"])
    assert len(projects["paged"]) == len(set(projects["paged"]))
    assert projects["changed"] == ["renamed", "renamed", {"cost_center": "7"}]
    assert projects["archived"] == ["archived", True]
    assert projects["after_archive"] == [True, False]


async def test_accounts_and_keys_are_made_and_end(
    seen: dict[str, Any], organization: Organization
) -> None:
    accounts = seen["accounts"]
    value = accounts.pop("value")
    assert accounts == {
        "roles": ["member", "none", True],
        "renamed": ["app 2", "app 2"],
        "accounts": True,
        "keys": True,
        "expires": True,
        "owner": "app 2",
        "redacted": f"sk-ig-...{value[-4:]}",
        "deleted": [True, True],
    }
    assert await organization.draws(value) == 200


def test_a_reader_is_bound_and_refused(seen: dict[str, Any]) -> None:
    assert seen["admins"] == {
        "owner": ["reader", "user"],
        "seen": True,
        "refused": "insufficient_permissions",
        "listed": True,
        "deleted": True,
        "missing": "not_found",
    }


def test_the_audit_log_tells_of_it(seen: dict[str, Any]) -> None:
    assert seen["audit"] == [
        "service_account.deleted",
        "api_key.deleted",
        "api_key.updated",
        "service_account.updated",
        "api_key.created",
        "service_account.created",
        "service_account.created",
        "project.updated",
        "project.created",
    ]
