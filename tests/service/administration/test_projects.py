"""Projects over HTTP: made, read, changed, archived; each write with one line in the audit log."""

from typing import Any

import pytest

from service.administration.table import ENDPOINTS
from tests.service.administration.conftest import PROJECTS, ROOT, Organization

NO_LIMITS = {
    "images_request": None,
    "spend_request_microusd": None,
    "speeds": None,
    "operations": None,
    "requests_minute": None,
    "requests_day": None,
    "images_minute": None,
    "inherited": [],
}


async def test_a_project_needs_a_name_alone(organization: Organization) -> None:
    made = await organization.post(PROJECTS, {"name": "shop"})
    assert made["id"].startswith("proj_") and made["created_at"] > 1_700_000_000
    assert made == {
        "id": made["id"],
        "object": "organization.project",
        "name": "shop",
        "created_at": made["created_at"],
        "archived_at": None,
        "status": "active",
        "external_key_id": None,
        "residency": None,
        "tags": {},
        "contact": None,
        "charge_withheld": "customer",
        "unknown_parameters": None,
        "limits": NO_LIMITS,
    }
    assert await organization.get(f"{PROJECTS}/{made['id']}") == made


async def test_all_that_is_ours_is_kept_and_shown(organization: Organization) -> None:
    asked = {
        "name": "Añ {x} 🦊",
        "tags": {"cost_center": "4711", "team": "Größe"},
        "contact": "images@example.com",
        "charge_withheld": "house",
        "unknown_parameters": "refuse",
        "limits": {
            "images_request": 4,
            "spend_request_microusd": 1_234_567,
            "speeds": ["TURBO", "DEFAULT"],
            "operations": ["generate"],
            "requests_minute": 60,
            "requests_day": 1000,
            "images_minute": 0,
        },
    }
    made = await organization.post(PROJECTS, asked)
    assert {name: made[name] for name in asked} == asked | {
        "limits": {**asked["limits"], "inherited": []}
    }
    assert organization.books.hgetall(f"{ROOT}limits:project:{made['id']}") == {
        "images_request": "4",
        "spend_request": "1234567",
        "speeds": "TURBO,DEFAULT",
        "operations": "generate",
        "requests_minute": "60",
        "requests_day": "1000",
        "images_minute": "0",
        "contact": "images@example.com",
    }
    path = f"{PROJECTS}/{made['id']}"
    changed = await organization.post(
        path, {"name": "new", "tags": {"team": "b"}, "limits": {"images_request": None}}
    )
    assert changed["limits"] == {**made["limits"], "images_request": None}
    assert changed == {
        **made, "name": "new", "tags": {"team": "b"}, "limits": changed["limits"],
    }  # fmt: skip
    assert await organization.get(path) == changed
    nothing = dict.fromkeys(("tags", "contact", "charge_withheld", "unknown_parameters", "limits"))
    empty = await organization.post(path, nothing)
    assert (empty["tags"], empty["contact"], empty["limits"]) == ({}, None, NO_LIMITS)
    assert (empty["charge_withheld"], empty["unknown_parameters"]) == ("customer", None)
    assert not organization.books.exists(f"{ROOT}limits:project:{made['id']}")


async def test_a_change_of_nothing_writes_nothing(organization: Organization) -> None:
    path = f"{PROJECTS}/{await organization.project()}"
    before = organization.lines()
    assert (await organization.post(path, {}))["name"] == "shop"
    assert organization.lines() == before


async def test_an_archived_project_stays_and_takes_no_changes(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}"
    archived = await organization.post(f"{path}/archive", None)
    assert archived["status"] == "archived" and archived["archived_at"] >= archived["created_at"]
    assert await organization.get(path) == archived
    before = organization.lines()
    assert await organization.post(f"{path}/archive", {}) == archived
    for method, at, body in (
        ("POST", path, {"name": "new"}),
        ("POST", f"{path}/service_accounts", {"name": "late"}),
        ("DELETE", f"{path}/api_keys/key_x", None),
    ):
        late = await organization.ask(method, at, body)
        assert (late.status, late.error["param"]) == (400, "project_id"), late.body
        assert "is archived" in late.error["message"]
    assert organization.lines() == before
    listed = {one["id"] for one in (await organization.get(f"{PROJECTS}?limit=100"))["data"]}
    assert project not in listed
    every = await ids(organization, f"{PROJECTS}?limit=100&include_archived=true")
    assert project in every


async def test_the_keys_of_an_archived_project_are_refused_by_every_replica(
    organization: Organization,
) -> None:
    project = await organization.project()
    value = (await organization.key(project))["value"]
    for port in (organization.gateway.port, organization.replica.port):
        assert await organization.draws(value, port=port) == 200
    await organization.post(f"{PROJECTS}/{project}/archive", None)
    await organization.refused(value)
    metering = [endpoint.path for endpoint in ENDPOINTS if endpoint.meters]
    for path in ("/v1/models", *metering):
        told = await organization.ask("GET", path, key=value)
        assert (told.status, told.error["code"]) == (401, "invalid_api_key")


