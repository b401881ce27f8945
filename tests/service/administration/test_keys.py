"""Service accounts and keys over HTTP: made with a secret that is shown once, changed, revoked."""

import asyncio
from typing import Any

import pytest

from service.keys import make
from tests.service.administration.conftest import PROJECTS, ROOT, Organization

SPEND = {"threshold_amount": 150, "currency": "USD"}


async def test_an_account_comes_with_its_first_key(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}/service_accounts"
    made = await organization.post(path, {"name": "shop app"})
    key = made.pop("api_key")
    assert made == {
        "id": made["id"],
        "object": "organization.project.service_account",
        "name": "shop app",
        "created_at": made["created_at"],
        "role": "member",
    }
    value = key["value"]
    assert key["object"] == "organization.project.service_account.api_key"
    assert (key["name"], key["expires_at"]) == ("shop app", None)
    assert value.startswith("sk-ig-") and await organization.draws(value) == 200
    shown = await organization.get(f"{PROJECTS}/{project}/api_keys/{key['id']}")
    assert value not in str(shown)
    assert shown["redacted_value"] == f"sk-ig-...{value[-4:]}"
    assert shown["owner"] == {
        "type": "service_account",
        "service_account": {name: made[name] for name in ("id", "name", "created_at", "role")},
        "user": None,
    }
    assert await organization.get(f"{path}/{made['id']}") == made
    assert (await organization.get(path))["data"] == [made]


async def test_an_account_may_be_made_without_a_key(organization: Organization) -> None:
    path = f"{PROJECTS}/{await organization.project()}/service_accounts"
    made = await organization.post(path, {"name": "later", "create_service_account_only": True})
    assert (made["role"], made["api_key"]) == ("none", None)
    changed = await organization.post(f"{path}/{made['id']}", {"role": "member", "name": "now"})
    assert (changed["role"], changed["name"]) == ("member", "now")
    both = {"name": "x", "create_service_account_only": True, "expires_in_seconds": 60}
    told = await organization.ask("POST", path, both)
    assert (told.status, told.error["param"]) == (400, "expires_in_seconds")


async def test_a_key_is_made_with_all_that_is_asked_for(organization: Organization) -> None:
    project = await organization.project()
    account = (await organization.key(project))["account"]
    asked = {
        "name": "fast one",
        "expires_in_seconds": 3600,
        "scopes": ["api.all.read"],
        "limits": {"images_request": 2, "speeds": ["TURBO"]},
        "models": {"mode": "allow_list", "model_ids": ["ideogram-v3-turbo", "gpt-image-1"]},
        "spend_limits": [{**SPEND, "interval": "day"}, {**SPEND, "interval": "total"}],
    }
    made = await organization.post(
        f"{PROJECTS}/{project}/service_accounts/{account}/api_keys", asked
    )
    assert made["expires_at"] == made["created_at"] + 3600
    limit = {
        **SPEND,
        "microusd": 1_500_000,
        "spent_microusd": 0,
        "enforcement": {"status": "inactive"},
        "inherited": False,
    }
    ours = {
        "scopes": ["api.all.read"],
        "models": {**asked["models"], "inherited": False},  # type: ignore[dict-item]
        "spend_limits": [{**limit, "interval": "day"}, {**limit, "interval": "total"}],
    }
    path = f"{PROJECTS}/{project}/api_keys/{made['id']}"
    shown = await organization.get(path)
    for reply in (made, shown):
        assert {name: reply[name] for name in ours} == ours
        assert reply["limits"]["images_request"] == 2 and reply["limits"]["speeds"] == ["TURBO"]
    assert await organization.draws(made["value"]) == 403  # it may only read
    assert organization.books.hgetall(f"{ROOT}limits:key:{made['id']}") == {
        "images_request": "2",
        "speeds": "TURBO",
        "spend_day": "1500000",
        "spend_total": "1500000",
    }
    changed = await organization.post(
        path,
        {
            "name": "wide one",
            "scopes": [],
            "expires_in_seconds": None,
            "models": None,
            "limits": {"images_request": None},
            "spend_limits": [{**SPEND, "threshold_amount": 0, "interval": "month"}],
        },
    )
    assert (changed["name"], changed["scopes"], changed["expires_at"]) == ("wide one", [], None)
    assert changed["models"] is None and changed["limits"]["speeds"] == ["TURBO"]
    (month,) = changed["spend_limits"]
    assert (month["interval"], month["enforcement"]) == ("month", {"status": "enforcing"})
    assert await organization.get(path) == changed


