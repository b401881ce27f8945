"""Admin keys over HTTP: made by owners, bound or not, and never all of them revoked."""

import asyncio

import pytest

from tests.service.administration.conftest import OWNER, PROJECTS, ROOT, V1, Organization

KEYS = f"{V1}/admin_api_keys"


async def test_an_admin_key_says_its_secret_once(organization: Organization) -> None:
    project = await organization.project()
    made = await organization.post(
        KEYS, {"name": "finance", "role": "reader", "projects": [project], "expires_in_seconds": 60}
    )
    value = made.pop("value")
    assert value.startswith("sk-ig-admin-")
    shown = await organization.get(f"{KEYS}/{made['id']}")
    assert shown == {
        "id": made["id"],
        "object": "organization.admin_api_key",
        "name": "finance",
        "created_at": made["created_at"],
        "expires_at": made["created_at"] + 60,
        "last_used_at": None,
        "redacted_value": f"sk-ig-admin-...{value[-4:]}",
        "owner": {
            "id": made["id"],
            "object": "organization.user",
            "type": "user",
            "name": "finance",
            "created_at": made["created_at"],
            "role": "reader",
        },
        "role": "reader",
        "projects": [project],
    }
    assert shown == made
    assert shown in (await organization.get(f"{KEYS}?limit=100"))["data"]
    listed = await organization.get(PROJECTS, key=value)
    assert [one["id"] for one in listed["data"]] == [project]


async def test_a_key_is_an_owner_s_of_all_projects_unless_it_says_more(
    organization: Organization,
) -> None:
    made = await organization.admin()
    assert (made["role"], made["projects"], made["expires_at"]) == ("owner", None, None)
    gone = await organization.delete(f"{KEYS}/{made['id']}")
    assert gone == {
        "id": made["id"], "object": "organization.admin_api_key.deleted", "deleted": True,
    }  # fmt: skip
    async with asyncio.timeout(6):
        while (await organization.ask("GET", PROJECTS, key=made["value"])).status != 401:  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.1)
    assert (await organization.ask("GET", f"{KEYS}/{made['id']}")).status == 404


async def test_of_two_owners_that_delete_each_other_one_is_left(organization: Organization) -> None:
    """The others of this store are set aside meanwhile, as if they had been revoked."""
    books = organization.books
    others = [
        identity
        for identity in books.zrange(f"{ROOT}admin-keys", 0, -1)
        if not books.hget(f"{ROOT}key:{identity}", "revoked")
    ]
    pair = [await organization.admin(name=name) for name in ("a", "b")]
    await organization.admin(role="member")
    await organization.admin(projects=[await organization.project()])
    brief = await organization.admin(expires_in_seconds=1)
    await asyncio.gather(*(organization.get(PROJECTS, key=one["value"]) for one in pair))
    for identity in others:
        books.hset(f"{ROOT}key:{identity}", "revoked", "1")
    async with asyncio.timeout(5):
        while books.time()[0] < brief["expires_at"]:  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.1)
    try:
        told = await asyncio.gather(
            *(
                organization.ask("DELETE", f"{KEYS}/{its['id']}", key=who["value"])
                for who, its in (pair, pair[::-1])
            )
        )
        assert sorted(answer.status for answer in told) == [200, 400]
        (refused,) = [answer for answer in told if answer.status == 400]
        assert (
            refused.error["param"] == "key_id"
            and "last key of an owner" in refused.error["message"]
        )
    finally:
        for identity in others:
            books.hset(f"{ROOT}key:{identity}", "revoked", "")
    assert await organization.get(PROJECTS, key=OWNER)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": "x", "role": "admin"}, "role"),
        ({"name": "x", "projects": []}, "projects"),
        ({"name": "x", "projects": ["proj_nobody"]}, "projects[0]"),
        ({"name": "x", "projects": ["proj_default", "a:b"]}, "projects[1]"),
        ({"name": "x", "projects": ["a\nb"]}, "projects[0]"),
        ({"name": "x", "expires_in_seconds": 0}, "expires_in_seconds"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "spent": 0}, "spent"),
    ],
)
async def test_a_body_that_cannot_be_is_refused_and_nothing_is_written(
    organization: Organization, body: dict[str, object], param: str
) -> None:
    before = organization.books.dbsize(), organization.lines()
    told = await organization.ask("POST", KEYS, body)
    assert (told.status, told.error["param"]) == (400, param), told.body
    assert (organization.books.dbsize(), organization.lines()) == before
