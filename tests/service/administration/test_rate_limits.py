"""Rate limits of a project on each model over HTTP."""

from typing import Any

import pytest

from config.files import shipped
from tests.service.administration.conftest import PROJECTS, ROOT, Organization

MOST = 1_000_000
FIELDS = ("max_requests_per_1_minute", "max_images_per_1_minute", "max_requests_per_1_day")


def limits_of(project: str, model: str = "") -> str:
    return f"{PROJECTS}/{project}/rate_limits{'/rl-' if model else ''}{model}"


async def shown(organization: Organization, project: str) -> dict[str, dict[str, Any]]:
    page = await organization.get(limits_of(project))
    return {one["model"]: one for one in page["data"]}


async def test_there_is_one_for_each_model(organization: Organization) -> None:
    project = await organization.project()
    found = await shown(organization, project)
    assert set(found) == set(shipped().models)
    assert found["ideogram-v3"] == {
        "id": "rl-ideogram-v3",
        "object": "project.rate_limit",
        "model": "ideogram-v3",
        "max_requests_per_1_minute": MOST,
        "max_images_per_1_minute": MOST,
        "max_requests_per_1_day": MOST,
        "max_tokens_per_1_minute": 0,
        "batch_1_day_max_input_tokens": None,
        "max_audio_megabytes_per_1_minute": None,
        "inherited": True,
        "inherited_fields": [],
    }


async def test_they_come_in_pages(organization: Organization) -> None:
    project = await organization.project()
    seen: list[str] = []
    after = ""
    for _ in range(len(shipped().models)):
        page = await organization.get(f"{limits_of(project)}?limit=5{after}")
        seen += [one["model"] for one in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page['last_id']}"
    assert seen == list(shipped().models)


async def test_what_is_set_on_one_model_is_its_own(organization: Organization) -> None:
    project = await organization.project(limits={"requests_minute": 60, "images_minute": 9})
    before = len(organization.lines())
    made = await organization.post(
        limits_of(project, "ideogram-v3"),
        {"max_images_per_1_minute": 3, "max_requests_per_1_day": 7, "max_tokens_per_1_minute": 0},
    )
    assert [made[name] for name in FIELDS] == [60, 3, 7]
    assert made["inherited"] is False
    assert made["inherited_fields"] == ["max_requests_per_1_minute"]
    found = await shown(organization, project)
    assert found["ideogram-v3"] == made
    other = found["ideogram-v2"]
    assert [other[name] for name in FIELDS] == [60, 9, MOST]
    assert other["inherited"] is True
    (line,) = organization.lines()[before:]
    assert (line["what"], line["resource"]) == ("rate_limit.updated", "rl-ideogram-v3")
    assert line["project"] == project
    assert '"max_images_per_1_minute":3' in line["details"]


async def test_a_limit_of_nothing_stops_this_model_and_no_other(organization: Organization) -> None:
    project = await organization.project()
    key = await organization.key(project)

    async def draw(model: str) -> Any:
        body = {"prompt": "a fox", "response_format": "url", "model": model}
        return await organization.ask("POST", "/v1/images/generations", body, key=key["value"])

    path = limits_of(project, "ideogram-v3")
    await organization.post(path, {"max_requests_per_1_minute": 0})
    refused = await draw("dall-e-3")  # by whatever name it is asked for
    assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
    assert (await draw("ideogram-v3-turbo")).status == 200
    back = await organization.post(path, {"max_requests_per_1_minute": None})
    assert back["inherited"] is True
    assert (await draw("dall-e-3")).status == 200
    assert organization.lines()[-1]["what"] == "rate_limit.deleted"
    assert not organization.books.exists(f"{ROOT}limits:project:{project}:ideogram-v3")


async def test_a_body_that_says_nothing_changes_nothing(organization: Organization) -> None:
    project = await organization.project()
    before = organization.dump()
    made = await organization.post(limits_of(project, "ideogram-v3"), {})
    assert made == (await shown(organization, project))["ideogram-v3"]
    assert organization.dump() == before


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"max_tokens_per_1_minute": 5}, "max_tokens_per_1_minute"),
        ({"max_images_per_1_minute": -1}, "max_images_per_1_minute"),
        ({"max_images_per_1_minute": MOST + 1}, "max_images_per_1_minute"),
        ({"max_images_per_1_minute": 1.5}, "max_images_per_1_minute"),
        ({"batch_1_day_max_input_tokens": 1}, "batch_1_day_max_input_tokens"),
        ({"model": "ideogram-v3"}, "model"),
    ],
)
async def test_a_bad_limit_is_refused_and_nothing_is_written(
    body: dict[str, Any], param: str, organization: Organization
) -> None:
    project = await organization.project()
    before = organization.dump()
    answer = await organization.ask("POST", limits_of(project, "ideogram-v3"), body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert organization.dump() == before


@pytest.mark.parametrize("model", ["dall-e-3", "nobody", "ideogram-v3/x", "ideogram-v3%3Aedit"])
async def test_an_unknown_limit_is_not_found(model: str, organization: Organization) -> None:
    project = await organization.project()
    answer = await organization.ask(
        "POST", limits_of(project, model), {"max_images_per_1_minute": 1}
    )
    assert (answer.status, answer.error["code"]) == (404, "not_found")
