"""Who may do what: every route of administration and metering, asked by everybody there is."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple

import pytest
import pytest_asyncio

from service.administration.table import ENDPOINTS
from tests.service.administration.conftest import PROJECTS, V1, Organization

# Admin keys of all projects, those bound to the project in the path ("here") and those bound to
# another one ("there"); keys of that project; keys that are none any more.
WHOLE: Final = ("owner", "member", "reader")
HERE: Final = ("owner here", "member here", "reader here")
THERE: Final = ("owner there", "member there", "reader there")
OF_PROJECTS: Final = ("project key", "read-only project key")
NOBODY: Final = ("revoked owner", "expired owner", "revoked project key", "no key")
EVERYBODY: Final = (*WHOLE, *HERE, *THERE, *OF_PROJECTS, *NOBODY)

OWNERS: Final = frozenset({"owner"})  # of the whole organization
BUILDERS: Final = frozenset({"owner", "member"})  # of projects
READERS: Final = frozenset(WHOLE)
WRITERS_HERE: Final = BUILDERS | {"owner here", "member here"}
READERS_HERE: Final = READERS | set(HERE)
LISTS: Final = READERS_HERE | set(THERE)  # each sees its own part
METERS: Final = LISTS | set(OF_PROJECTS)


class Rule(NamedTuple):
    """Who may, and what they are told here: what is asked for is wrong or not there, so that nothing
    is changed.
    """

    may: frozenset[str]
    told: int


ONE: Final = f"{PROJECTS}/HERE"
RULES: Final[Mapping[str, Rule]] = {
    f"GET {PROJECTS}": Rule(LISTS, 200),
    f"POST {PROJECTS}": Rule(BUILDERS, 400),
    f"GET {ONE}": Rule(READERS_HERE, 200),
    f"POST {ONE}": Rule(WRITERS_HERE, 400),
    f"POST {ONE}/archive": Rule(WRITERS_HERE, 400),
    f"GET {ONE}/service_accounts": Rule(READERS_HERE, 200),
    f"POST {ONE}/service_accounts": Rule(WRITERS_HERE, 400),
    f"GET {ONE}/service_accounts/none": Rule(READERS_HERE, 404),
    f"POST {ONE}/service_accounts/none": Rule(WRITERS_HERE, 400),
    f"DELETE {ONE}/service_accounts/none": Rule(WRITERS_HERE, 404),
    f"POST {ONE}/service_accounts/none/api_keys": Rule(WRITERS_HERE, 400),
    f"GET {ONE}/api_keys": Rule(READERS_HERE, 200),
    f"GET {ONE}/api_keys/none": Rule(READERS_HERE, 404),
    f"POST {ONE}/api_keys/none": Rule(WRITERS_HERE, 400),
    f"DELETE {ONE}/api_keys/none": Rule(WRITERS_HERE, 404),
    f"GET {ONE}/rate_limits": Rule(READERS_HERE, 200),
    f"POST {ONE}/rate_limits/none": Rule(WRITERS_HERE, 400),
    f"GET {ONE}/spend_limit": Rule(READERS_HERE, 404),
    f"POST {ONE}/spend_limit": Rule(WRITERS_HERE, 400),
    f"DELETE {ONE}/spend_limit": Rule(WRITERS_HERE, 404),
    f"GET {ONE}/model_permissions": Rule(READERS_HERE, 404),
    f"POST {ONE}/model_permissions": Rule(WRITERS_HERE, 400),
    f"DELETE {ONE}/model_permissions": Rule(WRITERS_HERE, 404),
    f"GET {ONE}/spend_alerts": Rule(READERS_HERE, 200),
    f"POST {ONE}/spend_alerts": Rule(WRITERS_HERE, 400),
    f"GET {ONE}/spend_alerts/none": Rule(READERS_HERE, 404),
    f"POST {ONE}/spend_alerts/none": Rule(WRITERS_HERE, 404),
    f"DELETE {ONE}/spend_alerts/none": Rule(WRITERS_HERE, 404),
    f"GET {V1}/admin_api_keys": Rule(OWNERS, 200),
    f"POST {V1}/admin_api_keys": Rule(OWNERS, 400),
    f"GET {V1}/admin_api_keys/none": Rule(OWNERS, 404),
    f"DELETE {V1}/admin_api_keys/none": Rule(OWNERS, 404),
    f"GET {V1}/audit_logs": Rule(OWNERS, 200),
    f"GET {V1}/defaults": Rule(READERS, 200),
    f"POST {V1}/defaults": Rule(OWNERS, 400),
    f"GET {V1}/spend_limit": Rule(READERS, 404),
    f"POST {V1}/spend_limit": Rule(OWNERS, 400),
    f"DELETE {V1}/spend_limit": Rule(OWNERS, 404),
    f"GET {V1}/spend_alerts": Rule(READERS, 200),
    f"POST {V1}/spend_alerts": Rule(OWNERS, 400),
    f"GET {V1}/spend_alerts/none": Rule(READERS, 404),
    f"POST {V1}/spend_alerts/none": Rule(OWNERS, 404),
    f"DELETE {V1}/spend_alerts/none": Rule(OWNERS, 404),
    f"GET {V1}/usage/images": Rule(METERS, 400),
    f"GET {V1}/costs": Rule(METERS, 400),
    f"GET {V1}/ledger": Rule(METERS, 200),
}
PARAMS: Final = {
    "{project_id:str}": "HERE",
    "{account_id:str}": "none",
    "{key_id:str}": "none",
    "{alert_id:str}": "none",
    "{rate_limit_id:path}": "none",
}


def spelled(path: str) -> str:
    """A path of the table of routes as it stands in the rules."""
    for param, value in PARAMS.items():
        path = path.replace(param, value)
    return path


def expected(rule: Rule, who: str) -> tuple[int, str | None]:
    """Status, and the code where the route itself is not reached."""
    if who in NOBODY:
        return 401, None if who == "no key" else "invalid_api_key"
    if who in rule.may:
        return rule.told, None
    return 403, "insufficient_permissions"


def test_every_route_has_a_rule_and_no_other() -> None:
    served = {f"{endpoint.method} {spelled(endpoint.path)}" for endpoint in ENDPOINTS}
    assert served == set(RULES)


class Everybody(NamedTuple):
    organization: Organization
    project: str
    keys: Mapping[str, str | None]

    async def asks(self, what: str, who: str) -> tuple[int, str | None]:
        method, path = what.replace("HERE", self.project).split(" ")
        body = {"spent": 0} if method == "POST" else None  # a field that nothing has
        answer = await self.organization.ask(method, path, body, key=self.keys[who])
        code = answer.error["code"] if answer.status in (401, 403) else None
        return answer.status, code


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everybody(organization: Organization) -> AsyncIterator[Everybody]:
    here, there = await organization.project(), await organization.project()
    keys: dict[str, str | None] = {"no key": None}
    for role in WHOLE:
        for where, projects in (("", None), (" here", [here]), (" there", [there, "proj_default"])):
            bound = {"projects": projects} if projects else {}
            keys[role + where] = (await organization.admin(role=role, **bound))["value"]
    keys["project key"] = (await organization.key(here))["value"]
    readers = await organization.key(here, scopes=["api.all.read"])
    keys["read-only project key"] = readers["value"]
    gone = await organization.key(here)
    keys["revoked project key"] = gone["value"]
    await organization.delete(f"{PROJECTS}/{here}/api_keys/{gone['id']}")
    revoked = await organization.admin()
    keys["revoked owner"] = revoked["value"]
    await organization.delete(f"{V1}/admin_api_keys/{revoked['id']}")
    brief = await organization.admin(expires_in_seconds=1)
    keys["expired owner"] = brief["value"]
    async with asyncio.timeout(10):
        while organization.books.time()[0] < brief["expires_at"]:  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.05)
    yield Everybody(organization, here, keys)


@pytest.mark.parametrize("what", RULES)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_route_lets_in_whom_the_rules_say(everybody: Everybody, what: str) -> None:
    before = everybody.organization.books.hgetall("ig:{org-default}:limits:organization")
    told = {who: await everybody.asks(what, who) for who in EVERYBODY}
    assert told == {who: expected(RULES[what], who) for who in EVERYBODY}
    after = everybody.organization.books.hgetall("ig:{org-default}:limits:organization")
    assert after == before


@pytest.mark.asyncio(loop_scope="module")
async def test_a_bound_key_sees_no_other_project_by_any_name(everybody: Everybody) -> None:
    organization = everybody.organization
    for project in ("proj_default", "proj_nobody", "%2e%2e", everybody.project.lower()):
        for method in ("GET", "POST"):
            body = {"spent": 0} if method == "POST" else None
            told = await organization.ask(
                method, f"{PROJECTS}/{project}", body, key=everybody.keys["owner here"]
            )
            assert (told.status, told.error["code"]) == (403, "insufficient_permissions")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_bound_key_lists_its_own_projects(everybody: Everybody) -> None:
    for role in HERE:
        key = everybody.keys[role]
        assert key is not None
        listed = await everybody.organization.get(f"{PROJECTS}?limit=100", key=key)
        assert [one["id"] for one in listed["data"]] == [everybody.project]


@pytest.mark.parametrize("who", [*WHOLE, *HERE])
@pytest.mark.asyncio(loop_scope="module")
async def test_an_admin_key_does_nothing_on_other_routes(everybody: Everybody, who: str) -> None:
    for method, path in (("POST", "/v1/images/generations"), ("GET", "/v1/models")):
        body = {"prompt": "a fox"} if method == "POST" else None
        told = await everybody.organization.ask(method, path, body, key=everybody.keys[who])
        assert (told.status, told.error["code"]) == (401, "invalid_api_key")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_read_only_key_lists_models_and_draws_nothing(everybody: Everybody) -> None:
    key = everybody.keys["read-only project key"]
    assert key is not None
    assert (await everybody.organization.ask("GET", "/v1/models", key=key)).status == 200
    assert await everybody.organization.draws(key) == 403


def test_everybody_has_a_key() -> None:
    assert len(set(EVERYBODY)) == len(EVERYBODY) == 15
