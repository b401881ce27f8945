"""Every field of every POST of administration, to all depths, against values nobody should send: each
is refused by its name, and nothing is written.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from adapters.openai import organization_asks as asks
from adapters.openai import organization_limit_asks as limits
from adapters.openai.kinds import Flag, Refused, Whole
from adapters.openai.organization_kinds import Ask, Choice, Line, Matching, Nested, Only, Some
from service.openapi_asked import BODIES
from tests.service.administration.conftest import OWNER, PROJECTS, V1, Organization
from tests.service.administration.test_bad_input import refused, state
from tests.service.wire import ask

CHANNEL: Final = {"type": "email", "recipients": ["a@example.com"]}
SPEND: Final = {"threshold_amount": 5, "currency": "USD", "interval": "month"}
ALERT: Final = {**SPEND, "notification_channel": CHANNEL}
HERE: Final = f"{PROJECTS}/PROJECT"
# Where each body goes, and one that is right but for what a test puts into it.
PLACES: Final[dict[str, tuple[tuple[str, bool], dict[str, Any]]]] = {
    PROJECTS: (("projects", False), {"name": "x"}),
    HERE: (("projects", True), {}),
    f"{HERE}/archive": (("archive", False), {}),
    f"{HERE}/service_accounts": (("service_accounts", False), {"name": "x"}),
    f"{HERE}/service_accounts/ACCOUNT": (("service_accounts", True), {}),
    f"{HERE}/service_accounts/ACCOUNT/api_keys": (("api_keys", False), {}),
    f"{HERE}/api_keys/KEY": (("api_keys", True), {}),
    f"{V1}/admin_api_keys": (("admin_api_keys", False), {"name": "x"}),
    f"{HERE}/rate_limits/rl-ideogram-v3": (("rate_limits", True), {}),
    f"{HERE}/spend_limit": (("spend_limit", False), SPEND),
    f"{V1}/spend_limit": (("spend_limit", False), SPEND),
    f"{HERE}/spend_alerts": (("spend_alerts", False), ALERT),
    f"{V1}/spend_alerts": (("spend_alerts", False), ALERT),
    f"{HERE}/spend_alerts/ALERT": (("spend_alerts", True), ALERT),
    f"{HERE}/model_permissions": (
        ("model_permissions", False),
        {"mode": "allow_list", "model_ids": ["ideogram-v3"]},
    ),
    f"{V1}/defaults": (("defaults", False), {}),
}
DEEP: Final = "[" * 40 + "]" * 40
NUMBERS: Final = ("-1", "1.5", "2.0", "1e3", "1" + "0" * 30, "-" + "9" * 400)
TEXTS: Final = (
    *('""', '" "', r'"a\u0000b"', r'"a\u001b[31m"', r'"a\nb"', r'"\u202e"'),
    *('"' + "x" * 50_000 + '"', '"NaN"'),
)
OTHERS: Final = {"number": "7", "text": '"5"', "flag": "true", "list": "[]", "object": "{}"}
NO_LINES: Final = frozenset(TEXTS) - {'"NaN"'}  # a name may well be that


class Bad(NamedTuple):
    """`value`, raw JSON, at `path` in a body; the refusal names `named` or a place inside it."""

    path: tuple[str | int, ...]
    value: str
    named: str


def bad_values(kind: object) -> tuple[str, ...]:
    """Raw JSON that a kind does not take, without what lies in it."""
    match kind:
        case Line():
            bad = (*NO_LINES, *_but("text"))
        case Matching() | Choice():
            bad = (*TEXTS, *_but("text"))
        case Whole():
            bad = (*NUMBERS, *_but("number"))
        case Flag():
            bad = (*NUMBERS, '"true"', *_but("flag"))
        case Only() | Refused() | Some(least=1):
            bad = (*NUMBERS, *_but("none"))
        case Some() | limits.Scopes() | limits.SpendLimits():
            bad = _but("list")
        case Nested() | asks.Tags():
            bad = _but("object")
        case _:
            raise TypeError(f"nothing bad is known for {kind}")
    return bad


def _but(known: str) -> tuple[str, ...]:
    return (DEEP, *(value for name, value in OTHERS.items() if name != known))


def walk(ask: Ask, path: tuple[str | int, ...]) -> Iterator[Bad]:
    """Each bad value of a field and of all that lies in it."""
    named = _spelled(path)
    values = bad_values(ask.kind)
    if ask.required:
        values += ("null",)
    for value in values:
        yield Bad(path, value, named)
    yield from _inside(ask.kind, path)


def _inside(kind: object, path: tuple[str | int, ...]) -> Iterator[Bad]:
    match kind:
        case Nested():
            for stranger in ("spent", "spent_microusd", "__proto__"):
                yield Bad((*path, stranger), "1", _spelled((*path, stranger)))
            for name, ask in kind.fields.items():
                yield from walk(ask, (*path, name))
        case Some():
            yield from walk(Ask(kind.kind, required=True), (*path, 0))
        case limits.SpendLimits():
            yield from _inside(limits.SPENDS, path)
        case limits.Scopes():
            yield from _inside(limits.SCOPES, path)
        case asks.Tags():
            yield Bad((*path, "Cost Center"), '"x"', _spelled(path))
            for value in bad_values(asks.TAG_VALUE):
                yield Bad((*path, "team"), value, _spelled((*path, "team")))


def _spelled(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def put(body: Any, path: tuple[str | int, ...], mark: str) -> Any:
    """The body with `mark` at a path, whose objects and lists are made where they are missing."""
    if not path:
        return mark
    first, *rest = path
    if isinstance(first, int):
        return [put(body[0] if body else None, tuple(rest), mark)]
    inside = body if isinstance(body, dict) else {}
    return {**inside, first: put(inside.get(first), tuple(rest), mark)}


@pytest.fixture
async def ids(organization: Organization) -> dict[str, str]:
    project = await organization.project()
    key = await organization.key(project)
    alert = await organization.post(f"{PROJECTS}/{project}/spend_alerts", ALERT)
    return {"PROJECT": project, "KEY": key["id"], "ACCOUNT": key["account"], "ALERT": alert["id"]}


def test_every_body_has_a_place() -> None:
    assert {noun for noun, _ in PLACES.values()} == set(BODIES)


@pytest.mark.parametrize("place", PLACES)
async def test_each_bad_field_is_named_and_nothing_is_written(
    organization: Organization, ids: dict[str, str], place: str
) -> None:
    where = re.sub("[A-Z]{3,}", lambda found: ids[found[0]], place)
    noun, right = PLACES[place]
    before = await state(organization)
    found = list(_inside(Nested(BODIES[noun], dict), ()))
    assert found
    for bad in found:
        body = json.dumps(put(right, bad.path, "MARK")).replace('"MARK"', bad.value)
        answer = await organization.ask("POST", where, body.encode())
        refused(answer, f"{place}: {body[:200]}")
        param = answer.json["error"]["param"]
        assert param == bad.named or str(param).startswith(f"{bad.named}["), (body[:200], param)
    assert await state(organization) == before


@pytest.mark.parametrize("place", PLACES)
async def test_text_that_is_none_is_refused_in_each_field(
    organization: Organization, ids: dict[str, str], place: str
) -> None:
    """Half a character: of the body as a whole, which is no JSON text then."""
    where = re.sub("[A-Z]{3,}", lambda found: ids[found[0]], place)
    noun, right = PLACES[place]
    before = await state(organization)
    for path in sorted({bad.path for bad in _inside(Nested(BODIES[noun], dict), ())}, key=str):
        for half in (r'"\ud800"', r'"\udc00a"', '"\udcff"'):
            body = json.dumps(put(right, path, "MARK")).replace('"MARK"', half)
            answer = await organization.ask("POST", where, body.encode(errors="surrogateescape"))
            refused(answer, f"{place}: {body}")
    assert await state(organization) == before


@pytest.mark.parametrize("place", PLACES)
async def test_another_method_or_kind_of_body_is_refused(
    organization: Organization, ids: dict[str, str], place: str
) -> None:
    where = re.sub("[A-Z]{3,}", lambda found: ids[found[0]], place)
    before = await state(organization)
    for method in ("PUT", "PATCH"):
        answer = await organization.ask(method, where, PLACES[place][1])
        assert answer.status == 405 and "POST" in answer.headers["allow"]
        refused(answer, place)
    body = json.dumps(PLACES[place][1]).encode()
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/xml",
    ):
        headers = [("authorization", f"Bearer {OWNER}"), ("content-type", kind)]
        answer = await ask(organization.gateway.port, "POST", where, headers, body)
        refused(answer, f"{place}: {kind}")
        assert answer.status == 415
    assert await state(organization) == before
