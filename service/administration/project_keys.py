"""Keys of a project, whoever owns them: listed, read, changed and revoked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from adapters.openai import organization
from adapters.openai.errors import ApiError
from adapters.openai.organization import Deleted, encode
from adapters.openai.organization_asks import UpdateKey, read_update_key
from adapters.openai.organization_query import read_key_listing, read_no_query
from service.accounts import on_active_project
from service.administration.endpoint import MEMBERS, READERS, Endpoint
from service.administration.limit_words import after, typed, typed_spends
from service.administration.office import Call
from service.administration.pages import marked, page_of
from service.administration.shown_keys import beside
from service.key_records import NoSuchKey, Record, key_line, revoking, updating
from service.limits import put_limits
from service.permits import refuse_unknown


async def list_keys(call: Call) -> bytes:
    """List a project's keys that are not revoked, oldest first."""
    listing = read_key_listing(call.query)
    office, project = call.office, call.its_project
    ids = await office.records.of_project(project.id)
    over = await marked(office.store, office.names.key, ids, "revoked")
    access = "inactive" if project.archived else "active"
    if listing.owner_project_access not in (None, "any", access):
        over = frozenset(ids)

    async def show(some: Sequence[str]) -> list[organization.ProjectKey]:
        records = await office.records.some(some)
        rest = await beside(office, records)
        return [rest.shown(project, record) for record in records]

    return await page_of(ids, listing, show, hidden=over)


async def retrieve_key(call: Call) -> bytes:
    """Read a key; its secret was shown when it was made, and never again."""
    read_no_query(call.query)
    record = await _record(call)
    rest = await beside(call.office, [record])
    return encode(rest.shown(call.its_project, record))


async def update_key(call: Call) -> bytes:
    """Change a key: its name, end, scopes, limits and models."""
    ask = read_update_key(call.body)
    record, now = await _record(call), await call.office.now()
    if 0 < record.expires <= now:
        raise ApiError("invalid_value", "This key has expired: make a new one.", param="api_key_id")
    _check_models(call, ask)
    changed, limits = _changed(ask, now), _limits(ask)
    rest, scope = await beside(call.office, [record]), f"key:{record.id}"
    then = msgspec.structs.replace(record, **changed)
    reply = encode(rest.shown(call.its_project, then, after(rest.limits[record.id], scope, limits)))
    if not changed and not limits:
        return reply
    change = updating(call.office.names, record, _kept(changed))
    on_active_project(change, call.office.names, record.project)
    put_limits(change, call.office.names, scope, limits)
    line = key_line("updated", record, call.actor, **_told(ask, limits))
    return await call.commit(change, line, reply)


async def delete_key(call: Call) -> bytes:
    """Revoke a key for good; every replica refuses it within two seconds."""
    record = await _record(call)
    change = revoking(call.office.names, record, await call.office.now())
    reply = Deleted(id=record.id, object="organization.project.api_key.deleted")
    return await call.commit(change, key_line("deleted", record, call.actor), encode(reply))


async def _record(call: Call) -> Record:
    try:
        record = await call.office.records.one(call.params["key_id"])
    except NoSuchKey:
        record = None
    if record is None or record.revoked or record.project != call.its_project.id:
        raise ApiError(
            "not_found", "This project has no key with the id in this path.", param="api_key_id"
        )
    return record


def _check_models(call: Call, ask: UpdateKey) -> None:
    if ask.models is not None and not isinstance(ask.models, UnsetType):
        catalogue = call.office.current.settings.catalogue
        refuse_unknown(ask.models.model_ids, catalogue, "models.model_ids")


def _changed(ask: UpdateKey, now: int) -> dict[str, Any]:
    """What is to be of the key's own fields."""
    then: dict[str, Any] = {}
    if not isinstance(ask.name, UnsetType):
        then["name"] = ask.name
    if not isinstance(ask.expires_in_seconds, UnsetType):
        then["expires"] = now + ask.expires_in_seconds if ask.expires_in_seconds else 0
    if not isinstance(ask.scopes, UnsetType):
        then["scopes"] = ask.scopes
    if not isinstance(ask.models, UnsetType):
        then["models_mode"] = ask.models.mode if ask.models else ""
        then["models"] = ask.models.model_ids if ask.models else ()
    return then


def _kept(then: Mapping[str, Any]) -> dict[str, str]:
    """The same as the record has it: lists are JSON."""
    return {
        name: msgspec.json.encode(value).decode() if isinstance(value, tuple) else str(value)
        for name, value in then.items()
    }


def _limits(ask: UpdateKey) -> dict[str, str | None]:
    spends = {} if isinstance(ask.spend_limits, UnsetType) else typed_spends(ask.spend_limits)
    return {**typed(ask.limits), **spends}


def _told(ask: UpdateKey, limits: Mapping[str, str | None]) -> dict[str, Any]:
    """What the audit log says: all that was asked for."""
    said = {
        name: value
        for name, value in msgspec.structs.asdict(ask).items()
        if value is not UNSET and name not in ("limits", "spend_limits")
    }
    return said | ({"limits": dict(limits)} if limits else {})


_ALL: Final = "/v1/organization/projects/{project_id:str}/api_keys"
_ONE: Final = f"{_ALL}/{{key_id:str}}"
PROJECT_KEYS: Final = (
    Endpoint(method="GET", path=_ALL, may=READERS, of="project", handle=list_keys),
    Endpoint(method="GET", path=_ONE, may=READERS, of="project", handle=retrieve_key),
    Endpoint(method="POST", path=_ONE, may=MEMBERS, of="project", handle=update_key),
    Endpoint(method="DELETE", path=_ONE, may=MEMBERS, of="project", handle=delete_key),
)
