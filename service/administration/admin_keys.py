"""Admin keys: listed, made, read and revoked, by owners alone."""

from collections.abc import Sequence
from typing import Final

from adapters.openai.errors import ApiError
from adapters.openai.organization import AdminKey, AdminKeyCreated, AdminOwner, Deleted, encode
from adapters.openai.organization_asks import read_create_admin_key
from adapters.openai.organization_query import read_listing, read_no_query
from service.administration.endpoint import OWNER, Endpoint
from service.administration.office import Call
from service.administration.pages import marked, page_of
from service.commit import Change
from service.key_records import NoSuchKey, Record, key_line, revoking
from service.new_key import NewAdminKey, put_new_admin_key


async def list_admin_keys(call: Call) -> bytes:
    """List admin keys that are not revoked, oldest first."""
    listing = read_listing(call.query)
    office = call.office
    ids = await office.records.admin()
    over = await marked(office.store, office.names.key, ids, "revoked")

    async def show(some: Sequence[str]) -> list[AdminKey]:
        return [_shown(record) for record in await office.records.some(some)]

    return await page_of(ids, listing, show, hidden=over)


async def create_admin_key(call: Call) -> bytes:
    """Make an admin key."""
    ask = read_create_admin_key(call.body)
    office = call.office
    projects = ask.projects or ()
    await _check_projects(call, projects)
    asked = NewAdminKey(
        name=ask.name, role=ask.role, projects=projects, expires_in=ask.expires_in_seconds
    )
    change = Change()
    made = put_new_admin_key(change, office.names, office.keys, asked, await office.now())
    record = made.record
    line = key_line(
        "created",
        record,
        call.actor,
        did="admin key created",
        role=record.role,
        projects=record.projects,
        expires_at=record.expires or None,
    )
    reply = AdminKeyCreated(
        id=record.id,
        name=record.name,
        created_at=record.created,
        owner=_owner(record),
        redacted_value=record.shown,
        expires_at=record.expires or None,
        role=record.role,
        projects=record.projects or None,
        value=made.secret,
    )
    return await call.commit(change, line, encode(reply))


async def retrieve_admin_key(call: Call) -> bytes:
    """Read an admin key; its secret was shown when it was made, and never again."""
    read_no_query(call.query)
    return encode(_shown(await _record(call)))


async def delete_admin_key(call: Call) -> bytes:
    """Revoke an admin key for good; the last owner's of the whole organization stays."""
    record = await _record(call)
    office = call.office
    now = await office.now()
    change = revoking(office.names, record, now)
    if _may_all(record, now):
        others = await office.records.some(await office.records.admin())
        heir = next((one for one in others if one.id != record.id and _may_all(one, now)), None)
        if heir is None:
            raise ApiError(
                "invalid_value",
                "This is the last key of an owner of the whole organization, without which nobody "
                "could make another: make that first.",
                param="key_id",
            )
        change.expect(office.names.key(heir.id), "revoked", "")  # not both at once
    line = key_line("deleted", record, call.actor, did="admin key deleted")
    reply = Deleted(id=record.id, object="organization.admin_api_key.deleted")
    return await call.commit(change, line, encode(reply))


def _may_all(record: Record, now: int) -> bool:
    """Whether it is an owner's, of all projects, and not over."""
    over = record.revoked or 0 < record.expires <= now
    return record.role == "owner" and not record.projects and not over


async def _check_projects(call: Call, projects: Sequence[str]) -> None:
    found = {project.id for project in await call.office.projects.some(projects)}
    for place, identity in enumerate(projects):
        if identity not in found:
            param = f"projects[{place}]"
            raise ApiError("invalid_value", f"{param}: no project has this id.", param=param)


async def _record(call: Call) -> Record:
    try:
        record = await call.office.records.one(call.params["key_id"])
    except NoSuchKey:
        record = None
    if record is None or record.revoked or record.kind != "admin":
        raise ApiError("not_found", "No admin key has the id in this path.", param="key_id")
    return record


def _owner(record: Record) -> AdminOwner:
    return AdminOwner(id=record.id, name=record.name, created_at=record.created, role=record.role)


def _shown(record: Record) -> AdminKey:
    return AdminKey(
        id=record.id,
        name=record.name,
        created_at=record.created,
        owner=_owner(record),
        redacted_value=record.shown,
        expires_at=record.expires or None,
        last_used_at=record.used or None,
        role=record.role,
        projects=record.projects or None,
    )


_ALL: Final = "/v1/organization/admin_api_keys"
_ONE: Final = f"{_ALL}/{{key_id:str}}"
ADMIN_KEYS: Final = (
    Endpoint(method="GET", path=_ALL, may=OWNER, of="organization", handle=list_admin_keys),
    Endpoint(method="POST", path=_ALL, may=OWNER, of="organization", handle=create_admin_key),
    Endpoint(method="GET", path=_ONE, may=OWNER, of="organization", handle=retrieve_admin_key),
    Endpoint(method="DELETE", path=_ONE, may=OWNER, of="organization", handle=delete_admin_key),
)
