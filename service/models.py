"""GET /v1/models and /v1/models/{id}: rows and aliases, as OpenAI lists them."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from adapters.openai import replies
from adapters.openai.errors import ApiError
from adapters.openai.replies import ModelEntry
from config.catalogue import Catalogue
from service.current import Current
from service.guard import Guard
from service.permits import Fence, Permit
from service.visit import visit_of


def entries(catalogue: Catalogue, permits: Sequence[Permit] = ()) -> list[ModelEntry]:
    """Rows of which something may be used, then the aliases that lead to them and are whole names
    (a pattern is not a model).
    """
    models = catalogue.models
    fence = Fence(permits, catalogue)
    rows = [model for model in models.values() if fence.shows(model)]
    shown = {row.name for row in rows}
    aliases = {
        alias: models[target.lower()]
        for alias, target in catalogue.aliases.items()
        if "*" not in alias
    }
    named = {**{row.name: row for row in rows}, **aliases}
    return [
        ModelEntry(id=name, created=row.created) for name, row in named.items() if row.name in shown
    ]


def model_routes(current: Current, guard: Guard) -> list[HTTPRouteHandler]:

    @get("/v1/models", status_code=200)
    async def list_models(request: Request[Any, Any, Any]) -> Response[bytes]:
        caller = await guard.caller(visit_of(request.scope), draws=False)
        return _json(replies.models(entries(current.settings.catalogue, caller.permits)))

    @get("/v1/models/{model_id:path}", status_code=200)
    async def retrieve_model(request: Request[Any, Any, Any]) -> Response[bytes]:
        caller = await guard.caller(visit_of(request.scope), draws=False)
        name = str(request.path_params["model_id"]).lstrip("/")  # an id may hold slashes
        catalogue = current.settings.catalogue
        found = catalogue.find(name)
        if found is None or not Fence(caller.permits, catalogue).shows(found):
            raise ApiError(
                "model_not_found", f"The model '{_safe(name)}' does not exist.", param="model"
            )
        return _json(replies.model(ModelEntry(id=name, created=found.created)))

    return [list_models, retrieve_model]


def _safe(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:64])


def _json(body: bytes) -> Response[bytes]:
    return Response(body, media_type="application/json")
