"""The audit log: every write has one line, found by what it was; nowhere in the store is a secret."""

import json
from typing import Any

import pytest

from service.keys import Keys
from service.keyspace import Keyspace
from tests.service.administration.conftest import PEPPER, PROJECTS, ROOT, V1, Organization

LOGS = f"{V1}/audit_logs"
HOSTILE = ["{org-default}", "a:b:*", "é" * 99, "'; DROP", "../..", "%0a", "ig:{x}:keys"]


async def listed(organization: Organization, query: str = "") -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(100):
        page = await organization.get(f"{LOGS}?limit=100{query}{after}")
        found += page["data"]
        if not page["has_more"]:
            return found
        after = f"&after={page['last_id']}"
    raise AssertionError("a list without an end")


async def test_every_write_leaves_one_line_that_says_who_and_what(
    organization: Organization,
) -> None:
    before = len(organization.lines())
    admin = await organization.admin(name="Ada")
    wrote: list[tuple[str, str, str]] = [("api_key.created", admin["id"], "")]

    async def write(method: str, path: str, body: Any, what: str, resource: str = "") -> Any:
        answer = await organization.ask(method, path, body, key=admin["value"])
        assert answer.status == 200, answer.body
        wrote.append((what, resource or answer.json["id"], answer.headers["x-request-id"]))
        return answer.json

    project = (await write("POST", PROJECTS, {"name": "shop"}, "project.created"))["id"]
    path = f"{PROJECTS}/{project}"
    await write("POST", path, {"tags": {"team": "b"}}, "project.updated")
    accounts = f"{path}/service_accounts"
    account = await write("POST", accounts, {"name": "app"}, "service_account.created")
    at = f"{accounts}/{account['id']}"
    await write("POST", at, {"role": "owner"}, "service_account.updated")
    key = await write("POST", f"{at}/api_keys", {"name": "second"}, "api_key.created")
    at_key = f"{path}/api_keys/{key['id']}"
    await write("POST", at_key, {"scopes": ["api.all.read"]}, "api_key.updated")
    await write("DELETE", at_key, None, "api_key.deleted")
    await write("DELETE", at, None, "service_account.deleted")
    bound = {"name": "b", "projects": [project], "role": "reader"}
    other = await write("POST", f"{V1}/admin_api_keys", bound, "api_key.created")
    await write("DELETE", f"{V1}/admin_api_keys/{other['id']}", None, "api_key.deleted")
    await write("POST", f"{path}/archive", {}, "project.archived")

    lines = organization.lines()[before:]
    assert [(line["what"], line["resource"]) for line in lines] == [
        (what, resource) for what, resource, _ in wrote
    ]
    assert [line["request"] for line in lines[1:]] == [request for _, _, request in wrote[1:]]
    for line in lines[1:]:
        assert (line["actor"], line["name"]) == (admin["id"], "Ada")
        assert line["address"].startswith("10.")
        assert json.loads(line["details"])
    shown = await listed(organization, f"&actor_ids[]={admin['id']}&order=asc")
    assert [(one["type"], one["ideogate"]["resource_id"]) for one in shown] == [
        (what, resource) for what, resource, _ in wrote[1:]
    ]
    assert {one["project"]["name"] for one in shown if one["project"]} == {"shop"}
    assert shown[1]["project.updated"] == {"id": project, "changes_requested": {}}
    assert shown[4]["api_key.created"] == {"id": key["id"], "data": {"scopes": []}}


async def test_reading_leaves_no_line(organization: Organization) -> None:
    project = await organization.project()
    before = len(organization.lines())
    for path in (PROJECTS, f"{PROJECTS}/{project}", f"{PROJECTS}/{project}/api_keys", LOGS):
        await organization.get(path)
    assert len(organization.lines()) == before


async def test_entries_are_found_by_project_type_actor_resource_and_time(
    organization: Organization,
) -> None:
    first, second = await organization.project(), await organization.project()
    key = await organization.key(first)
    await organization.post(f"{PROJECTS}/{second}", {"name": "other"})

    async def types(query: str) -> list[str]:
        return [one["type"] for one in await listed(organization, query)]

    assert await types(f"&project_ids[]={first}") == ["service_account.created", "project.created"]
    assert await types(f"&project_ids[]={second}") == ["project.updated", "project.created"]
    assert await types(f"&project_ids[]={first}&event_types[]=project.created") == [
        "project.created"
    ]
    assert await types(f"&project_ids={first}&project_ids={second}&event_types[]=project.created") == [
        "project.created"
    ] * 2  # fmt: skip
    assert await types(f"&resource_ids[]={key['account']}") == ["service_account.created"]
    assert await types(f"&project_ids[]={first}&actor_ids[]=command line".replace(" ", "+")) == []
    assert await types(f"&project_ids[]={first}&actor_emails[]=a@example.com") == []
    assert await types(f"&project_ids[]={first}&tenant_only=true") == []
    assert await types(f"&project_ids[]={first}&event_types[]=login.failed") == []
    (made,) = await listed(organization, f"&resource_ids[]={first}")
    at = made["effective_at"]
    here = f"&resource_ids[]={first}"
    for bounds, there in (
        (f"&effective_at[gte]={at}&effective_at[lte]={at}", True),
        (f"&effective_at[gt]={at}", False),
        (f"&effective_at[lt]={at}", False),
        (f"&effective_at[gt]={at - 1}&effective_at[lt]={at + 1}", True),
        (f"&effective_at[gt]={at}&effective_at[lt]={at}", False),
    ):
        assert bool(await types(here + bounds)) is there, bounds


