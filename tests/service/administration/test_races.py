"""Admins who write at once: everything is written whole, each write with exactly one line."""

import asyncio
import json

from tests.service.administration.conftest import PROJECTS, ROOT, Organization

AT_ONCE = 50


async def test_changes_at_once_leave_one_of_them_whole(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}"
    bodies = [
        {
            "name": f"n{n}",
            "tags": {"n": str(n)},
            "contact": f"c{n}",
            "limits": {"images_request": n, "requests_minute": n},
        }
        for n in range(AT_ONCE)
    ]
    before = len(organization.lines())
    ports = (organization.gateway.port, organization.replica.port)
    told = await asyncio.gather(
        *(organization.ask("POST", path, body, port=ports[n % 2]) for n, body in enumerate(bodies))
    )
    assert [answer.status for answer in told] == [200] * AT_ONCE
    kept = await organization.get(path)
    n = kept["limits"]["images_request"]
    assert {name: kept[name] for name in ("name", "tags", "contact")} == {
        "name": f"n{n}", "tags": {"n": str(n)}, "contact": f"c{n}",
    }  # fmt: skip
    assert kept["limits"]["requests_minute"] == n
    lines = organization.lines()[before:]
    assert len(lines) == AT_ONCE
    assert json.loads(lines[-1]["details"])["name"] == kept["name"]


async def test_an_archiving_among_changes_is_written_once(organization: Organization) -> None:
    for _ in range(3):
        project = await organization.project()
        path = f"{PROJECTS}/{project}"
        before = len(organization.lines())
        changes = [
            organization.ask("POST", path, {"name": f"n{n}", "limits": {"images_request": n}})
            for n in range(AT_ONCE - 10)
        ]
        ends = [organization.ask("POST", f"{path}/archive", {}) for _ in range(10)]
        told = await asyncio.gather(*changes[:20], *ends, *changes[20:])
        archived, changed = told[20:30], told[:20] + told[30:]
        assert {answer.status for answer in archived} == {200}
        assert len({answer.json["archived_at"] for answer in archived}) == 1
        assert {answer.status for answer in changed} <= {200, 400}
        written = [line["what"] for line in organization.lines()[before:]]
        done = sum(answer.status == 200 for answer in changed)
        assert written == ["project.updated"] * done + ["project.archived"]
        kept = organization.books.hgetall(f"{ROOT}project:{project}")
        limit = organization.books.hget(f"{ROOT}limits:project:{project}", "images_request")
        assert kept["archived"] and kept["name"] == (f"n{limit}" if limit else "shop")


async def test_a_key_is_made_before_its_project_is_archived_or_not_at_all(
    organization: Organization,
) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}"
    makes = [
        organization.ask("POST", f"{path}/service_accounts", {"name": "app"}) for _ in range(20)
    ]
    told = await asyncio.gather(
        *makes[:10], organization.ask("POST", f"{path}/archive", {}), *makes[10:]
    )
    made = [answer for answer in told if answer.status == 200 and "api_key" in answer.json]
    assert {answer.status for answer in told} <= {200, 400}
    assert len(made) == organization.books.zcard(f"{ROOT}keys-of:{project}")
    assert len(made) == organization.books.zcard(f"{ROOT}service-accounts:{project}")


async def test_a_key_that_many_delete_is_deleted_once(organization: Organization) -> None:
    project = await organization.project()
    key = await organization.key(project)
    before = len(organization.lines())
    path = f"{PROJECTS}/{project}/api_keys/{key['id']}"
    told = await asyncio.gather(
        *(organization.ask("DELETE", path) for _ in range(10)),
        *(organization.ask("POST", path, {"name": "late"}) for _ in range(10)),
    )
    assert {answer.status for answer in told} <= {200, 404}
    assert sum(answer.status == 200 for answer in told[:10]) == 1
    lines = [line["what"] for line in organization.lines()[before:]]
    assert lines[-1] == "api_key.deleted" and lines.count("api_key.deleted") == 1