async def test_a_limit_of_a_key_says_what_was_spent(organization: Organization) -> None:
    project = await organization.project()
    spend = {**SPEND, "threshold_amount": 6, "interval": "day"}
    key = await organization.key(project, spend_limits=[spend])
    drawn = await organization.ask(
        "POST", "/v1/images/generations", {"prompt": "a fox", "response_format": "url"},
        key=key["value"],
    )  # fmt: skip
    assert drawn.status == 200, drawn.body
    shown = await organization.get(f"{PROJECTS}/{project}/api_keys/{key['id']}")
    (day,) = shown["spend_limits"]
    assert (day["spent_microusd"], day["enforcement"]["status"]) == (60_000, "enforcing")
    assert shown["last_used_at"] is None or shown["last_used_at"] >= shown["created_at"]


async def test_a_revoked_key_is_gone_for_every_replica(organization: Organization) -> None:
    project = await organization.project()
    key = await organization.key(project)
    for port in (organization.gateway.port, organization.replica.port):
        assert await organization.draws(key["value"], port=port) == 200
    path = f"{PROJECTS}/{project}/api_keys"
    gone = await organization.delete(f"{path}/{key['id']}")
    assert gone == {
        "id": key["id"], "object": "organization.project.api_key.deleted", "deleted": True,
    }  # fmt: skip
    await organization.refused(key["value"])
    assert (await organization.get(path))["data"] == []
    for method in ("GET", "POST", "DELETE"):
        body = {} if method == "POST" else None
        told = await organization.ask(method, f"{path}/{key['id']}", body)
        assert (told.status, told.error["code"]) == (404, "not_found")


async def test_a_deleted_account_takes_its_keys_along(organization: Organization) -> None:
    project = await organization.project()
    accounts, keys = f"{PROJECTS}/{project}/service_accounts", f"{PROJECTS}/{project}/api_keys"
    first = await organization.key(project)
    second = await organization.post(f"{accounts}/{first['account']}/api_keys", {"name": "second"})
    other = await organization.key(project)
    before = len(organization.lines())
    gone = await organization.delete(f"{accounts}/{first['account']}")
    assert gone["object"] == "organization.project.service_account.deleted" and gone["deleted"]
    (line,) = organization.lines()[before:]
    assert line["what"] == "service_account.deleted"
    assert first["id"] in line["details"] and second["id"] in line["details"]
    await organization.refused(first["value"])
    await organization.refused(second["value"])
    assert await organization.draws(other["value"]) == 200
    assert [one["id"] for one in (await organization.get(keys))["data"]] == [other["id"]]
    assert [one["id"] for one in (await organization.get(accounts))["data"]] == [other["account"]]
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", ""), ("POST", "/api_keys")):
        at, body = f"{accounts}/{first['account']}{path}", {} if method == "POST" else None
        assert (await organization.ask(method, at, body)).status == 404


async def test_no_key_outlives_its_account_in_a_race(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}/service_accounts"
    for _ in range(3):
        account = (await organization.key(project))["account"]
        makes = [
            organization.ask("POST", f"{path}/{account}/api_keys", {"name": "late"})
            for _ in range(12)
        ]
        deletes = [organization.ask("DELETE", f"{path}/{account}") for _ in range(2)]
        told = await asyncio.gather(*makes[:6], *deletes, *makes[6:])
        assert {answer.status for answer in told} <= {200, 404, 409}
        gone = organization.books.hget(f"{ROOT}service-account:{account}", "deleted")
        keys = [
            organization.books.hgetall(f"{ROOT}key:{one}")
            for one in organization.books.zrange(f"{ROOT}keys-of:{project}", 0, -1)
        ]
        if gone:
            assert all(key["revoked"] for key in keys if key["account"] == account)


async def test_a_key_of_the_command_line_has_nobody_for_an_owner(
    organization: Organization,
) -> None:
    path = f"{PROJECTS}/proj_default/api_keys"
    listed = await organization.get(path)
    (key,) = [one for one in listed["data"] if one["name"] == "bootstrap"]
    assert key["owner"] == {"type": None, "service_account": None, "user": None}
    assert key["owner_project_access"] == "active"
    none = await organization.get(f"{path}?owner_project_access=inactive")
    assert (none["data"], none["has_more"], none["first_id"]) == ([], False, None)
    assert await organization.get(f"{path}?owner_project_access=any") == listed


