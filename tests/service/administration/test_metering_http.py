"""Usage and costs over HTTP: what was drawn, for whom, and who may read it."""

import asyncio
import time
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from tests.service.administration.conftest import V1, Organization

PRICE: Final = 60_000  # micro-USD of one image at the default speed
TURBO: Final = 30_000
DAY: Final = 86_400


def today() -> int:
    return int(time.time()) // DAY * DAY


def asked(path: str, **query: Any) -> str:
    query = {"start_time": today() - DAY, **query}
    return f"{V1}/{path}?{urlencode(query, doseq=True)}"


async def draw(organization: Organization, key: str, **body: Any) -> None:
    answer = await organization.ask(
        "POST", "/v1/images/generations", {"prompt": "a fox", **body}, key=key
    )
    assert answer.status == 200, answer.body


def rows(page: Any) -> list[dict[str, Any]]:
    return [row for bucket in page["data"] for row in bucket["results"]]


@pytest.fixture
async def shops(organization: Organization) -> list[tuple[str, dict[str, Any]]]:
    """Two projects whose keys have drawn: three images at two speeds, and one."""
    made = []
    for name in ("one", "two"):
        project = await organization.project(name=name)
        made.append((project, await organization.key(project)))
    first, second = (key["value"] for _, key in made)
    await draw(organization, first, n=2, size="1024x1024", user="ada")
    await draw(organization, first, quality="low", size="1344x768")
    await draw(organization, second)
    return made


async def test_costs_are_told_by_project_key_and_line_item(
    organization: Organization, shops: list[tuple[str, dict[str, Any]]]
) -> None:
    (one, key), (two, _) = shops
    page = await organization.get(
        asked("costs", **{"project_ids[]": [one, two], "group_by[]": ["project_id", "line_item"]})
    )
    assert [bucket["end_time"] - bucket["start_time"] for bucket in page["data"]] == [DAY, DAY]
    assert page["data"][0]["results"] == []
    found = {
        (row["project_id"], row["line_item"]): (row["microusd"], row["quantity"])
        for row in rows(page)
    }
    assert found == {
        (one, "ideogram-v3, DEFAULT, generate"): (2 * PRICE, 2),
        (one, "ideogram-v3, TURBO, generate"): (TURBO, 1),
        (two, "ideogram-v3, DEFAULT, generate"): (PRICE, 1),
    }
    mine = await organization.get(asked("costs", api_key_ids=key["id"], group_by="api_key_id"))
    (row,) = rows(mine)
    assert row["api_key_id"] == key["id"]
    assert row["amount"] == {"value": 0.15, "currency": "usd"}
    assert (row["images_billed"], row["images_delivered"], row["images_withheld"]) == (3, 3, 0)
    assert (row["parked_microusd"], row["assumed"]) == (0, False)
    item = asked("costs", project_ids=one, line_items="ideogram-v3, TURBO, generate")
    assert [row["microusd"] for row in rows(await organization.get(item))] == [TURBO]
    answer = await organization.ask("GET", item)
    assert b'"value":0.030000' in answer.body


async def test_usage_is_told_by_size_source_user_and_model(
    organization: Organization, shops: list[tuple[str, dict[str, Any]]]
) -> None:
    (one, _), _ = shops
    page = await organization.get(
        asked(
            "usage/images",
            project_ids=one,
            bucket_width="1h",
            limit=49,
            **{"group_by[]": ["size", "source", "model", "user_id"]},
        )
    )
    found = {
        (row["size"], row["source"], row["model"]): (row["images"], row["num_model_requests"])
        for row in rows(page)
    }
    assert found == {
        ("1024x1024", "image.generation", "ideogram-v3"): (2, 1),
        ("1344x768", "image.generation", "ideogram-v3"): (1, 1),
    }
    users = {row["user_id"] for row in rows(page)}
    assert len(users) == 2 and None in users and "ada" not in users
    (hashed,) = users - {None}
    for user in ("ada", hashed):  # as the app sends it, and as it is shown
        by_user = await organization.get(asked("usage/images", project_ids=one, user_ids=user))
        assert [row["images"] for row in rows(by_user)] == [2]
        owed = asked("costs", project_ids=one, group_by="user_id")
        assert {row["user_id"]: row["microusd"] for row in rows(await organization.get(owed))} == {
            hashed: 2 * PRICE,
            None: TURBO,
        }
    for alias in ("dall-e-3", "ideogram-v3"):
        named = asked("usage/images", project_ids=one, models=alias)
        assert [row["images"] for row in rows(await organization.get(named))] == [3]
    assert rows(await organization.get(asked("usage/images", project_ids=one, sizes="1x1"))) == []


