"""Model permissions over HTTP: set by an admin, met by whoever draws."""

import asyncio
from typing import Any

import pytest

from tests.service.administration.conftest import (
    PROJECTS,
    ROOT,
    SECONDS,
    SLACK,
    Organization,
)
from tests.service.editing import FORM, SQUARE, VARIATIONS, form
from tests.service.wire import Answer
from tests.service.wire import ask as ask_at

TURBO = {"mode": "allow_list", "model_ids": ["ideogram-v3-turbo"]}
GENERATIONS = "/v1/images/generations"


def permissions_of(project: str) -> str:
    return f"{PROJECTS}/{project}/model_permissions"


async def ask(organization: Organization, key: str, dry: bool = True, **asked: Any) -> Answer:
    headers = {"x-ideogate-dry-run": "true"} if dry else {}
    body = {"prompt": "a fox", "response_format": "url", **asked}
    return await organization.ask("POST", GENERATIONS, body, key=key, headers=headers)


async def models(organization: Organization, key: str) -> set[str]:
    return {one["id"] for one in (await organization.get("/v1/models", key=key))["data"]}


async def until_listed(organization: Organization, key: str, name: str, *, there: bool) -> None:
    """A change is seen everywhere within two seconds."""
    async with asyncio.timeout(SECONDS + SLACK):
        while (name in await models(organization, key)) is not there:  # noqa: ASYNC110  it is asked
            await asyncio.sleep(0.1)


async def test_none_are_there_until_they_are_set(organization: Organization) -> None:
    project = await organization.project()
    for method in ("GET", "DELETE"):
        answer = await organization.ask(method, permissions_of(project))
        assert (answer.status, answer.error["code"]) == (404, "not_found")
    before = len(organization.lines())
    made = await organization.post(permissions_of(project), TURBO)
    assert made == {"object": "project.model_permissions", **TURBO, "inherited": False}
    assert await organization.get(permissions_of(project)) == made
    gone = await organization.delete(permissions_of(project))
    assert gone == {"object": "project.model_permissions.deleted", "deleted": True}
    assert (await organization.ask("GET", permissions_of(project))).status == 404
    lines = organization.lines()[before:]
    assert [line["did"] for line in lines] == [
        "model permissions set",
        "model permissions taken away",
    ]
    assert "ideogram-v3-turbo" in lines[0]["details"]


async def test_turbo_alone_is_turbo_generation_by_any_name(organization: Organization) -> None:
    project = await organization.project()
    await organization.post(permissions_of(project), TURBO)
    key = (await organization.key(project))["value"]
    passing: list[dict[str, Any]] = [
        {"model": "ideogram-v3-turbo"},
        {"model": "gpt-image-1", "quality": "low"},
        {"model": "V_3", "rendering_speed": "TURBO"},
        {"quality": "low"},
    ]
    for asked in passing:
        assert (await ask(organization, key, **asked)).status == 200, asked
    others: list[dict[str, Any]] = [
        {"model": "ideogram-v3"},
        {"model": "gpt-image-of-tomorrow", "quality": "high"},
        {"model": "dall-e-3", "quality": "hd"},
        {"model": "ideogram-v3-quality"},
        {"model": "V_2_TURBO"},
        {},
    ]
    for asked in others:
        refused = await ask(organization, key, **asked)
        assert (refused.status, refused.error["code"]) == (403, "model_not_allowed"), asked
        assert refused.error["param"] == "model"
        assert "ideogram-v3-turbo" in refused.error["message"]


async def test_a_refused_order_holds_nothing_and_sends_nothing(organization: Organization) -> None:
    project = await organization.project()
    await organization.post(permissions_of(project), TURBO)
    key = (await organization.key(project))["value"]
    before = set(organization.books.scan_iter(f"{ROOT}order:*", count=1000))
    assert (await ask(organization, key, dry=False)).status == 403
    assert (await ask(organization, key, dry=True)).status == 403
    assert set(organization.books.scan_iter(f"{ROOT}order:*", count=1000)) == before
    assert (await ask(organization, key, dry=False, quality="low")).status == 200


