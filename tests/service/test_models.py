"""/v1/models: what can be named, as OpenAI lists it."""

import pytest

from config.settings import load
from service.models import entries
from tests.service.conftest import Site

CATALOGUE = load({}).catalogue


async def test_rows_and_whole_aliases_are_listed_once(site: Site) -> None:
    answer = await site.get("/v1/models")
    listed = [one["id"] for one in answer.json["data"]]
    assert answer.json["object"] == "list"
    assert set(listed) == set(CATALOGUE.models) | {a for a in CATALOGUE.aliases if "*" not in a}
    assert len(listed) == len(set(listed))
    assert {"ideogram-v3", "dall-e-3", "v_2_turbo"} <= set(listed)
    for one in answer.json["data"]:
        assert (one["object"], type(one["created"]), one["owned_by"]) == ("model", int, "ideogram")


async def test_everything_that_is_listed_can_be_asked_for(site: Site) -> None:
    for entry in entries(CATALOGUE):
        answer = await site.get(f"/v1/models/{entry.id}")
        assert (answer.status, answer.json["id"]) == (200, entry.id)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/v1/models/ideogram/V3", "ideogram/V3"),
        ("/v1/models/ideogram%2FV3", "ideogram/V3"),
        ("/v1/models/ideogram%2fV3/", "ideogram/V3"),
        ("/v1/models/V_2_TURBO", "V_2_TURBO"),
        ("/v1/models/gpt-image-1.5", "gpt-image-1.5"),
        ("/openai/models/dall-e-3?api-version=2024-02-01", "dall-e-3"),
    ],
)
async def test_a_model_is_found_by_the_name_it_was_asked_by(
    target: str, name: str, site: Site
) -> None:
    answer = await site.get(target)
    assert (answer.status, answer.json["id"]) == (200, name)


@pytest.mark.parametrize("name", ["nobody", "%00", "%ff", "a%0Ab", "..", "a/b/c", "*", "x" * 3000])
async def test_an_unknown_model_is_404(name: str, site: Site) -> None:
    answer = await site.get(f"/v1/models/{name}")
    assert (answer.status, answer.error["code"]) == (404, "model_not_found")
    assert answer.error["param"] == "model"
    assert len(answer.error["message"]) < 200
    assert answer.error["message"].isprintable()
