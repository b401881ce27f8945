"""Spend limits over HTTP: they hold from the next order on, and say what counts towards them."""

from typing import Any

import pytest

from tests.service.administration.conftest import PROJECTS, ROOT, V1, Organization
from tests.service.wire import Answer

UNIT = 60_000  # ideogram-v3 at its default speed, micro-USD
MONTH = {"currency": "USD", "interval": "month"}


def limit_of(project: str) -> str:
    return f"{PROJECTS}/{project}/spend_limit"


async def draw(organization: Organization, key: dict[str, Any], **asked: Any) -> Answer:
    body = {"prompt": "a fox", "response_format": "url", **asked}
    return await organization.ask("POST", "/v1/images/generations", body, key=key["value"])


async def test_none_is_there_until_it_is_set(organization: Organization) -> None:
    project = await organization.project()
    for method in ("GET", "DELETE"):
        answer = await organization.ask(method, limit_of(project))
        assert (answer.status, answer.error["code"]) == (404, "not_found")
    before = len(organization.lines())
    made = await organization.post(limit_of(project), {"threshold_amount": 5000, **MONTH})
    assert made == {
        "object": "project.spend_limit",
        "threshold_amount": 5000,
        "currency": "USD",
        "interval": "month",
        "enforcement": {"status": "inactive"},
        "microusd": 50_000_000,
        "spent_microusd": 0,
        "inherited": False,
    }
    assert await organization.get(limit_of(project)) == made
    gone = await organization.delete(limit_of(project))
    assert gone == {"object": "project.spend_limit.deleted", "deleted": True}
    assert (await organization.ask("GET", limit_of(project))).status == 404
    lines = organization.lines()[before:]
    assert [(line["what"], line["project"]) for line in lines] == [("project.updated", project)] * 2


async def test_a_limit_of_nothing_stops_at_once_and_lets_go_at_once(
    organization: Organization,
) -> None:
    project = await organization.project()
    key = await organization.key(project)
    assert (await draw(organization, key)).status == 200
    made = await organization.post(limit_of(project), {"threshold_amount": 0, **MONTH})
    assert made["enforcement"] == {"status": "enforcing"}
    refused = await draw(organization, key)
    assert (refused.status, refused.error["code"]) == (429, "insufficient_quota")
    await organization.delete(limit_of(project))
    assert (await draw(organization, key)).status == 200


async def test_a_limit_below_what_is_spent_is_enforcing(organization: Organization) -> None:
    project = await organization.project()
    key = await organization.key(project)
    await organization.post(limit_of(project), {"threshold_amount": 7, **MONTH})
    assert (await draw(organization, key)).status == 200
    shown = await organization.get(limit_of(project))
    assert shown["spent_microusd"] == UNIT
    assert shown["enforcement"] == {"status": "inactive"}  # one cent is left, which buys nothing
    assert (await draw(organization, key)).status == 429
    lowered = await organization.post(limit_of(project), {"threshold_amount": 6, **MONTH})
    assert lowered["enforcement"] == {"status": "enforcing"}
    assert (lowered["spent_microusd"], lowered["microusd"]) == (UNIT, 60_000)
    raised = await organization.post(limit_of(project), {"threshold_amount": 12, **MONTH})
    assert raised["enforcement"] == {"status": "inactive"}
    assert (await draw(organization, key)).status == 200


async def test_what_is_held_or_parked_counts_too(organization: Organization) -> None:
    project = await organization.project()
    await organization.post(limit_of(project), {"threshold_amount": 10, **MONTH})
    month = (await organization.get(f"{PROJECTS}/{project}"))["created_at"]
    name = f"{ROOT}balance:project:{project}:{month_of(month)}"
    organization.books.hset(name, mapping={"posted": 40_000, "parked": 30_000})
    shown = await organization.get(limit_of(project))
    assert (shown["spent_microusd"], shown["enforcement"]["status"]) == (70_000, "inactive")
    organization.books.hset(name, "held", 30_000)
    shown = await organization.get(limit_of(project))
    assert (shown["spent_microusd"], shown["enforcement"]["status"]) == (70_000, "enforcing")
    organization.books.delete(name)


def month_of(moment: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m}"


async def test_the_organization_has_one_for_all(organization: Organization) -> None:
    path = f"{V1}/spend_limit"
    key = await organization.key(await organization.project())
    assert (await organization.ask("GET", path)).status == 404
    made = await organization.post(path, {"threshold_amount": 0, **MONTH})
    assert made["object"] == "organization.spend_limit"
    assert (await draw(organization, key)).error["code"] == "insufficient_quota"
    member = await organization.admin(role="member")
    shown = await organization.get(path, key=member["value"])
    assert shown["enforcement"]["status"] == "enforcing"
    for method, body in (("POST", {"threshold_amount": 1, **MONTH}), ("DELETE", None)):
        answer = await organization.ask(method, path, body, key=member["value"])
        assert (answer.status, answer.error["code"]) == (403, "insufficient_permissions")
    gone = await organization.delete(path)
    assert gone == {"object": "organization.spend_limit.deleted", "deleted": True}
    assert (await draw(organization, key)).status == 200
    told = [line["what"] for line in organization.lines() if line["resource"] == "organization"]
    assert told[-2:] == ["organization.updated"] * 2


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"threshold_amount": -1}, "threshold_amount"),
        ({"threshold_amount": 10**12}, "threshold_amount"),
        ({"threshold_amount": 0.5}, "threshold_amount"),
        ({"threshold_amount": "50"}, "threshold_amount"),
        ({"threshold_amount": None}, "threshold_amount"),
        ({"currency": "EUR"}, "currency"),
        ({"interval": "day"}, "interval"),
        ({"spent": 3}, "spent"),
        ({"spent_microusd": 0}, "spent_microusd"),
    ],
)
async def test_a_bad_limit_is_refused_and_nothing_is_written(
    changed: dict[str, Any], param: str, organization: Organization
) -> None:
    project = await organization.project()
    before = organization.dump()
    body = {"threshold_amount": 100, **MONTH, **changed}
    answer = await organization.ask("POST", limit_of(project), body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert organization.dump() == before


async def test_an_archived_or_unknown_project_takes_no_limit(organization: Organization) -> None:
    project = await organization.project()
    await organization.post(f"{PROJECTS}/{project}/archive", {})
    body = {"threshold_amount": 100, **MONTH}
    assert (await organization.ask("POST", limit_of(project), body)).status == 400
    assert (await organization.ask("POST", limit_of("proj_nobody"), body)).status == 404
    assert not organization.books.exists(f"{ROOT}limits:project:{project}")


async def test_a_repeat_with_an_idempotency_key_writes_once(organization: Organization) -> None:
    project = await organization.project()
    before = len(organization.lines())
    body, headers = {"threshold_amount": 100, **MONTH}, {"idempotency-key": f"limit of {project}"}
    answers = [
        await organization.ask("POST", limit_of(project), body, headers=headers) for _ in range(2)
    ]
    assert answers[0].json == answers[1].json
    assert len(organization.lines()) == before + 1
