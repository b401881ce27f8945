"""GET /v1/models and /v1/models/{id}: rows and aliases, as OpenAI lists them."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from adapters.openai import replies
from adapters.openai.errors import ApiError
from adapters.openai.replies import ModelEntry
from config.catalogue import Catalogue
from service.current import Current
from service.guard import Guard
from service.visit import visit_of


def entries(catalogue: Catalogue) -> list[ModelEntry]:
    """Rows first, then the aliases that are whole names (a pattern is not a model)."""
    rows = [ModelEntry(id=model.name, created=model.created) for model in catalogue.models.values()]
    aliases = [
        ModelEntry(id=alias, created=catalogue.models[target].created)
        for alias, target in catalogue.aliases.items()
        if "*" not in alias
    ]
    return rows + aliases


def model_routes(current: Current, guard: Guard) -> list[HTTPRouteHandler]:

    @get("/v1/models", status_code=200)
    async def list_models(request: Request[Any, Any, Any]) -> Response[bytes]:
        await guard.caller(visit_of(request.scope))
        return _json(replies.models(entries(current.settings.catalogue)))

    @get("/v1/models/{model_id:path}", status_code=200)
    async def retrieve_model(request: Request[Any, Any, Any]) -> Response[bytes]:
        await guard.caller(visit_of(request.scope))
        name = str(request.path_params["model_id"]).lstrip("/")  # an id may hold slashes
        found = current.settings.catalogue.find(name)
        if found is None:
            raise ApiError(
                "model_not_found", f"The model '{_safe(name)}' does not exist.", param="model"
            )
        return _json(replies.model(ModelEntry(id=name, created=found.created)))

    return [list_models, retrieve_model]


def _safe(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:64])


def _json(body: bytes) -> Response[bytes]:
    return Response(body, media_type="application/json")
