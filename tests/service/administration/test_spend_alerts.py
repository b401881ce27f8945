"""Spend alerts over HTTP: made, listed, read, changed and deleted, each write with one audit line."""

import asyncio
import json
from typing import Any, Final

import pytest

from service.alerts import MOST_ALERTS
from tests.service.administration.conftest import PROJECTS, ROOT, SECONDS, SLACK, V1, Organization

MONTHLY: Final = {"currency": "USD", "interval": "month"}
CHANNEL: Final = {"type": "email", "recipients": ["ops@example.com"]}
UNIT: Final = 60_000  # micro-USD of one image


def asked(cents: int = 5000, **channel: Any) -> dict[str, Any]:
    return {**MONTHLY, "threshold_amount": cents, "notification_channel": {**CHANNEL, **channel}}


async def place(organization: Organization, scope: str) -> str:
    """The path of a scope's alerts; of the organization's, after all of them were deleted."""
    if scope == "project":
        return f"{PROJECTS}/{await organization.project()}/spend_alerts"
    for one in (await organization.get(f"{V1}/spend_alerts?limit=100"))["data"]:
        await organization.delete(f"{V1}/spend_alerts/{one['id']}")
    return f"{V1}/spend_alerts"


both = pytest.mark.parametrize("scope", ["project", "organization"])


@both
async def test_an_alert_is_made_read_changed_and_deleted(
    organization: Organization, scope: str
) -> None:
    path = await place(organization, scope)
    before = len(organization.lines())
    made = await organization.post(path, asked())
    assert made["id"].startswith("alert_")
    assert made == {
        "id": made["id"],
        "object": f"{scope}.spend_alert",
        "threshold_amount": 5000,
        "microusd": 50_000_000,
        "notification_channel": {**CHANNEL, "subject_prefix": None},
        "crossed_at": None,
        **MONTHLY,
    }
    one = f"{path}/{made['id']}"
    assert await organization.get(one) == made
    changed = await organization.post(one, asked(7, subject_prefix="[images]"))
    assert changed["id"] == made["id"]
    assert (changed["threshold_amount"], changed["microusd"]) == (7, 70_000)
    assert changed["notification_channel"]["subject_prefix"] == "[images]"
    listed = await organization.get(path)
    assert (listed["data"], listed["has_more"]) == ([changed], False)
    assert (listed["object"], listed["first_id"], listed["last_id"]) == (
        "list", made["id"], made["id"],
    )  # fmt: skip
    assert await organization.delete(one) == {
        "id": made["id"],
        "object": f"{scope}.spend_alert.deleted",
        "deleted": True,
    }
    for method, body in (("GET", None), ("POST", asked()), ("DELETE", None)):
        answer = await organization.ask(method, one, body)
        assert (answer.status, answer.error["code"]) == (404, "not_found")
        assert answer.error["param"] == "alert_id"
    assert (await organization.get(path))["data"] == []
    lines = organization.lines()[before:]
    assert [line["did"] for line in lines] == [
        "spend alert created", "spend alert updated", "spend alert deleted",
    ]  # fmt: skip
    assert {line["what"] for line in lines} == {f"{scope}.updated"}
    details = json.loads(lines[1]["details"])
    assert (details["alert"], details["microusd"]) == (made["id"], 70_000)


@both
async def test_pages_go_both_ways(organization: Organization, scope: str) -> None:
    path = await place(organization, scope)
    ids = [(await organization.post(path, asked(1 + number)))["id"] for number in range(5)]
    made = sorted(ids)  # by time, and by chance within a millisecond
    page = await organization.get(f"{path}?limit=2")
    assert [one["id"] for one in page["data"]] == made[:2]
    assert page["has_more"] is True
    page = await organization.get(f"{path}?limit=2&after={page['last_id']}")
    assert [one["id"] for one in page["data"]] == made[2:4]
    page = await organization.get(f"{path}?limit=2&after={page['last_id']}&order=asc")
    assert ([one["id"] for one in page["data"]], page["has_more"]) == (made[4:], False)
    page = await organization.get(f"{path}?limit=3&order=desc")
    assert [one["id"] for one in page["data"]] == made[:1:-1]
    page = await organization.get(f"{path}?limit=1&before={made[2]}")
    assert [one["id"] for one in page["data"]] == [made[1]]


@both
async def test_so_many_are_kept_and_no_more(organization: Organization, scope: str) -> None:
    path = await place(organization, scope)
    answers = await asyncio.gather(
        *(organization.ask("POST", path, asked(1 + n)) for n in range(MOST_ALERTS + 3))
    )
    refused = [answer.error for answer in answers if answer.status != 200]
    assert [error["code"] for error in refused] == ["invalid_value"] * 3
    assert str(MOST_ALERTS) in refused[0]["message"]
    kept = (await organization.get(f"{path}?limit=100"))["data"]
    assert len(kept) == MOST_ALERTS
    await organization.post(f"{path}/{kept[0]['id']}", asked(9))  # a change needs no room


@both
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"threshold_amount": 0}, "threshold_amount"),
        ({"threshold_amount": -1}, "threshold_amount"),
        ({"threshold_amount": 1.5}, "threshold_amount"),
        ({"threshold_amount": "5000"}, "threshold_amount"),
        ({"threshold_amount": 10**15}, "threshold_amount"),
        ({"threshold_amount": None}, "threshold_amount"),
        ({"currency": "EUR"}, "currency"),
        ({"interval": "day"}, "interval"),
        ({"notification_channel": None}, "notification_channel"),
        ({"notification_channel": {**CHANNEL, "type": "sms"}}, "notification_channel.type"),
        ({"notification_channel": {"type": "email"}}, "notification_channel.recipients"),
        ({"spent_microusd": 5}, "spent_microusd"),
        ({"crossed_at": 5}, "crossed_at"),
    ],
)
async def test_a_bad_body_is_refused_and_nothing_is_written(
    organization: Organization, scope: str, change: dict[str, Any], param: str
) -> None:
    path = await place(organization, scope)
    made = await organization.post(path, asked())
    before = (await organization.get(path), len(organization.lines()))
    for where in (path, f"{path}/{made['id']}"):
        answer = await organization.ask("POST", where, {**asked(), **change})
        assert (answer.status, answer.error["param"]) == (400, param), answer.body
    assert (await organization.get(path), len(organization.lines())) == before


