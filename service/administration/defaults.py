"""The defaults of projects and keys, which OpenAI has no route for: read, and set over the file's."""

from collections.abc import Mapping
from typing import Final, cast

from msgspec import UnsetType

from adapters.openai.organization import encode
from adapters.openai.organization_defaults import (
    DefaultsAsk,
    DefaultsReply,
    KeyDefaults,
    KeyDefaultsAsk,
    ProjectDefaults,
    ProjectDefaultsAsk,
    SpendDefault,
    read_defaults,
)
from adapters.openai.organization_limits import Interval, Mode, Models, cents
from adapters.openai.organization_query import read_no_query
from config.inherited import LIFETIME, OF_LIMITS, listing
from config.money import MicroUSD, usd
from service.administration.endpoint import OWNER, READERS, Endpoint
from service.administration.limit_words import INTERVALS, shown_limits, typed, typed_spends
from service.administration.office import Call
from service.defaults import Defaults, after, changing, defaults_line, derived
from service.permits import refuse_unknown
from service.projects import listed


async def retrieve_defaults(call: Call) -> bytes:
    """Read what projects and keys inherit."""
    read_no_query(call.query)
    return encode(_shown(_file(call), await _of_admins(call)))


async def update_defaults(call: Call) -> bytes:
    """Change it: it holds from the next order on, for all who have nothing of their own."""
    changes = _changes(call, read_defaults(call.body))
    admins, file = await _of_admins(call), _file(call)
    reply = encode(_shown(file, after(admins, changes)))
    if not changes:
        return reply
    change = changing(call.office.names, file, admins, changes)
    return await call.commit(change, defaults_line(call.actor, changes), reply)


def _file(call: Call) -> Mapping[str, str]:
    return call.office.current.settings.inherited


async def _of_admins(call: Call) -> dict[str, str]:
    return await Defaults(call.office.store, call.office.names).of_admins()


def _changes(call: Call, ask: DefaultsAsk) -> dict[str, str]:
    """As they are kept; "" takes one away."""
    limits = {
        **_named("project", typed(ask.projects.limits)),
        **_named("key", typed(ask.keys.limits)),
        **_spends(ask.projects, ask.keys),
    }
    kept = {
        name: "" if text is None else OF_LIMITS[name].read(text) for name, text in limits.items()
    }
    seconds = ask.keys.expires_in_seconds
    if not isinstance(seconds, UnsetType):
        kept[LIFETIME] = "" if seconds is None else str(seconds)
    return kept | _models(call, ask.projects)


def _named(kind: str, limits: Mapping[str, str | None]) -> dict[str, str | None]:
    return {f"{kind}_{name}": text for name, text in limits.items()}


def _spends(projects: ProjectDefaultsAsk, keys: KeyDefaultsAsk) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    if not isinstance(keys.spend_limits, UnsetType):
        found = _named("key", typed_spends(keys.spend_limits))
    if not isinstance(projects.spend_limit, UnsetType):
        limit = projects.spend_limit
        found["project_spend_month"] = None if limit is None else usd(limit.microusd)
    return found


def _models(call: Call, projects: ProjectDefaultsAsk) -> dict[str, str]:
    models = projects.models
    if isinstance(models, UnsetType):
        return {}
    if models is None:
        return {"models_mode": "", "models": ""}
    catalogue = call.office.current.settings.catalogue
    refuse_unknown(models.model_ids, catalogue, "projects.models.model_ids")
    return {"models_mode": models.mode, "models": listing(models.model_ids)}


def _shown(file: Mapping[str, str], admins: Mapping[str, str]) -> DefaultsReply:
    project, key = derived({**file, **admins})
    spends = [(one, key.get(f"spend_{one}")) for one in INTERVALS]
    return DefaultsReply(
        projects=ProjectDefaults(
            spend_limit=_spend("month", project.get("spend_month")),
            limits=shown_limits(project, {}),
            models=_shown_models(project),
        ),
        keys=KeyDefaults(
            spend_limits=tuple(
                found for found in (_spend(*pair) for pair in spends) if found is not None
            ),
            limits=shown_limits(key, {}),
            expires_in_seconds=int(key["lifetime"]) if "lifetime" in key else None,
        ),
        from_file=tuple(name for name in file if name not in admins),
    )


def _spend(interval: Interval, kept: str | None) -> SpendDefault | None:
    if kept is None:
        return None
    limit = MicroUSD(int(kept))
    return SpendDefault(threshold_amount=cents(limit), microusd=limit, interval=interval)


def _shown_models(project: Mapping[str, str]) -> Models | None:
    if "models_mode" not in project:
        return None
    mode = cast("Mode", project["models_mode"])
    return Models(mode=mode, model_ids=listed(project.get("models", "")))


_PATH: Final = "/v1/organization/defaults"
DEFAULTS: Final = (
    Endpoint(method="GET", path=_PATH, may=READERS, of="organization", handle=retrieve_defaults),
    Endpoint(method="POST", path=_PATH, may=OWNER, of="organization", handle=update_defaults),
)