async def test_lists_page_through_250_projects(organization: Organization) -> None:
    made = {await organization.project() for _ in range(250)}
    every = await ids(organization, f"{PROJECTS}?limit=100")
    assert made <= set(every) and len(set(every)) == len(every)
    assert await ids(organization, f"{PROJECTS}?limit=99&order=desc") == every[::-1]
    at = len(every) - 150
    small = await organization.get(f"{PROJECTS}?after={every[at]}")
    assert [one["id"] for one in small["data"]] == every[at + 1 : at + 21]
    assert (small["first_id"], small["last_id"]) == (every[at + 1], every[at + 20])
    assert (small["object"], small["has_more"]) == ("list", True)
    times = [one["created_at"] for one in small["data"]]
    assert times == sorted(times)
    back = await organization.get(f"{PROJECTS}?before={every[at]}&limit=3")
    assert [one["id"] for one in back["data"]] == every[at - 3 : at]


async def ids(organization: Organization, path: str) -> list[str]:
    """All that a list has, page by page, as the SDK reads it."""
    found: list[str] = []
    after = ""
    for _ in range(20):
        page = await organization.get(path + after)
        found += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            return found
        after = f"&after={page['last_id']}"
    raise AssertionError("a list without an end")


async def test_a_page_may_start_at_a_project_that_was_archived_meanwhile(
    organization: Organization,
) -> None:
    first, second = sorted([await organization.project(), await organization.project()])
    await organization.post(f"{PROJECTS}/{first}/archive", None)
    page = await organization.get(f"{PROJECTS}?order=desc&after={second}&limit=1")
    assert first not in {one["id"] for one in page["data"]}
    page = await organization.get(f"{PROJECTS}?order=desc&before={first}&limit=100")
    assert second in {one["id"] for one in page["data"]}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("after=proj_nobody", "after"),
        ("before=proj_nobody", "before"),
        ("after=proj_a&before=proj_b", "before"),
        ("after=%0a", "after"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("order=up", "order"),
        ("include_archived=perhaps", "include_archived"),
        ("name=shop", "name"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_list_that_cannot_be_is_refused_by_name(
    organization: Organization, query: str, param: str
) -> None:
    told = await organization.ask("GET", f"{PROJECTS}?{query}")
    assert (told.status, told.error["param"]) == (400, param)


BAD: list[tuple[Any, str | None]] = [
    ({}, "name"),
    ({"name": None}, "name"),
    ({"name": ""}, "name"),
    ({"name": "a\nb"}, "name"),
    ({"name": "\x1b[31m"}, "name"),
    ({"name": "\u202eevil"}, "name"),
    ({"name": "x" * 10_000}, "name"),
    ({"name": ["x"]}, "name"),
    ({"name": "x", "spent": 0}, "spent"),
    ({"name": "x", "id": "proj_mine"}, "id"),
    ({"name": "x", "residency": "eu"}, "residency"),
    ({"name": "x", "tags": {"Cost Center": "1"}}, "tags"),
    ({"name": "x", "tags": {"a": 1}}, "tags.a"),
    ({"name": "x", "tags": {"a": "b\n"}}, "tags.a"),
    ({"name": "x", "tags": {f"t{n}": "v" for n in range(21)}}, "tags"),
    ({"name": "x", "charge_withheld": "nobody"}, "charge_withheld"),
    ({"name": "x", "unknown_parameters": "never"}, "unknown_parameters"),
    ({"name": "x", "contact": "a\nb"}, "contact"),
    ({"name": "x", "limits": {"images_request": -1}}, "limits.images_request"),
    ({"name": "x", "limits": {"images_request": 1.5}}, "limits.images_request"),
    ({"name": "x", "limits": {"requests_minute": 10**30}}, "limits.requests_minute"),
    ({"name": "x", "limits": {"spend_request_microusd": 10**15 + 1}}, "limits.spend_request_microusd"),
    ({"name": "x", "limits": {"spend_month": 1}}, "limits.spend_month"),
    ({"name": "x", "limits": {"speeds": ["SLOW"]}}, "limits.speeds[0]"),
    ([], None),
    (b"{", None),
    (b'{"name": "\xff"}', "name"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "param"), BAD)
async def test_a_body_that_cannot_be_is_refused_and_nothing_is_written(
    organization: Organization, body: Any, param: str | None
) -> None:
    project = await organization.project()
    before = organization.books.dbsize(), organization.lines()
    for path in (PROJECTS, f"{PROJECTS}/{project}"):
        if body in ({}, {"name": None}) and path != PROJECTS:
            continue  # a change may leave the name as it is
        told = await organization.ask("POST", path, body)
        assert (told.status, told.error["param"]) == (400, param), told.body
    assert (organization.books.dbsize(), organization.lines()) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_another_method_is_told_which_there_are(
    organization: Organization, method: str
) -> None:
    told = await organization.ask(method, PROJECTS)
    assert (told.status, told.headers["allow"]) == (405, "GET, POST")
