"""Defaults over HTTP: of the file and of admins, shown as inherited, met by whoever draws."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.__main__ import cli
from tests.contract.gateway import start_gateway
from tests.service.administration.conftest import (
    OWNER,
    PEPPER,
    PROJECTS,
    ROOT,
    SECONDS,
    SLACK,
    V1,
    Organization,
)
from tests.service.wire import Answer
from tests.stores import start_valkey
from tests.upstream import Upstream

DEFAULTS = f"{V1}/defaults"
NOTHING: dict[str, Any] = {
    "projects": {"spend_limit": None, "limits": None, "models": None},
    "keys": {"spend_limits": None, "limits": None, "expires_in_seconds": None},
}
MONTH = {"currency": "USD", "interval": "month"}
FILE = """
[defaults]
project_spend_month = "50.00"
project_images_request = 4
project_requests_minute = 600
key_spend_total = "5.00"
key_lifetime = "90d"
"""


class Site(Organization):
    """An organization whose gateway reads a file."""

    file: Path

    def write(self, text: str) -> None:
        """The file as it is to be, read again at once."""
        self.file.write_text(text, "utf-8")
        os.kill(self.gateway.pid, signal.SIGHUP)

    async def until(self, path: str, **wanted: Any) -> None:
        """Wait until a GET shows this."""
        async with asyncio.timeout(SECONDS + SLACK):
            while not wanted.items() <= (await self.get(path)).items():  # noqa: ASYNC110  it is asked
                await asyncio.sleep(0.05)

    async def draw(self, key: str, *, dry: bool = False, **asked: Any) -> Answer:
        headers = {"x-ideogate-dry-run": "true"} if dry else {}
        body = {"prompt": "a fox", "response_format": "url", **asked}
        return await self.ask("POST", "/v1/images/generations", body, key=key, headers=headers)


@pytest.fixture(scope="module")
def started(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    file = tmp_path_factory.mktemp("config") / "ideogate.toml"
    file.write_text(FILE, "utf-8")
    with start_valkey() as store:
        env = {
            "IDEOGATE_CONFIG": str(file),
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_KIND": "aihubmix",
            "IDEOGATE_UPSTREAM_API_KEY": "canary-upstream-key",
            "IDEOGATE_ADMIN_KEY": OWNER,
            "IDEOGATE_TRUSTED_PROXIES": "127.0.0.1",
        }
        with start_gateway(env) as gateway:
            site = Site(gateway, gateway, store)
            site.file = file
            yield site


@pytest.fixture
async def site(started: Site) -> Site:
    """As the file has it."""
    await started.post(DEFAULTS, NOTHING)
    return started


async def test_the_file_is_in_force_from_the_start(site: Site) -> None:
    assert await site.get(DEFAULTS) == {
        "object": "organization.defaults",
        "projects": {
            "spend_limit": {"threshold_amount": 5000, "microusd": 50_000_000, **MONTH},
            "limits": {**NO_LIMITS, "images_request": 4, "requests_minute": 600},
            "models": None,
        },
        "keys": {
            "spend_limits": [
                {
                    "threshold_amount": 500,
                    "microusd": 5_000_000,
                    "currency": "USD",
                    "interval": "total",
                }
            ],
            "limits": NO_LIMITS,
            "expires_in_seconds": 90 * 86_400,
        },
        "from_file": [
            "project_spend_month",
            "project_images_request",
            "project_requests_minute",
            "key_spend_total",
            "key_lifetime",
        ],
    }


async def test_what_is_inherited_is_shown_so(site: Site) -> None:
    project = await site.project(limits={"requests_minute": 60})
    shown = await site.get(f"{PROJECTS}/{project}")
    assert (shown["limits"]["images_request"], shown["limits"]["requests_minute"]) == (4, 60)
    assert shown["limits"]["inherited"] == ["images_request"]
    limit = await site.get(f"{PROJECTS}/{project}/spend_limit")
    assert (limit["threshold_amount"], limit["inherited"]) == (5000, True)
    gone = await site.ask("DELETE", f"{PROJECTS}/{project}/spend_limit")
    assert (gone.status, gone.error["code"]) == (404, "not_found")
    own = {"threshold_amount": 100, **MONTH}
    limit = await site.post(f"{PROJECTS}/{project}/spend_limit", own)
    assert limit["inherited"] is False
    await site.delete(f"{PROJECTS}/{project}/spend_limit")
    limit = await site.get(f"{PROJECTS}/{project}/spend_limit")
    assert (limit["threshold_amount"], limit["inherited"]) == (5000, True)
    rates = await site.get(f"{PROJECTS}/{await site.project()}/rate_limits")
    assert {one["max_requests_per_1_minute"] for one in rates["data"]} == {600}


async def test_a_new_key_has_the_lifetime_and_inherits_the_spends(site: Site) -> None:
    project = await site.project()
    key = await site.key(project)
    assert key["expires_at"] == key["created_at"] + 90 * 86_400
    (spend,) = key["spend_limits"]
    assert (spend["threshold_amount"], spend["interval"], spend["inherited"]) == (
        500,
        "total",
        True,
    )
    brief = await site.key(project, expires_in_seconds=3600)
    assert brief["expires_at"] == brief["created_at"] + 3600
    own = [{"threshold_amount": 7, "currency": "USD", "interval": "total"}]
    path = f"{PROJECTS}/{project}/api_keys/{key['id']}"
    changed = await site.post(path, {"spend_limits": own})
    (spend,) = changed["spend_limits"]
    assert (spend["threshold_amount"], spend["inherited"]) == (7, False)
    changed = await site.post(path, {"spend_limits": None, "expires_in_seconds": None})
    (spend,) = changed["spend_limits"]
    assert (spend["threshold_amount"], spend["inherited"]) == (500, True)
    assert changed["expires_at"] is None


async def test_a_change_by_an_admin_stops_all_that_have_none_of_their_own(site: Site) -> None:
    key = (await site.key(await site.project()))["value"]
    assert (await site.draw(key)).status == 200
    before = len(site.lines())
    nothing = {"spend_limit": {"threshold_amount": 0, **MONTH}}
    shown = await site.post(DEFAULTS, {"projects": nothing})
    assert shown["projects"]["spend_limit"]["microusd"] == 0
    assert "project_spend_month" not in shown["from_file"]
    assert (await site.draw(key)).error["code"] == "insufficient_quota"
    shown = await site.post(DEFAULTS, {"projects": {"spend_limit": None}})  # the file's again
    assert shown["projects"]["spend_limit"]["microusd"] == 50_000_000
    assert (await site.draw(key)).status == 200
    lines = site.lines()[before:]
    assert [(line["what"], line["did"]) for line in lines] == [
        ("organization.updated", "defaults set")
    ] * 2
    assert '"project_spend_month":"0"' in lines[0]["details"]


async def test_limits_change_one_by_one(site: Site) -> None:
    key = (await site.key(await site.project()))["value"]
    assert (await site.draw(key, dry=True, n=5)).status == 200  # a dry run holds nothing
    assert (await site.draw(key, n=5)).error["param"] == "n"
    await site.post(DEFAULTS, {"projects": {"limits": {"images_request": 5}}})
    assert (await site.draw(key, n=5)).status == 200
    shown = await site.post(DEFAULTS, {"keys": {"limits": {"speeds": ["TURBO"]}}})
    assert shown["projects"]["limits"]["images_request"] == 5
    assert (await site.draw(key)).error["code"] == "model_not_allowed"
    assert (await site.draw(key, quality="low")).status == 200


async def test_models_are_inherited_by_projects_without_a_list(site: Site) -> None:
    free, bound = await site.project(), await site.project()
    everything: dict[str, Any] = {"mode": "deny_list", "model_ids": []}
    await site.post(f"{PROJECTS}/{free}/model_permissions", everything)
    keys = {one: (await site.key(one))["value"] for one in (free, bound)}
    turbo = {"mode": "allow_list", "model_ids": ["ideogram-v3-turbo"]}
    shown = await site.post(DEFAULTS, {"projects": {"models": turbo}})
    assert shown["projects"]["models"] == {**turbo, "inherited": False}
    permissions = await site.get(f"{PROJECTS}/{bound}/model_permissions")
    assert permissions == {"object": "project.model_permissions", **turbo, "inherited": True}
    async with asyncio.timeout(SECONDS + SLACK):  # a key's record is looked up every two seconds
        while (await site.draw(keys[bound], dry=True)).status != 403:  # noqa: ASYNC110  it is asked
            await asyncio.sleep(0.1)
    assert (await site.draw(keys[bound], dry=True, quality="low")).status == 200
    assert (await site.draw(keys[free], dry=True)).status == 200
    gone = await site.ask("DELETE", f"{PROJECTS}/{bound}/model_permissions")
    assert (gone.status, gone.error["code"]) == (404, "not_found")


async def test_a_file_that_is_read_again_changes_what_is_inherited(site: Site) -> None:
    project = await site.project()
    path = f"{PROJECTS}/{project}/spend_limit"
    try:
        site.write('[defaults]\nproject_spend_month = "1.00"\n')
        await site.until(path, threshold_amount=100, inherited=True)
        shown = await site.get(DEFAULTS)
        assert shown["from_file"] == ["project_spend_month"]
        site.write('[defaults]\nproject_spend_month = "a lot"\n')
        async with asyncio.timeout(SECONDS + SLACK):
            while "defaults: project_spend_month holds" not in site.gateway.output:  # noqa: ASYNC110  a file rings no bell
                await asyncio.sleep(0.05)
        assert (await site.get(path))["threshold_amount"] == 100
    finally:
        site.write(FILE)
        await site.until(path, threshold_amount=5000)


async def test_the_command_line_gives_the_lifetime_and_shows_what_is_inherited(site: Site) -> None:
    made = await command(site, "keys", "create", "--project", "proj_cli")
    stays = await command(site, "keys", "create", "--project", "proj_cli", "--expires", "2h")
    keys = await site.get(f"{PROJECTS}/proj_cli/api_keys")
    ends = {
        one["redacted_value"][-4:]: one["expires_at"] - one["created_at"] for one in keys["data"]
    }
    assert ends == {made[-4:]: 90 * 86_400, stays[-4:]: 7200}
    shown = await command(site, "limits", "show")
    rows = [" ".join(row.split()) for row in shown.splitlines()]
    assert "any project without spend_month $50.000000" in rows
    assert "any key without spend_total $5.000000" in rows


async def command(site: Site, *words: str) -> str:
    env = {
        "IDEOGATE_STORE_URL": site.store.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
    }
    told = await asyncio.to_thread(CliRunner().invoke, cli, list(words), env=env)
    assert told.exit_code == 0, told.output
    return told.output.strip()


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"spent": 0}, "spent"),
        ({"projects": 7}, "projects"),
        ({"projects": {"spend_limit": {"threshold_amount": 5}}}, "projects.spend_limit.currency"),
        ({"projects": {"limits": {"images_request": -1}}}, "projects.limits.images_request"),
        ({"projects": {"spend_limits": []}}, "projects.spend_limits"),
        (
            {"projects": {"models": {"mode": "allow_list", "model_ids": ["nobody"]}}},
            "projects.models.model_ids[0]",
        ),
        ({"keys": {"limits": {"requests_minute": 1}}}, "keys.limits.requests_minute"),
        ({"keys": {"expires_in_seconds": 0}}, "keys.expires_in_seconds"),
        ({"keys": {"spend_limits": 3}}, "keys.spend_limits"),
    ],
)
async def test_a_bad_default_is_refused_and_nothing_is_written(
    body: dict[str, Any], param: str, site: Site
) -> None:
    before = site.dump()
    answer = await site.ask("POST", DEFAULTS, body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert site.dump() == before


async def test_a_body_that_says_nothing_changes_nothing(site: Site) -> None:
    before = site.dump()
    assert await site.post(DEFAULTS, {}) == await site.get(DEFAULTS)
    assert site.dump() == before
    assert not site.books.exists(f"{ROOT}defaults")


NO_LIMITS: dict[str, Any] = {
    "images_request": None,
    "spend_request_microusd": None,
    "speeds": None,
    "operations": None,
    "requests_minute": None,
    "requests_day": None,
    "images_minute": None,
    "inherited": [],
}