async def test_pages_go_on_where_the_last_one_ended(
    organization: Organization, shops: list[tuple[str, dict[str, Any]]]
) -> None:
    (one, _), _ = shops
    begin, seen = today() - 4 * DAY - 5, []
    query: dict[str, Any] = {"start_time": begin, "end_time": today() + DAY, "limit": 2}
    for _ in range(10):
        page = await organization.get(asked("costs", project_ids=one, **query))
        seen += page["data"]
        assert len(page["data"]) <= 2
        if not page["has_more"]:
            break
        query["page"] = page["next_page"]
    starts = [bucket["start_time"] for bucket in seen]
    assert starts == list(range(today() - 5 * DAY, today() + DAY, DAY))
    assert sum(row["microusd"] for bucket in seen for row in bucket["results"]) == 2 * PRICE + TURBO


async def test_a_caller_sees_its_own_part(
    organization: Organization, shops: list[tuple[str, dict[str, Any]]]
) -> None:
    (one, key), (two, _) = shops
    bound = (await organization.admin(role="reader", projects=[one]))["value"]
    for caller in (key["value"], bound):
        for path in ("usage/images", "costs"):
            page = await organization.get(asked(path, group_by="project_id"), key=caller)
            assert {row["project_id"] for row in rows(page)} == {one}
            refused = await organization.ask("GET", asked(path, project_ids=two), key=caller)
            assert (refused.status, refused.json["error"]["param"]) == (403, "project_ids")
            assert refused.json["error"]["code"] == "insufficient_permissions"


@pytest.mark.parametrize(
    ("path", "query", "param"),
    [
        ("costs", {"start_time": "soon"}, "start_time"),
        ("costs", {"bucket_width": "1h"}, "bucket_width"),
        ("costs", {"limit": 181}, "limit"),
        ("usage/images", {"limit": 32}, "limit"),
        ("usage/images", {"group_by": "colour"}, "group_by"),
        ("usage/images", {"page": "%00"}, "page"),
        ("usage/images", {"end_time": 1}, "end_time"),
        ("usage/images", {"spent": "1"}, "spent"),
    ],
)
async def test_a_bad_query_is_named(
    organization: Organization, path: str, query: dict[str, Any], param: str
) -> None:
    answer = await organization.ask("GET", asked(path, **query))
    assert (answer.status, answer.json["error"]["param"]) == (400, param)


async def test_from_the_beginning_of_time_is_a_short_page(organization: Organization) -> None:
    began = time.monotonic()
    page = await organization.get(asked("usage/images", start_time=0, bucket_width="1m"))
    assert len(page["data"]) == 60 and page["has_more"]
    assert time.monotonic() - began < 5
    later = asked("costs", start_time=200_000_000_000)
    assert (await organization.get(later))["data"] == []


async def test_an_archived_projects_costs_can_still_be_read(
    organization: Organization, shops: list[tuple[str, dict[str, Any]]]
) -> None:
    (one, key), _ = shops
    await organization.post(f"{V1}/projects/{one}/archive", {})
    page = await organization.get(asked("costs", project_ids=one))
    assert [row["microusd"] for row in rows(page)] == [2 * PRICE + TURBO]
    async with asyncio.timeout(6):
        while True:
            answer = await organization.ask("GET", asked("costs"), key=key["value"])
            if answer.status == 401:
                break
            await asyncio.sleep(0.1)


async def test_the_journal_is_read_page_by_page(
    organization: Organization, shops: list[tuple[str, dict[str, Any]]]
) -> None:
    (one, key), (two, _) = shops
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"project_ids": one, "limit": 2}
    for _ in range(200):
        page = await organization.get(f"{V1}/ledger?{urlencode(query)}")
        seen += page["data"]
        if not page["has_more"]:
            break
        query["after"] = page["last_id"]
    assert [entry["verb"] for entry in seen].count("hold") == 2
    assert len({entry["id"] for entry in seen}) == len(seen)
    assert sum(entry["posted"] for entry in seen) == 2 * PRICE + TURBO
    assert sum(entry["held"] for entry in seen) == 0
    assert {entry["project"] for entry in seen} == {one}
    mine = await organization.get(f"{V1}/ledger?limit=1000", key=key["value"])
    assert {entry["project"] for entry in mine["data"]} == {one}
    of_key = await organization.get(f"{V1}/ledger?api_key_ids={key['id']}&limit=1000")
    assert [entry["id"] for entry in of_key["data"]] == [entry["id"] for entry in seen]
    refused = await organization.ask("GET", f"{V1}/ledger?project_ids={two}", key=key["value"])
    assert refused.status == 403
    for bad in ("after=x", "limit=0", "start_time=9&end_time=9", "spent=1"):
        answer = await organization.ask("GET", f"{V1}/ledger?{bad}")
        assert answer.status == 400, bad
