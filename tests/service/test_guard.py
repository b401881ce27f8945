"""Who is let in: every way a key is carried, and every mistake named."""

import base64

import pytest

from service.guard import credential_in
from service.keys import make
from service.visit import Visit
from tests.contract.gateway import key_of
from tests.service.conftest import Site
from tests.service.wire import ask

MODELS = "/v1/models"
KEY = key_of("contract")
BASIC = base64.b64encode(f"user:{KEY}".encode()).decode()


@pytest.mark.parametrize(
    "told",
    [
        [("authorization", f"Bearer {KEY}")],
        [("Authorization", f"bearer {KEY}")],
        [("AUTHORIZATION", f"BEARER    {KEY}  ")],
        [("api-key", KEY)],
        [("authorization", f"Bearer {KEY}"), ("api-key", KEY)],
        [("authorization", "Bearer ad-token-of-azure"), ("api-key", KEY)],
        [("authorization", f"Bearer {KEY}"), ("api-key", "something else")],
        [("authorization", f"Bearer {KEY}"), ("authorization", "Bearer second")],
        [("authorization", "Bearer "), ("api-key", KEY)],
        [("authorization", f"Basic {BASIC}"), ("api-key", KEY)],
    ],
)
async def test_a_key_is_found_wherever_clients_put_it(
    told: list[tuple[str, str]], site: Site
) -> None:
    assert (await ask(site.port, "GET", MODELS, told)).status == 200


@pytest.mark.parametrize(
    "told",
    [
        [],
        [("authorization", "")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer    ")],
        [("authorization", KEY)],
        [("authorization", f"Basic {BASIC}")],
        [("authorization", f"Token {KEY}")],
        [("api-key", "")],
    ],
)
async def test_no_key_is_401_and_says_where_to_put_one(
    told: list[tuple[str, str]], untouched: Site
) -> None:
    answer = await ask(untouched.port, "GET", MODELS, told)
    assert (answer.status, answer.error["code"]) == (401, None)
    assert answer.error["type"] == "invalid_request_error"
    assert "api-key" in answer.error["message"]


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789",
        "sk-ig-short",
        KEY[:-1] + ("a" if KEY[-1] != "a" else "b"),
        KEY.upper(),
        f"{KEY} {KEY}",
        f"{KEY}\xe9",
        "sk-ig-\xff\xfe" + "0" * 36,
        "x" * 5000,
        key_of("a stranger, well formed".replace(" ", "").replace(",", "")),
    ],
)
async def test_a_wrong_key_is_401_and_hardly_repeated(key: str, untouched: Site) -> None:
    answer = await ask(untouched.port, "GET", MODELS, [("authorization", f"Bearer {key}")])
    assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")
    assert key not in answer.body.decode()
    assert answer.error["message"].isascii()


@pytest.mark.parametrize("target", [MODELS, "/v1/models/ideogram-v3"])
async def test_an_admin_key_does_not_draw(target: str, untouched: Site) -> None:
    told = [("authorization", f"Bearer {untouched.admin}")]
    answer = await ask(untouched.port, "GET", target, told)
    assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")
    assert "admin key" in answer.error["message"]


async def test_an_admin_key_on_a_drawing_route_is_refused_unread(untouched: Site) -> None:
    told = [("api-key", untouched.admin), ("content-length", "500")]
    answer = await ask(untouched.port, "POST", "/v1/images/generations", told)
    assert (answer.status, answer.closing) == (401, True)


async def test_health_and_the_document_need_no_key(site: Site) -> None:
    for target in ("/health/live", "/health/ready", "/health/ready?verbose", "/v1/openapi.json"):
        assert (await ask(site.port, "GET", target)).status == 200


def visit(**headers: str) -> Visit:
    told = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
    return Visit(request_id="r", began=0.0, method="GET", path="/", headers=told)


def test_of_two_keys_the_well_formed_bearer_wins() -> None:
    one, two = make(admin=False), make(admin=False)
    assert credential_in(visit(authorization=f"Bearer {one}", api_key=two)) == one
    assert credential_in(visit(authorization="Bearer token", api_key=two)) == two
    assert credential_in(visit(authorization="Bearer token")) == "token"
    assert credential_in(visit()) is None
