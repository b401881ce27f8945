"""The paths of real clients (openai-images 8), folded; and the model of an Azure path."""

from typing import Any

import pytest

from service.spelling import canonical
from tests.service.conftest import Site

DRAW = "/v1/images/generations"


@pytest.mark.parametrize(
    ("path", "folded", "deployment"),
    [
        (DRAW, DRAW, None),
        ("/v1//images/generations", DRAW, None),
        ("//v1/images//generations//", DRAW, None),
        ("/images/generations", DRAW, None),
        ("/v1/v1/images/generations", DRAW, None),
        ("/openai/images/generations", DRAW, None),
        ("/openai/v1/images/generations", DRAW, None),
        ("/openai/deployments/dall-e-3/images/generations", DRAW, "dall-e-3"),
        ("/openai/v1/deployments/dall-e-3/images/generations", DRAW, "dall-e-3"),
        ("/openai/deployments/my dep/1/images/generations", DRAW, "my dep/1"),
        ("/openai/deployments/ideogram/V3/images/edits", "/v1/images/edits", "ideogram/V3"),
        ("/openai/deployments/m/chat/completions", "/openai/deployments/m/chat/completions", None),
        ("/openai/deployments//images/generations", "/openai/deployments/images/generations", None),
        ("/openai/models", "/v1/models", None),
        ("/models/ideogram/V3", "/v1/models/ideogram/V3", None),
        ("/organization/projects", "/v1/organization/projects", None),
        ("/openapi.json", "/v1/openapi.json", None),
        ("/v1/v1/v1/models", "/v1/v1/v1/models", None),
        ("/health/live/", "/health/live", None),
        ("/v1/health/live", "/v1/health/live", None),
        ("/openai", "/openai", None),
        ("/openaiish/models", "/openaiish/models", None),
        ("/modelsish", "/modelsish", None),
        ("/", "/", None),
        ("///", "/", None),
        ("", "/", None),
        ("*", "*", None),
    ],
)
def test_a_path_folds(path: str, folded: str, deployment: str | None) -> None:
    assert canonical(path) == (folded, deployment)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (DRAW, "ideogram-v2"),
        ("/v1//images/generations/", "ideogram-v2"),
        ("/images/generations?api-version=2024-02-01", "ideogram-v2"),
        ("/v1/v1/images/generations", "ideogram-v2"),
        ("/openai/images/generations", "ideogram-v2"),
        ("/openai/deployments/ideogram-v1/images/generations?api-version=x", "ideogram-v1"),
        ("/openai/v1/deployments/ideogram-v1/images/generations", "ideogram-v1"),
        ("/openai/deployments/ideogram%2FV3/images/generations", "ideogram-v3"),
        ("/openai/deployments/ideogram/V3/images/generations", "ideogram-v3"),
        ("/openai/deployments/ideogram%2fV_1_TURBO/images/generations", "ideogram-v1-turbo"),
    ],
)
async def test_every_spelling_draws_and_the_deployment_wins_over_the_body(
    path: str, model: str, untouched: Site
) -> None:
    body: dict[str, Any] = {"prompt": "a", "model": "ideogram-v2"}
    answer = await untouched.draw(body, ("x-ideogate-dry-run", "true"), path=path)
    assert (answer.status, answer.json["model"]) == (200, model)


async def test_a_deployment_nobody_has_is_an_unknown_model(untouched: Site) -> None:
    path = "/openai/deployments/my%20dep%2F1/images/generations"
    answer = await untouched.draw({"prompt": "a", "model": "ideogram-v3"}, path=path)
    assert (answer.status, answer.error["param"]) == (400, "model")
