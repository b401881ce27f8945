"""Keys and limits as an operator sets them and a caller meets them: commands, HTTP, two replicas."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from click.testing import CliRunner

from service.__main__ import cli
from service.attempts import MOST
from service.keys import make
from tests.contract.gateway import Gateway, start_gateway
from tests.service.conftest import PEPPER, Site
from tests.service.wire import Answer, ask

NUMBERS = itertools.count()
LEFT = {f"x-ratelimit-{what}-{of}" for what in ("limit", "remaining", "reset") for of in ("requests", "images")}  # fmt: skip
SLACK = 2.0


def command(site: Site, *words: str) -> str:
    env = {
        "IDEOGATE_STORE_URL": site.store.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
    }
    with ThreadPoolExecutor(1) as pool:  # a command has an event loop of its own
        told = pool.submit(CliRunner().invoke, cli, list(words), env=env).result()
    assert told.exit_code == 0, told.output
    return told.output.strip()


class App:
    """A key in a project of its own."""

    def __init__(self, site: Site, *options: str) -> None:
        self.site = site
        self.project = f"proj_{next(NUMBERS)}"
        self.name = f"app of {self.project}"
        self.key = command(
            site, "keys", "create", "--project", self.project, "--name", self.name, *options
        )

    @property
    def row(self) -> str:
        (row,) = (r for r in command(self.site, "keys", "list").splitlines() if self.name in r)
        return row

    @property
    def id(self) -> str:
        return self.row.split()[0]

    def limit(self, *values: str, model: str = "") -> None:
        command(self.site, "limits", "set", f"project:{self.project}{model}", *values)

    async def draw(self, *headers: tuple[str, str], port: int = 0, **asked: Any) -> Answer:
        body = json.dumps({"prompt": "a fox", "response_format": "url", **asked}).encode()
        told = [("authorization", f"Bearer {self.key}"), ("content-type", "application/json")]
        port = port or self.site.port
        return await ask(port, "POST", "/v1/images/generations", [*told, *headers], body)


@pytest.fixture(scope="module")
def replica(site: Site) -> Iterator[Gateway]:
    """A second gateway on the same store, behind a proxy."""
    env = {
        "IDEOGATE_STORE_URL": site.store.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": f"{site.upstream.base_url}/ideogram",
        "IDEOGATE_UPSTREAM_KIND": "aihubmix",
        "IDEOGATE_UPSTREAM_API_KEY": "canary-upstream-key",
        "IDEOGATE_TRUSTED_PROXIES": "127.0.0.1",
    }
    with start_gateway(env) as gateway:
        yield gateway


async def models(port: int, key: str, *headers: tuple[str, str]) -> Answer:
    told = [("authorization", f"Bearer {key}"), *headers]
    return await ask(port, "GET", "/v1/models", told)


async def test_every_answer_says_what_is_left_of_the_rates(site: Site) -> None:
    app = App(site)
    app.limit("requests_minute=50", "images_minute=40")
    drawn = await app.draw(n=2)
    assert drawn.status == 200
    left = {name: drawn.headers[name] for name in LEFT}
    assert left == {
        "x-ratelimit-limit-requests": "50",
        "x-ratelimit-remaining-requests": "49",
        "x-ratelimit-reset-requests": "1.2s",
        "x-ratelimit-limit-images": "40",
        "x-ratelimit-remaining-images": "38",
        "x-ratelimit-reset-images": "3s",
    }
    streamed = await app.draw(stream=True)
    assert streamed.headers["content-type"] == "text/event-stream"
    for answer in (
        streamed,
        await app.draw(("x-ideogate-dry-run", "true")),
        await app.draw(n=11),
        await app.draw(size="1x99"),
        await ask(site.port, "GET", "/v1/images/generations", [("api-key", app.key)]),
    ):
        if answer.status != 405:
            assert set(answer.headers) >= LEFT, answer.status
            assert int(answer.headers["x-ratelimit-remaining-requests"]) >= 48


async def test_a_repeat_says_what_is_left_and_takes_nothing(site: Site) -> None:
    app = App(site)
    app.limit("requests_day=50", "images_minute=40")
    for first, again in (
        (("idempotency-key", "one"), ("idempotency-key", "one")),
        (("x-stainless-retry-count", "0"), ("x-stainless-retry-count", "1")),
    ):
        drawn = await app.draw(first, ("x-stainless-read-timeout", "0.05"), n=2)
        joined = await app.draw(again, n=2)
        assert joined.headers["x-ideogate-order"] == drawn.headers["x-ideogate-order"]
        for name in ("limit-requests", "remaining-requests", "limit-images"):
            assert joined.headers[f"x-ratelimit-{name}"] == drawn.headers[f"x-ratelimit-{name}"]
        left = int(joined.headers["x-ratelimit-remaining-images"])
        assert left >= int(drawn.headers["x-ratelimit-remaining-images"])
    reused = await app.draw(("idempotency-key", "one"), n=1)
    assert (reused.status, set(reused.headers) >= LEFT) == (422, True)
    assert reused.headers["x-ratelimit-remaining-requests"] == "48"


async def test_a_project_without_limits_has_the_widest_there_are(site: Site) -> None:
    drawn = await App(site).draw()
    assert drawn.headers["x-ratelimit-limit-requests"] == "1000000"
    assert drawn.headers["x-ratelimit-remaining-images"] == "999999"


async def test_a_rate_that_is_used_up_is_a_429_to_be_sent_again(site: Site) -> None:
    app = App(site)
    app.limit("images_minute=3")
    assert (await app.draw(n=3)).status == 200
    slow = await app.draw(n=3)
    assert (slow.status, slow.error["type"], slow.error["code"]) == (
        429, "requests", "rate_limit_exceeded",
    )  # fmt: skip
    wait = int(slow.headers["retry-after"])
    assert 40 <= wait <= 60 and f"Please try again in {wait}s." in slow.error["message"]
    assert slow.headers["x-should-retry"] == "true"
    assert slow.headers["x-ratelimit-remaining-images"] == "0"
    never = await app.draw(n=4)
    assert (never.status, never.headers["x-should-retry"]) == (429, "false")
    assert "retry-after" not in never.headers


async def test_a_spent_limit_is_a_429_that_no_client_sends_again(site: Site) -> None:
    app = App(site, "--spend-day", "0.06")
    app.limit("contact=images@example.com")
    assert (await app.draw()).status == 200
    short = await app.draw()
    assert (short.status, short.error["type"], short.headers["x-should-retry"]) == (
        429, "insufficient_quota", "false",
    )  # fmt: skip
    message = short.error["message"]
    assert "This API key has used $0.060000 of the $0.060000" in message
    assert "00:00 UTC" in message and "ask images@example.com" in message
    command(site, "limits", "set", f"key:{app.id}", "spend_day=0.12")
    assert (await app.draw()).status == 200  # from the next order on


async def test_the_kill_switch_holds_at_once_and_nothing_is_sent(untouched: Site) -> None:
    app = App(untouched)
    app.limit("requests_minute=0")
    dead = await app.draw()
    assert (dead.status, dead.headers["x-should-retry"]) == (429, "false")
    app.limit("requests_minute=", "spend_month=0")
    assert (await app.draw()).error["code"] == "insufficient_quota"


async def test_what_a_key_may_not_ask_for_is_named(untouched: Site) -> None:
    app = App(untouched, "--speeds", "turbo", "--images-request", "2", "--spend-request", "0.05")
    fast = await app.draw()
    assert (fast.status, fast.error["code"], fast.error["param"]) == (
        403, "model_not_allowed", "quality",
    )  # fmt: skip
    many = await app.draw(n=3, quality="low")
    assert (many.status, many.error["param"]) == (400, "n")
    dear = await app.draw(n=2, quality="low")
    assert (dear.status, dear.error["code"], dear.error["param"]) == (400, "invalid_value", "n")


async def test_a_revoked_key_is_refused_by_every_replica_within_two_seconds(
    site: Site, replica: Gateway
) -> None:
    app = App(site)
    for port in (site.port, replica.port):
        assert (await models(port, app.key)).status == 200
    assert command(site, "keys", "revoke", app.id) == f"{app.id} is revoked."
    began = time.monotonic()
    for port in (site.port, replica.port):
        while (await models(port, app.key)).status == 200:
            assert time.monotonic() - began < 2.0 + SLACK
            await asyncio.sleep(0.1)
    assert (await app.draw()).status == 401
    assert command(site, "keys", "revoke", app.id) == f"{app.id} was revoked before."


async def test_a_rotated_key_goes_on_with_its_limits_and_the_old_one_ends(site: Site) -> None:
    app = App(site, "--spend-total", "0.06")
    assert (await app.draw()).status == 200
    old, app.key = app.key, command(site, "keys", "rotate", app.id, "--overlap", "0s")
    short = await app.draw()
    assert short.error["code"] == "insufficient_quota"  # what was spent stays
    await asyncio.sleep(2.0)
    ended = await models(site.port, old)
    assert (ended.status, ended.error["code"]) == (401, "invalid_api_key")
    assert "has expired" in ended.error["message"]


async def test_keys_are_listed_with_their_last_use(site: Site) -> None:
    app = App(site, "--expires", "30d")
    assert app.row.split().count("-") == 2  # not used, not revoked
    assert (await models(site.port, app.key)).status == 200
    async with asyncio.timeout(5):
        while app.row.split().count("-") != 1:  # noqa: ASYNC110  the store rings no bell
            await asyncio.sleep(0.05)
    assert f"sk-ig-...{app.key[-4:]}" in app.row and app.key not in app.row


async def test_too_many_wrong_keys_from_an_address_are_not_looked_at(
    site: Site, replica: Gateway
) -> None:
    app, stranger = App(site), App(site)
    here = ("x-forwarded-for", "198.51.100.1")
    assert (await models(replica.port, app.key, here)).status == 200
    said = [await models(replica.port, make(admin=False), here) for _ in range(MOST)]
    assert {answer.status for answer in said} == {401}
    slow = await models(replica.port, "sk-wrong", here)
    assert (slow.status, slow.error["code"]) == (429, "rate_limit_exceeded")
    assert int(slow.headers["retry-after"]) >= 1 and slow.headers["x-should-retry"] == "true"
    assert (await models(replica.port, app.key, here)).status == 200  # known to be right
    assert (await models(replica.port, stranger.key, ("x-forwarded-for", "9.9.9.9"))).status == 200


def test_limits_are_shown_as_people_write_them(site: Site) -> None:
    app = App(site)
    assert command(site, "limits", "show", f"project:{app.project}") == "No limits are set."
    app.limit("spend_month=10.5", "requests_minute=60")
    app.limit("images_minute=5", model=":ideogram-v3")
    shown = [" ".join(row.split()) for row in command(site, "limits", "show").splitlines()]
    assert f"project:{app.project} spend_month $10.500000" in shown
    assert f"project:{app.project} requests_minute 60" in shown
    assert f"project:{app.project}:ideogram-v3 images_minute 5" in shown


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["limits", "set", "key:key_nobody", "spend_day=1"], "No key has the id key_nobody"),
        (["limits", "set", "organization", "spend_month"], "NAME=VALUE"),
        (["limits", "set", "organization", "spend_month=ten"], "spend_month cannot be 'ten'"),
        (["limits", "show", "team:x"], "has no limits"),
        (["keys", "create", "--spend-day", "ten"], "spend_day cannot be 'ten'"),
        (["keys", "create", "--project", "a b"], "is not an id"),
        (["keys", "create", "--expires", "soon"], "is not a duration"),
        (["keys", "revoke", "key_nobody"], "No key has the id key_nobody"),
        (["keys", "rotate", "key_nobody", "--overlap", "1w"], "is not a duration"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    site: Site, words: list[str], complaint: str
) -> None:
    env = {"IDEOGATE_STORE_URL": site.store.url, "IDEOGATE_KEY_PEPPER": PEPPER, "IDEOGATE_UPSTREAM_URL": "sandbox:"}  # fmt: skip
    told = CliRunner().invoke(cli, words, env=env)
    assert told.exit_code != 0 and complaint in told.output
    assert "Traceback" not in told.output