async def test_a_hostile_prefix_and_id_stay_texts(organization: Organization) -> None:
    path = await place(organization, "project")
    hostile = '"},{"id":"x \\ </script>%0d%0a{{7*7}} \N{SNOWMAN}'
    made = await organization.post(path, asked(subject_prefix=hostile))
    shown = (await organization.get(f"{path}/{made['id']}"))["notification_channel"]
    assert shown["subject_prefix"] == hostile
    for bad in ("x\r\ny", "x" * 101, "\x00"):
        answer = await organization.ask("POST", path, asked(subject_prefix=bad))
        assert answer.status == 400, bad
    for identity in ("*", "alert_%00", "a" * 3000, "alert:x", "%7B%7D"):
        answer = await organization.ask("GET", f"{path}/{identity}")
        assert (answer.status, answer.error["code"]) == (404, "not_found"), identity
    names = "\n".join(organization.books.scan_iter(count=1000))
    assert "alert:x" not in names


async def test_alerts_of_another_scope_are_not_found(organization: Organization) -> None:
    path, other = await place(organization, "project"), await place(organization, "project")
    made = await organization.post(path, asked())
    for where in (f"{other}/{made['id']}", f"{V1}/spend_alerts/{made['id']}"):
        assert (await organization.ask("DELETE", where)).status == 404
    assert await organization.get(f"{path}/{made['id']}") == made


async def test_an_archived_project_s_alerts_are_read_and_not_changed(
    organization: Organization,
) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}/spend_alerts"
    made = await organization.post(path, asked())
    await organization.post(f"{PROJECTS}/{project}/archive", {})
    assert await organization.get(f"{path}/{made['id']}") == made
    for method, where, body in (
        ("POST", path, asked()),
        ("POST", f"{path}/{made['id']}", asked()),
        ("DELETE", f"{path}/{made['id']}", None),
    ):
        assert (await organization.ask(method, where, body)).status == 400


async def test_a_repeat_with_its_key_makes_one(organization: Organization) -> None:
    path = await place(organization, "project")
    headers = {"idempotency-key": "one-alert"}
    answers = await asyncio.gather(
        *(organization.ask("POST", path, asked(), headers=headers) for _ in range(5))
    )
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len((await organization.get(path))["data"]) == 1
    other = await organization.ask("POST", path, asked(6), headers=headers)
    assert (other.status, other.error["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("role", "method", "scope", "status"),
    [
        ("owner", "POST", "organization", 200),
        ("member", "GET", "organization", 200),
        ("member", "POST", "organization", 403),
        ("member", "POST", "project", 200),
        ("reader", "GET", "organization", 200),
        ("reader", "GET", "project", 200),
        ("reader", "POST", "project", 403),
    ],
)
async def test_who_may(
    organization: Organization, role: str, method: str, scope: str, status: int
) -> None:
    path = await place(organization, scope)
    key = (await organization.admin(role=role))["value"]
    body = asked() if method == "POST" else None
    answer = await organization.ask(method, path, body, key=key)
    assert answer.status == status, answer.body


async def test_a_project_s_own_key_and_a_bound_key_see_no_alerts_of_the_organization(
    organization: Organization,
) -> None:
    project = await organization.project()
    key = (await organization.key(project))["value"]
    bound = (await organization.admin(projects=[project]))["value"]
    for path in (f"{V1}/spend_alerts", f"{PROJECTS}/{project}/spend_alerts"):
        assert (await organization.ask("GET", path, key=key)).status == 403
    assert (await organization.ask("GET", f"{V1}/spend_alerts", key=bound)).status == 403
    own = await organization.ask("GET", f"{PROJECTS}/{project}/spend_alerts", key=bound)
    assert own.status == 200


async def test_what_is_crossed_is_shown_and_logged_once(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}/spend_alerts"
    made = await organization.post(path, asked(6))
    above = await organization.post(path, asked(7))
    key = (await organization.key(project))["value"]
    body = {"prompt": "a fox", "response_format": "url"}
    drawn = await organization.ask("POST", "/v1/images/generations", body, key=key)
    assert drawn.status == 200, drawn.body
    async with asyncio.timeout(SECONDS + SLACK):
        while not (await organization.get(f"{path}/{made['id']}"))["crossed_at"]:  # noqa: ASYNC110  it rings no bell
            await asyncio.sleep(0.02)
    assert (await organization.get(f"{path}/{above['id']}"))["crossed_at"] is None
    at_once = await organization.post(path, asked(1))  # below what is spent already
    assert at_once["crossed_at"] is not None
    assert (await organization.get(f"{path}/{at_once['id']}"))["crossed_at"] is not None
    async with asyncio.timeout(SECONDS + SLACK):
        while organization.books.exists(f"{ROOT}alerts-due"):  # noqa: ASYNC110  it rings no bell
            await asyncio.sleep(0.05)
    logged = organization.gateway.output + organization.replica.output
    for one in (made, at_once):
        assert logged.count(f'"crossing":"{one["id"]}-'.replace(":", ": ")) == 1
    assert above["id"] not in logged
