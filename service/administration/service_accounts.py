"""Service accounts of a project, and the keys that are made for them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from adapters.openai import organization
from adapters.openai.errors import ApiError
from adapters.openai.organization import Deleted, ServiceAccountCreated, encode
from adapters.openai.organization_asks import (
    CreateKey,
    read_create_key,
    read_create_service_account,
    read_update_service_account,
)
from adapters.openai.organization_query import read_listing, read_no_query
from service.accounts import (
    Account,
    NoSuchAccount,
    account_id,
    account_ids,
    account_line,
    one_account,
    put_account,
    some_accounts,
    updating,
)
from service.administration.endpoint import MEMBERS, READERS, Endpoint
from service.administration.limit_words import typed, typed_spends
from service.administration.office import Call
from service.administration.pages import marked, page_of
from service.administration.shown_keys import created
from service.commit import Change
from service.defaults import inherited
from service.key_records import key_line, revoking
from service.new_key import MadeKey, NewKey, put_new_key
from service.permits import refuse_unknown


async def list_accounts(call: Call) -> bytes:
    """List a project's service accounts, oldest first."""
    listing = read_listing(call.query)
    store, names = call.office.store, call.office.names
    ids = await account_ids(store, names, call.its_project.id)
    over = await marked(store, names.service_account, ids, "deleted")

    async def show(some: Sequence[str]) -> list[organization.ServiceAccount]:
        return [_shown(account) for account in await some_accounts(store, names, some)]

    return await page_of(ids, listing, show, hidden=over)


async def create_account(call: Call) -> bytes:
    """Make a service account, with its first key unless that is not wanted."""
    ask = read_create_service_account(call.body)
    now = await call.office.now()
    account = Account(
        id=account_id(),
        project=call.its_project.id,
        name=ask.name,
        created=now,
        role="none" if ask.key is None else "member",
    )
    change = Change()
    put_account(change, call.office.names, account)
    made = None if ask.key is None else await _put_key(call, change, account, ask.key, now)
    reply = ServiceAccountCreated(
        id=account.id,
        name=account.name,
        created_at=now,
        role="none" if made is None else "member",
        api_key=None if made is None else created(made),
    )
    details = {"name": account.name, "role": account.role, **_told(made, ask.key)}
    line = account_line("created", account, call.actor, **details)
    return await call.commit(change, line, encode(reply))


async def retrieve_account(call: Call) -> bytes:
    """Read a service account."""
    read_no_query(call.query)
    return encode(_shown(await _account(call)))


async def update_account(call: Call) -> bytes:
    """Change a service account's name or role."""
    ask = msgspec.structs.asdict(read_update_service_account(call.body))
    fields = {name: value for name, value in ask.items() if value is not UNSET}
    account = await _account(call)
    reply = encode(_shown(msgspec.structs.replace(account, **fields)))
    if not fields:
        return reply
    change = updating(call.office.names, account, fields)
    return await call.commit(change, account_line("updated", account, call.actor, **fields), reply)


async def delete_account(call: Call) -> bytes:
    """Delete a service account; its keys are revoked with it."""
    account = await _account(call)
    office = call.office
    ids = await office.records.of_project(account.project)
    records = [one for one in await office.records.some(ids) if one.account == account.id]
    mine = [one for one in records if not one.revoked]
    now = await office.now()
    change = updating(office.names, account, {"deleted": str(now)})
    change.expect(office.names.service_account(account.id), "newest", account.newest)
    for record in mine:
        part = revoking(office.names, record, now)
        change.checks += part.checks
        change.writes += part.writes
    revoked = [record.id for record in mine]
    line = account_line("deleted", account, call.actor, name=account.name, revoked=revoked)
    reply = Deleted(id=account.id, object="organization.project.service_account.deleted")
    return await call.commit(change, line, encode(reply))


async def create_key(call: Call) -> bytes:
    """Make a key for a service account."""
    ask = read_create_key(call.body)
    account = await _account(call)
    change = Change()
    change.present(call.office.names.service_account(account.id))
    made = await _put_key(call, change, account, ask, await call.office.now())
    told = {**_told(made, ask), "service_account": account.id}
    line = key_line("created", made.record, call.actor, **told)
    return await call.commit(change, line, encode(created(made)))


async def _put_key(
    call: Call, change: Change, account: Account, ask: CreateKey, now: int
) -> MadeKey:
    """Raises ApiError where the list of models names what there is not."""
    if ask.models is not None:
        catalogue = call.office.current.settings.catalogue
        refuse_unknown(ask.models.model_ids, catalogue, "models.model_ids")
    spends = {name: text for name, text in typed_spends(ask.spend_limits).items() if text}
    asked = NewKey(
        project=account.project,
        name=account.name if ask.name is None else ask.name,
        account=account,
        expires_in=ask.expires_in_seconds,
        scopes=ask.scopes,
        models_mode="" if ask.models is None else ask.models.mode,
        models=() if ask.models is None else ask.models.model_ids,
        limits={**typed(ask.limits), **spends},
    )
    office = call.office
    behind = await inherited(office.store, office.names, "key")
    return put_new_key(change, office.names, office.keys, asked, now, behind=behind)


def _told(made: MadeKey | None, ask: CreateKey | None) -> dict[str, Any]:
    """What the audit log says of a new key, and never its secret."""
    if made is None or ask is None:
        return {}
    said: dict[str, Any] = {"key": made.record.id, "scopes": made.record.scopes}
    if made.record.expires:
        said["expires_at"] = made.record.expires
    if made.limits:
        said["limits"] = dict(made.limits)
    if ask.models is not None:
        said["models"] = msgspec.structs.asdict(ask.models)
    return said


async def _account(call: Call) -> Account:
    office = call.office
    try:
        return await one_account(
            office.store, office.names, call.its_project.id, call.params["account_id"]
        )
    except NoSuchAccount as none:
        raise ApiError(
            "not_found",
            "This project has no service account with the id in this path.",
            param="service_account_id",
        ) from none


def _shown(account: Account) -> organization.ServiceAccount:
    return organization.ServiceAccount(
        id=account.id, name=account.name, created_at=account.created, role=account.role
    )


_ALL: Final = "/v1/organization/projects/{project_id:str}/service_accounts"
_ONE: Final = f"{_ALL}/{{account_id:str}}"
SERVICE_ACCOUNTS: Final = (
    Endpoint(method="GET", path=_ALL, may=READERS, of="project", handle=list_accounts),
    Endpoint(method="POST", path=_ALL, may=MEMBERS, of="project", handle=create_account),
    Endpoint(method="GET", path=_ONE, may=READERS, of="project", handle=retrieve_account),
    Endpoint(method="POST", path=_ONE, may=MEMBERS, of="project", handle=update_account),
    Endpoint(method="DELETE", path=_ONE, may=MEMBERS, of="project", handle=delete_account),
    Endpoint(method="POST", path=f"{_ONE}/api_keys", may=MEMBERS, of="project", handle=create_key),
)
