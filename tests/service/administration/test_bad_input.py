"""Every POST of administration against bodies that nobody should send: a clear 4xx, and nothing written."""

import re
from typing import Any, Final

import pytest

from service.administration.table import ENDPOINTS
from tests.service.administration.conftest import PROJECTS, V1, Organization

WRITES: Final = sorted(one.path for one in ENDPOINTS if one.method == "POST")
BODIES: Final[dict[str, bytes]] = {
    "not JSON": b"{",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "not UTF-8": b'{"name": "\xff"}',
    "too deep": b'{"name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a spend of one's own": b'{"spent": 1}',
    "twice": b'{"spent": 1, "spent": 2}',
    "a lone surrogate": rb'{"name": "\ud800"}',
    "not a number": b'{"threshold_amount": NaN}',
    "long": b'{"name": "' + b"x" * 70_000 + b'"}',
    "an escape": rb'{"name": "a\u001b[31m"}',
    "lines": rb'{"name": "a\nb"}',
    "empty": b'{"name": ""}',
}
AMOUNTS: Final = (
    "-1",
    "1.5",
    "2.0",
    "1e3",
    '"5"',
    "true",
    "null",
    "[]",
    "9" * 400,
    "10" + "0" * 18,
)
LIMIT: Final = '{"currency": "USD", "interval": "month", "threshold_amount": %s}'
QUIET: Final = re.compile(r"'used': '[0-9]+'")  # a key's last use is written beside


async def state(organization: Organization) -> str:
    return QUIET.sub("", organization.dump())


@pytest.fixture
async def ids(organization: Organization) -> dict[str, str]:
    """What the parameters of a path stand for; all of it is there."""
    project = await organization.project()
    key = await organization.key(project)
    return {
        "project_id": project,
        "account_id": key["account"],
        "key_id": key["id"],
        "rate_limit_id": "rl-ideogram-v3",
        "alert_id": "alert_none",
    }


def filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+):\w+\}", lambda found: ids[found[1]], path)


def refused(answer: Any, what: str) -> None:
    assert 400 <= answer.status < 500, (what, answer.status, answer.body)
    error = answer.json["error"]
    assert set(error) == {"message", "type", "param", "code"} and error["message"], what
    assert "\x1b" not in error["message"] and len(error["message"]) < 1_000


@pytest.mark.parametrize("path", WRITES)
async def test_no_body_breaks_a_route_or_leaves_a_trace(
    organization: Organization, ids: dict[str, str], path: str
) -> None:
    where = filled(path, ids)
    before = await state(organization)
    for what, body in BODIES.items():
        refused(await organization.ask("POST", where, body), f"{path}: {what}")
    packed = await organization.ask("POST", where, b"{}", headers={"content-encoding": "gzip"})
    assert packed.status == 415
    form = await organization.ask(
        "POST", where, b"name=x", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    refused(form, path)
    assert await state(organization) == before


@pytest.mark.parametrize("where", [f"{V1}/spend_limit", "/spend_limit", "/spend_alerts"])
async def test_an_amount_is_whole_cents_and_in_bounds(
    organization: Organization, ids: dict[str, str], where: str
) -> None:
    path = where if where.startswith(V1) else f"{PROJECTS}/{ids['project_id']}{where}"
    before = await state(organization)
    channel = '"notification_channel": {"type": "email", "recipients": ["a@example.com"]}, '
    begin = "{" + (channel if "alerts" in path else "")
    for amount in AMOUNTS:
        body = begin + (LIMIT % amount)[1:]
        answer = await organization.ask("POST", path, body.encode())
        refused(answer, amount)
        assert answer.json["error"]["param"] == "threshold_amount", (amount, answer.body)
    for field, value in (("currency", "EUR"), ("interval", "day"), ("currency", "usd")):
        body = begin + (LIMIT % 100)[1:].replace(
            '"USD"' if field == "currency" else '"month"', f'"{value}"'
        )
        answer = await organization.ask("POST", path, body.encode())
        refused(answer, value)
        assert answer.json["error"]["param"] == field
    assert await state(organization) == before


async def test_names_of_others_never_become_keys_of_the_store(
    organization: Organization,
) -> None:
    hostile = ["{x}", "a:b:c", "*", "?[a]", "日本語", "'; FLUSHALL", "ig:{org-default}:journal"]
    before = set(organization.books.scan_iter())
    for name in hostile:
        project = await organization.project(name=name, tags={"team": name})
        await organization.key(project, name=name)
        found = await organization.get(f"{PROJECTS}/{project}")
        assert (found["name"], found["tags"]) == (name, {"team": name})
    made = set(organization.books.scan_iter()) - before
    plain = re.compile(r"ig:\{org-default\}:[a-z-]+(:[A-Za-z0-9_:-]+)?")
    assert made and all(plain.fullmatch(key) for key in made), made
