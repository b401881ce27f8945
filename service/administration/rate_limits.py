"""A project's rate limits on each model: listed and changed. What a model has not, the project has for
all models, or inherits.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import UNSET

from adapters.openai.errors import ApiError
from adapters.openai.organization import encode
from adapters.openai.organization_limit_asks import RateLimitAsk, read_rate_limit
from adapters.openai.organization_limits import RateLimit
from adapters.openai.organization_query import read_listing
from config.limits import MOST_RATE
from service.administration.endpoint import MEMBERS, READERS, Endpoint
from service.administration.office import Call
from service.administration.pages import page_of
from service.commit import Line
from service.defaults import inherited
from service.limits import limits_of, limits_of_some, put_limits
from service.projects import updating

PREFIX: Final = "rl-"
PAGE: Final = 100
NAMES: Final[Mapping[str, str]] = {  # OpenAI's and ours
    "max_requests_per_1_minute": "requests_minute",
    "max_images_per_1_minute": "images_minute",
    "max_requests_per_1_day": "requests_day",
}


async def list_rate_limits(call: Call) -> bytes:
    """List the limits, one for each model."""
    listing = read_listing(call.query, limit=PAGE)
    behind = await _behind(call)

    async def show(some: Sequence[str]) -> list[RateLimit]:
        models = [identity.removeprefix(PREFIX) for identity in some]
        scopes = [_scope(call, model) for model in models]
        own = await limits_of_some(call.office.store, call.office.names, scopes)
        return [_shown(*pair, behind) for pair in zip(models, own, strict=True)]

    return await page_of([PREFIX + model for model in _models(call)], listing, show)


async def update_rate_limit(call: Call) -> bytes:
    """Change the limits on one model; null hands one back to the project."""
    changes = _given(read_rate_limit(call.body))
    model = _model(call)
    scope, store, names = _scope(call, model), call.office.store, call.office.names
    own = await limits_of(store, names, scope)
    then = {**own, **{NAMES[name]: _text(value) for name, value in changes.items()}}
    kept = {name: text for name, text in then.items() if text}
    reply = encode(_shown(model, kept, await _behind(call)))
    if not changes:
        return reply
    change = updating(names, call.its_project, {})
    words = {NAMES[name]: _text(value) or None for name, value in changes.items()}
    put_limits(change, names, scope, words)
    return await call.commit(change, _line(call, model, changes), reply)


def _models(call: Call) -> list[str]:
    return [row.name for row in call.office.current.settings.catalogue.models.values()]


def _model(call: Call) -> str:
    identity = call.params["rate_limit_id"].lstrip("/")  # the name of a row may hold slashes
    model = identity.removeprefix(PREFIX)
    if not identity.startswith(PREFIX) or model not in _models(call):
        raise ApiError("not_found", "No rate limit has the id in this path.", param="rate_limit_id")
    return model


def _scope(call: Call, model: str) -> str:
    return f"project:{call.its_project.id}:{model}"


async def _behind(call: Call) -> Mapping[str, str]:
    """What holds for models without limits of their own."""
    store, names = call.office.store, call.office.names
    project = await limits_of(store, names, f"project:{call.its_project.id}")
    return {**await inherited(store, names, "project"), **project}


def _given(ask: RateLimitAsk) -> dict[str, int | None]:
    values = {name: getattr(ask, name) for name in NAMES}
    return {name: value for name, value in values.items() if value is not UNSET}


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _shown(model: str, own: Mapping[str, str], behind: Mapping[str, str]) -> RateLimit:
    holds = {**behind, **own}
    missing = tuple(theirs for theirs, ours in NAMES.items() if ours not in own)
    whole = len(missing) == len(NAMES)
    return RateLimit(
        id=PREFIX + model,
        model=model,
        inherited=whole,
        inherited_fields=() if whole else missing,
        max_requests_per_1_minute=int(holds.get("requests_minute", MOST_RATE)),
        max_images_per_1_minute=int(holds.get("images_minute", MOST_RATE)),
        max_requests_per_1_day=int(holds.get("requests_day", MOST_RATE)),
    )


def _line(call: Call, model: str, changes: Mapping[str, int | None]) -> Line:
    gone = all(value is None for value in changes.values())
    return Line(
        what="rate_limit.deleted" if gone else "rate_limit.updated",
        did="rate limits taken away" if gone else "rate limits set",
        resource=PREFIX + model,
        actor=call.actor,
        project=call.its_project.id,
        details={"model": model, **changes},
    )


_ALL: Final = "/v1/organization/projects/{project_id:str}/rate_limits"
RATE_LIMITS: Final = (
    Endpoint(method="GET", path=_ALL, may=READERS, of="project", handle=list_rate_limits),
    Endpoint(
        method="POST",
        path=f"{_ALL}/{{rate_limit_id:path}}",
        may=MEMBERS,
        of="project",
        handle=update_rate_limit,
    ),
)