async def test_ids_of_others_are_not_found(organization: Organization) -> None:
    mine, theirs = await organization.project(), await organization.project()
    key = await organization.key(theirs)
    admin = await organization.admin()
    for path in (
        f"{PROJECTS}/proj_nobody",
        f"{PROJECTS}/proj_nobody/api_keys",
        f"{PROJECTS}/proj_nobody/service_accounts",
        f"{PROJECTS}/{mine}/api_keys/key_nobody",
        f"{PROJECTS}/{mine}/api_keys/{key['id']}",
        f"{PROJECTS}/{mine}/api_keys/{admin['id']}",
        f"{PROJECTS}/{mine}/service_accounts/{key['account']}",
        f"/v1/organization/admin_api_keys/{key['id']}",
        "/v1/organization/admin_api_keys/key_nobody",
    ):
        told = await organization.ask("GET", path)
        assert (told.status, told.error["code"]) == (404, "not_found"), path


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "x", "spent": 1}, "spent"),
    ({"name": "x", "value": "sk-mine"}, "value"),
    ({"name": "x\ny"}, "name"),
    ({"expires_in_seconds": 0}, "expires_in_seconds"),
    ({"expires_in_seconds": -1}, "expires_in_seconds"),
    ({"expires_in_seconds": 10**12}, "expires_in_seconds"),
    ({"expires_in_seconds": "60"}, "expires_in_seconds"),
    ({"scopes": ["api.files.write"]}, "scopes[0]"),
    ({"scopes": "all"}, "scopes"),
    ({"limits": {"requests_minute": 1}}, "limits.requests_minute"),
    ({"limits": {"images_request": -1}}, "limits.images_request"),
    ({"models": {"mode": "allow_list", "model_ids": ["dall-e-9"]}}, "models.model_ids[0]"),
    ({"models": {"mode": "some", "model_ids": []}}, "models.mode"),
    ({"spend_limits": [{**SPEND, "interval": "year"}]}, "spend_limits[0].interval"),
    ({"spend_limits": [{**SPEND, "interval": "day", "currency": "EUR"}]}, "spend_limits[0].currency"),
    ({"spend_limits": [{**SPEND, "interval": "day", "threshold_amount": -1}]}, "spend_limits[0].threshold_amount"),
    ({"spend_limits": [{**SPEND, "interval": "day", "threshold_amount": 10**18}]}, "spend_limits[0].threshold_amount"),
    ({"spend_limits": [{**SPEND, "interval": "day", "threshold_amount": 1.5}]}, "spend_limits[0].threshold_amount"),
    ({"spend_limits": [{**SPEND, "interval": "day", "spent": 1}]}, "spend_limits[0].spent"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "param"), BAD)
async def test_a_body_that_cannot_be_is_refused_and_nothing_is_written(
    organization: Organization, body: dict[str, Any], param: str
) -> None:
    project = await organization.project()
    key = await organization.key(project)
    before = organization.books.dbsize(), organization.lines()
    accounts = f"{PROJECTS}/{project}/service_accounts"
    for path, more in (
        (accounts, {"name": "app"}),
        (f"{accounts}/{key['account']}/api_keys", {}),
        (f"{PROJECTS}/{project}/api_keys/{key['id']}", {}),
    ):
        told = await organization.ask("POST", path, {**more, **body})
        assert (told.status, told.error["param"]) == (400, param), told.body
    assert (organization.books.dbsize(), organization.lines()) == before


async def test_an_expired_key_is_refused_and_takes_no_changes(organization: Organization) -> None:
    project = await organization.project()
    key = await organization.key(project, expires_in_seconds=1)
    await organization.refused(key["value"])
    path = f"{PROJECTS}/{project}/api_keys/{key['id']}"
    told = await organization.ask("POST", path, {"expires_in_seconds": 60})
    assert told.status == 400 and "has expired" in told.error["message"]
    assert (await organization.get(path))["expires_at"] == key["expires_at"]
    await organization.delete(path)


async def test_nobody_chooses_a_secret(organization: Organization) -> None:
    told = await organization.ask("GET", PROJECTS, key=make(admin=True))
    assert (told.status, told.error["code"]) == (401, "invalid_api_key")
