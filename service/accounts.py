"""Service accounts: who owns keys of a project, and how they are kept."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import msgspec

from adapters.store.client import Store
from service.commit import Actor, Change, Line
from service.flat import texts
from service.ids import order_id
from service.keyspace import Keyspace

Role = Literal["owner", "member", "none"]  # shown only: what a key may do is said by the key


class NoSuchAccount(Exception):
    """No service account has this id, or it is deleted; the message says so."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One service account. Times in Unix seconds by the store's clock; `deleted` 0: it is there.

    `newest` is the id of the key that was made last: a deletion goes by it that no key came after
    it had looked for them.
    """

    id: str
    project: str
    name: str
    created: int
    role: Role = "member"
    deleted: int = 0
    newest: str = ""


def account_id() -> str:
    """ "svc_acct_" and a ULID."""
    return f"svc_acct_{order_id()}"


def account_of(identity: str, fields: Mapping[str, str]) -> Account:
    """From what is kept."""
    return Account(
        id=identity,
        project=fields["project"],
        name=fields["name"],
        created=int(fields["created"]),
        role=cast("Role", fields.get("role") or "member"),
        deleted=int(fields.get("deleted") or 0),
        newest=fields.get("newest", ""),
    )


def put_account(change: Change, names: Keyspace, account: Account) -> None:
    """Make it, in a project that is active."""
    on_active_project(change, names, account.project)
    change.absent(names.service_account(account.id))
    fields = {
        "project": account.project,
        "name": account.name,
        "role": account.role,
        "created": str(account.created),
        "deleted": "",
    }
    change.put(names.service_account(account.id), fields)
    change.file(names.service_accounts(account.project), account.id, account.created)


def on_active_project(change: Change, names: Keyspace, project: str) -> None:
    """The change is for a project that is there and not archived."""
    change.present(names.project(project))
    change.expect(names.project(project), "archived", "")


def put_newest(change: Change, names: Keyspace, account: Account, key: str) -> None:
    """A key's id, of an account that is not deleted; one made in the same change is not either."""
    change.expect(names.service_account(account.id), "deleted", "")
    change.put(names.service_account(account.id), {"newest": key})


def updating(names: Keyspace, account: Account, fields: Mapping[str, str]) -> Change:
    """A change of an account that is not deleted, in an active project; more can be added to it."""
    change = Change()
    on_active_project(change, names, account.project)
    change.present(names.service_account(account.id))
    change.expect(names.service_account(account.id), "deleted", "")
    change.put(names.service_account(account.id), fields)
    return change


def account_line(event: str, account: Account, actor: Actor, **details: object) -> Line:
    """How the audit log tells of an account. `event`: created, updated, deleted."""
    return Line(
        what=f"service_account.{event}",
        did=f"service account {event}",
        resource=account.id,
        actor=actor,
        project=account.project,
        details=details,
    )


async def account_ids(store: Store, names: Keyspace, project: str) -> list[str]:
    """All of a project, oldest first, deleted ones too. Raises StoreSilent, StoreRefused."""
    found = await store.call("ZRANGE", names.service_accounts(project), 0, -1)
    return [identity.decode() for identity in found]


async def some_accounts(store: Store, names: Keyspace, ids: Sequence[str]) -> list[Account]:
    """The records of these, in their order; without those that nobody has, with deleted ones.
    Raises StoreSilent, StoreRefused.
    """
    found = await store.call_all([("HGETALL", names.service_account(one)) for one in ids])
    return [
        account_of(identity, fields)
        for identity, fields in zip(ids, map(texts, found), strict=True)
        if fields
    ]


async def one_account(store: Store, names: Keyspace, project: str, identity: str) -> Account:
    """One of a project. Raises NoSuchAccount, StoreSilent, StoreRefused."""
    found = await some_accounts(store, names, [identity])
    if not found or found[0].project != project or found[0].deleted:
        raise NoSuchAccount(f"The project {project} has no service account with this id.")
    return found[0]
