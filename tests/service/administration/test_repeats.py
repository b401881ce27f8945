"""Idempotency-Key on POSTs of administration: made once, answered the same, secret included."""

import asyncio

import pytest

from service.keys import make
from tests.contract.gateway import start_gateway
from tests.service.administration.conftest import OWNER, PEPPER, PROJECTS, ROOT, V1, Organization
from tests.service.wire import dial, request
from tests.stores import start_valkey


def once(name: str) -> dict[str, str]:
    return {"idempotency-key": name}


async def test_a_repeat_has_the_same_answer_with_the_secret(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}/service_accounts"
    body = {"name": "app"}
    first = await organization.ask("POST", path, body, headers=once("a b/1"))
    before = organization.lines()
    again = await organization.ask(
        "POST", path, body, headers=once("a b/1"), port=organization.replica.port
    )
    assert again.status == first.status == 200 and again.body == first.body
    assert "value" in again.json["api_key"] and organization.lines() == before
    value = again.json["api_key"]["value"]
    assert value not in organization.dump()  # kept sealed, under the admin key itself
    other = await organization.ask("POST", path, {"name": "other"}, headers=once("a b/1"))
    assert (other.status, other.error["code"]) == (422, "idempotency_key_reused")
    elsewhere = await organization.ask("POST", PROJECTS, body, headers=once("a b/1"))
    assert elsewhere.status == 422
    assert organization.lines() == before


async def test_the_same_name_of_another_admin_is_another_request(
    organization: Organization,
) -> None:
    admin = (await organization.admin())["value"]
    told = [
        await organization.ask("POST", PROJECTS, {"name": name}, key=key, headers=once("mine"))
        for key, name in ((admin, "a"), ((await organization.admin())["value"], "b"))
    ]
    assert [answer.status for answer in told] == [200, 200]


@pytest.mark.parametrize("path", [PROJECTS, f"{V1}/admin_api_keys"])
async def test_many_at_once_make_one(organization: Organization, path: str) -> None:
    name = make(admin=False)  # of this test alone
    before = len(organization.lines())
    ports = [organization.gateway.port, organization.replica.port] * 6
    told = await asyncio.gather(
        *(
            organization.ask("POST", path, {"name": "once"}, headers=once(name), port=port)
            for port in ports
        )
    )
    assert {answer.status for answer in told} == {200}
    assert len({answer.body for answer in told}) == 1
    assert len(organization.lines()) == before + 1


async def test_a_reply_that_was_lost_is_had_again(organization: Organization) -> None:
    project = await organization.project()
    path = f"{PROJECTS}/{project}/service_accounts"
    admin = (await organization.admin())["value"]
    headers = [
        ("authorization", f"Bearer {admin}"),
        ("content-type", "application/json"),
        ("idempotency-key", "lost"),
    ]
    accounts = f"{ROOT}service-accounts:{project}"
    async with dial(organization.gateway.port) as line, asyncio.timeout(5):
        await line.send(request("POST", path, headers, b'{"name": "app"}'))
        while not organization.books.zcard(accounts):  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.02)
    again = await organization.ask(
        "POST", path, b'{"name": "app"}', key=admin, headers=once("lost")
    )
    assert again.status == 200 and organization.books.zcard(accounts) == 1
    assert await organization.draws(again.json["api_key"]["value"]) == 200


async def test_what_was_refused_is_looked_at_anew(organization: Organization) -> None:
    headers = once("late")
    told = await organization.ask("POST", PROJECTS, {"name": ""}, headers=headers)
    assert told.status == 400
    told = await organization.ask("POST", PROJECTS, {"name": "x"}, headers=headers)
    assert told.status == 200


@pytest.mark.parametrize("name", ["", "x" * 256, "caf\xe9"])
async def test_a_name_that_cannot_be_is_refused(organization: Organization, name: str) -> None:
    told = await organization.ask("POST", PROJECTS, {"name": "x"}, headers=once(name))
    assert (told.status, told.error["param"]) == (400, "Idempotency-Key")


async def test_a_post_that_may_have_written_is_sent_again_only_with_a_name(
    organization: Organization,
) -> None:
    await organization.get(PROJECTS)  # the key is known for two seconds
    organization.store.pause()
    try:
        told = [
            await organization.ask("POST", PROJECTS, {"name": "x"}),
            await organization.ask("POST", PROJECTS, {"name": "x"}, headers=once("silent")),
            await organization.ask("GET", PROJECTS),
        ]
    finally:
        organization.store.go_on()
    assert [answer.status for answer in told] == [503] * 3
    assert {answer.error["code"] for answer in told} == {"ledger_unavailable"}
    assert [answer.headers["x-should-retry"] for answer in told] == ["false", "true", "true"]
    async with asyncio.timeout(10):
        for port in (organization.gateway.port, organization.replica.port):
            while (await organization.ask("GET", PROJECTS, port=port)).status != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_a_repeat_is_one_over_a_change_of_the_pepper() -> None:
    path, headers = f"{V1}/admin_api_keys", {"idempotency-key": "over the change"}
    with start_valkey() as store:
        env = {
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_UPSTREAM_URL": "sandbox:",
            "IDEOGATE_ADMIN_KEY": OWNER,
        }
        new = {
            "IDEOGATE_KEY_PEPPER": "another-pepper-of-32-characters",
            "IDEOGATE_KEY_PEPPER_OLD": PEPPER,
        }
        answers = []
        for peppers in ({"IDEOGATE_KEY_PEPPER": PEPPER}, new):
            with start_gateway(env | peppers) as gateway:
                mine = Organization(gateway, gateway, store)
                answers.append(await mine.ask("POST", path, {"name": "team"}, headers=headers))
                other = await mine.ask("POST", path, {"name": "other"}, headers=headers)
                assert other.status == 422
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