async def test_edits_and_variations_are_fenced_too(organization: Organization) -> None:
    project = await organization.project()
    await organization.post(permissions_of(project), TURBO)
    key = (await organization.key(project))["value"]
    image = {"image_url": PIXEL}
    for path, asked in (
        ("edits", {"model": "ideogram-v3-turbo", "images": [image], "prompt": "a fox"}),
        ("edits", {"operation": "upscale", "images": [image]}),
        ("descriptions", {"images": [image]}),
    ):
        answer = await organization.ask("POST", f"/v1/images/{path}", asked, key=key)
        assert (answer.status, answer.error["code"]) == (403, "model_not_allowed"), answer.body
    body = form({"model": "ideogram-v3-turbo", "image": SQUARE})
    told = [("authorization", f"Bearer {key}"), FORM]
    answer = await ask_at(organization.gateway.port, "POST", VARIATIONS, told, body)
    assert (answer.status, answer.error["code"]) == (403, "model_not_allowed"), answer.body


async def test_models_are_those_that_may_be_used(organization: Organization) -> None:
    project = await organization.project()
    key = (await organization.key(project))["value"]
    assert "ideogram-v2" in await models(organization, key)
    await organization.post(permissions_of(project), TURBO)
    await until_listed(organization, key, "ideogram-v2", there=False)
    listed = await models(organization, key)
    assert {"ideogram-v3-turbo", "ideogram-v3", "gpt-image-1"} <= listed
    assert not {"ideogram-v3-quality", "ideogram-describe", "v_2"} & listed
    for name in ("ideogram-v2", "V_2", "ideogram-v3-quality"):
        answer = await organization.ask("GET", f"/v1/models/{name}", key=key)
        assert (answer.status, answer.error["code"]) == (404, "model_not_found")
    for name in ("ideogram-v3-turbo", "gpt-image-of-tomorrow"):
        assert (await organization.ask("GET", f"/v1/models/{name}", key=key)).status == 200
    await organization.delete(permissions_of(project))
    await until_listed(organization, key, "ideogram-v2", there=True)


async def test_a_key_is_narrowed_by_its_own_list_as_well(organization: Organization) -> None:
    project = await organization.project()
    own = {"mode": "deny_list", "model_ids": ["ideogram-v3-turbo"]}
    key = (await organization.key(project, models=own))["value"]
    refused = await ask(organization, key, quality="low")
    assert refused.status == 403
    assert "This API key may not use ideogram-v3 (TURBO, generate)" in refused.error["message"]
    assert (await ask(organization, key)).status == 200


@pytest.mark.parametrize(
    ("body", "param", "why"),
    [
        ({"mode": "allow_list", "model_ids": ["ideogram-v3-trubo"]}, "model_ids[0]", "v3-turbo?"),
        ({"mode": "allow_list", "model_ids": ["V_3", "V_3:paint"]}, "model_ids[1]", "no operation"),
        ({"mode": "some", "model_ids": []}, "mode", "allow_list or deny_list"),
        ({"mode": "allow_list"}, "model_ids", "required"),
        ({"mode": "allow_list", "model_ids": "ideogram-v3"}, "model_ids", "array"),
        ({"mode": "allow_list", "model_ids": [7]}, "model_ids[0]", "string"),
        ({**TURBO, "spent": 1}, "spent", "Unknown field"),
    ],
)
async def test_a_bad_list_is_refused_and_nothing_is_written(
    body: dict[str, Any], param: str, why: str, organization: Organization
) -> None:
    project = await organization.project()
    before = organization.dump()
    answer = await organization.ask("POST", permissions_of(project), body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert why in answer.error["message"]
    assert organization.dump() == before


async def test_a_list_of_a_row_that_has_gone_can_still_be_read(organization: Organization) -> None:
    project = await organization.project()
    await organization.post(permissions_of(project), TURBO)
    key = (await organization.key(project))["value"]
    name = organization.books.hgetall(f"ig:{{org-default}}:project:{project}")
    assert name["models"] == '["ideogram-v3-turbo"]'
    kept = '["a-row-of-last-year","ideogram-v3-turbo"]'
    organization.books.hset(f"ig:{{org-default}}:project:{project}", "models", kept)
    shown = await organization.get(permissions_of(project))
    assert shown["model_ids"] == ["a-row-of-last-year", "ideogram-v3-turbo"]
    assert (await ask(organization, key, quality="low")).status == 200


@pytest.mark.parametrize(("rule", "status"), [("refuse", 400), ("warn", 200), (None, 200)])
async def test_a_projects_rule_on_unknown_fields_goes_before_the_gateways(
    rule: str | None, status: int, organization: Organization
) -> None:
    project = await organization.project(unknown_parameters=rule)
    key = (await organization.key(project))["value"]
    answer = await ask(organization, key, something_of_tomorrow=1)
    assert answer.status == status
    near = await ask(organization, key, qualitty="low")
    assert near.status == (200 if rule == "warn" else 400)


PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
