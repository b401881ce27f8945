"""What /v1/openapi.json says of administration and metering is what the running routes say themselves."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from service.administration.endpoint import Endpoint
from service.administration.table import ENDPOINTS
from tests.service.administration.conftest import PROJECTS, V1, Organization

CHANNEL: Final = {"type": "email", "recipients": ["a@example.com"]}
MONTH: Final = {"threshold_amount": 5_000, "currency": "USD", "interval": "month"}
MODELS: Final = {"mode": "allow_list", "model_ids": ["ideogram-v3"]}
METERED: Final = ("/usage/images", "/costs")
NOBODYS: Final = "no_such_thing_at_all"
_PARAM: Final = re.compile(r"\{(\w+):\w+\}")
_NAMES: Final = re.compile(r"there are (.*)\.$|(none) is taken here\.$")


class Published(NamedTuple):
    """The document, and a place in which everything is there. `ids`: of the parameters of paths."""

    document: dict[str, Any]
    ids: dict[str, str]

    def of(self, endpoint: Endpoint) -> dict[str, Any]:
        path = self.document["paths"][_PARAM.sub(r"{\1}", endpoint.path)]
        found: dict[str, Any] = path[endpoint.method.lower()]
        return found

    def where(self, endpoint: Endpoint) -> str:
        ids = self.ids
        if endpoint.path.startswith(f"{V1}/spend_alerts"):
            ids = ids | {"alert_id": ids["organization_alert"]}
        if endpoint.path.startswith(f"{V1}/admin_api_keys"):
            ids = ids | {"key_id": ids["admin_key"]}
        return _PARAM.sub(lambda found: ids[found[1]], endpoint.path)


@pytest.fixture
async def published(organization: Organization) -> AsyncIterator[Published]:
    """What is the organization's is taken away again: others count it."""
    project = await organization.project(tags={"team": "a"}, limits={"images_request": 4})
    key = await organization.key(project, models=MODELS)
    alert = {**MONTH, "notification_channel": CHANNEL}
    for path in (f"{PROJECTS}/{project}", V1):
        await organization.post(f"{path}/spend_limit", MONTH)
    await organization.post(f"{PROJECTS}/{project}/model_permissions", MODELS)
    ids = {
        "project_id": project,
        "account_id": key["account"],
        "key_id": key["id"],
        "rate_limit_id": "rl-ideogram-v3",
        "alert_id": (await organization.post(f"{PROJECTS}/{project}/spend_alerts", alert))["id"],
        "organization_alert": (await organization.post(f"{V1}/spend_alerts", alert))["id"],
        "admin_key": (await organization.admin())["id"],
    }
    yield Published(await organization.get("/v1/openapi.json"), ids)
    await organization.delete(f"{V1}/spend_limit")
    await organization.delete(f"{V1}/spend_alerts/{ids['organization_alert']}")
    await organization.delete(f"{V1}/admin_api_keys/{ids['admin_key']}")


def of(method: str) -> list[Any]:
    return [pytest.param(one, id=one.path) for one in ENDPOINTS if one.method == method]


def offered(message: str) -> set[str]:
    """The names that a refusal of a stranger lists."""
    found = _NAMES.search(message)
    assert found is not None, message
    return set() if found[2] else set(re.split(r", | and ", found[1]))


@pytest.mark.parametrize("endpoint", of("GET"))
async def test_the_document_has_the_query_and_the_reply_of_a_route(
    organization: Organization, published: Published, endpoint: Endpoint
) -> None:
    told, path = published.of(endpoint), published.where(endpoint)
    refused = await organization.ask("GET", f"{path}?{NOBODYS}=1")
    assert (refused.status, refused.json["error"]["code"]) == (400, "unknown_parameter")
    known = {one["name"]: one["required"] for one in told["parameters"]}
    assert offered(refused.json["error"]["message"]) == set(known)
    asked = "?start_time=1790000000" if endpoint.path.endswith(METERED) else ""
    assert [name for name, required in known.items() if required] == (
        ["start_time"] if asked else []
    )
    reply = await organization.get(path + asked)
    schema = told["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": published.document["components"]}
    assert [one.message for one in Draft202012Validator(whole).iter_errors(reply)] == []
    shown = schema.get("properties") or _named(published.document, schema)["properties"]
    assert set(reply) <= set(shown)


@pytest.mark.parametrize("endpoint", of("POST"))
async def test_the_document_has_the_body_of_a_route(
    organization: Organization, published: Published, endpoint: Endpoint
) -> None:
    told = published.of(endpoint)
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    refused = await organization.ask("POST", published.where(endpoint), {NOBODYS: 1})
    assert (refused.status, refused.json["error"]["code"]) == (400, "unknown_parameter")
    fixed = {name for name, one in schema["properties"].items() if "const" in str(one)}
    assert offered(refused.json["error"]["message"]) == set(schema["properties"]) - fixed
    empty = await organization.ask("POST", published.where(endpoint), {})
    required = schema.get("required", [])
    assert told["requestBody"]["required"] is bool(required)
    if required:
        error = empty.json["error"]
        assert (error["code"], error["param"]) == ("missing_required_parameter", required[0])
    assert [one["name"] for one in told["parameters"]] == ["Idempotency-Key"]


async def test_the_document_has_the_routes_of_the_table_and_no_other(published: Published) -> None:
    served = {(_PARAM.sub(r"{\1}", one.path), one.method.lower()) for one in ENDPOINTS}
    told = {
        (path, method)
        for path, methods in published.document["paths"].items()
        if path.startswith(f"{V1}/")
        for method in methods.keys() - {"parameters"}
    }
    assert told == served


def _named(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found