async def test_pages_go_both_ways(organization: Organization) -> None:
    project = await organization.project()
    for n in range(6):
        await organization.post(f"{PROJECTS}/{project}", {"name": f"n{n}"})
    mine = f"project_ids[]={project}"
    newest = [one["id"] for one in await listed(organization, f"&{mine}")]
    assert len(newest) == 7 and all(one.startswith("audit_log-") for one in newest)
    page = await organization.get(f"{LOGS}?{mine}&limit=3")
    assert ([one["id"] for one in page["data"]], page["has_more"]) == (newest[:3], True)
    page = await organization.get(f"{LOGS}?{mine}&limit=3&after={newest[2]}")
    assert (page["first_id"], page["last_id"]) == (newest[3], newest[5])
    back = await organization.get(f"{LOGS}?{mine}&limit=2&before={newest[3]}")
    assert ([one["id"] for one in back["data"]], back["has_more"]) == (newest[1:3], True)
    back = await organization.get(f"{LOGS}?{mine}&limit=3&before={newest[3]}")
    assert ([one["id"] for one in back["data"]], back["has_more"]) == (newest[:3], False)
    oldest = await organization.get(f"{LOGS}?{mine}&limit=100&order=asc")
    assert [one["id"] for one in oldest["data"]] == newest[::-1]
    last = await organization.get(f"{LOGS}?{mine}&after={newest[-1]}")
    assert (last["data"], last["has_more"], last["last_id"]) == ([], False, None)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("after=audit_log-1-1", "after"),
        ("before=audit_log-9999999999999999999999-0", "before"),
        ("after=key_x", "after"),
        ("event_types[]=project.create", "event_types"),
        ("effective_at[gt]=-1", "effective_at[gt]"),
        ("effective_at=1", "effective_at"),
        ("actors=x", "actors"),
        ("limit=0", "limit"),
    ],
)
async def test_a_list_that_cannot_be_is_refused_by_name(
    organization: Organization, query: str, param: str
) -> None:
    told = await organization.ask("GET", f"{LOGS}?{query}")
    assert (told.status, told.error["param"]) == (400, param)


async def test_no_secret_is_anywhere_but_as_its_hmac(organization: Organization) -> None:
    project = await organization.project()
    key = await organization.key(project)
    second = await organization.post(
        f"{PROJECTS}/{project}/service_accounts/{key['account']}/api_keys", {}
    )
    admin = await organization.admin(role="member")
    sealed = await organization.ask(
        "POST",
        f"{PROJECTS}/{project}/service_accounts",
        {"name": "sealed"},
        headers={"idempotency-key": "sealed once"},
    )
    values = [key["value"], second["value"], admin["value"], sealed.json["api_key"]["value"]]
    store, logs = organization.dump(), json.dumps(await listed(organization))
    output = organization.gateway.output + organization.replica.output
    keys = Keys(None, Keyspace("o"), [PEPPER.encode()])  # type: ignore[arg-type]  asks no store
    for value in values:
        random = value.removeprefix("sk-ig-").removeprefix("admin-")
        for text in (store, logs, output):
            assert value not in text and random not in text
            assert random[:16] not in text and random[16:32] not in text
        assert f"{ROOT}credential:{keys.digests(value)[0]}" in store
    assert "sealed once" not in store


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_callers_write_is_in_no_key_of_the_store(
    organization: Organization, text: str
) -> None:
    before = set(organization.books.scan_iter(count=1000))
    project = await organization.project(name=text, tags={"t": text}, contact=text)
    key = await organization.key(project, name=text)
    await organization.admin(name=text)
    await organization.post(f"{PROJECTS}/{project}/api_keys/{key['id']}", {"name": text})
    for path in (
        f"{PROJECTS}/{text}",
        f"{PROJECTS}/{project}/api_keys/{text}",
        f"{PROJECTS}/{project}/service_accounts/{text}",
    ):
        spelled = "".join(f"%{byte:02x}" for byte in text.encode())
        told = await organization.ask("GET", path.replace(text, spelled))
        assert told.status == 404
    made = set(organization.books.scan_iter(count=1000)) - before
    kinds = {name.removeprefix(ROOT).split(":")[0] for name in made}
    assert kinds <= {
        "project", "limits", "service-account", "service-accounts", "keys-of", "key", "credential",
        "usage", "costs",
    }  # fmt: skip
    assert [name for name in made if text in name.removeprefix(ROOT)] == []
    shown = await organization.get(f"{PROJECTS}/{project}")
    assert (shown["name"], shown["contact"], shown["tags"]) == (text, text, {"t": text})
