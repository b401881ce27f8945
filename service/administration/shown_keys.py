"""Keys of projects as callers read them: the record, what owns it, its limits and what it spent."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from adapters.openai import organization
from adapters.openai.organization import AccountOwner, KeyCreated, KeyOwner
from adapters.openai.organization_limits import Interval, Mode, Models
from config.money import MicroUSD
from service.accounts import Account, some_accounts
from service.administration.limit_words import INTERVALS, shown_limits, shown_spends
from service.administration.office import Office
from service.defaults import inherited
from service.key_records import Record
from service.limits import limits_of_some
from service.new_key import MadeKey
from service.projects import Project
from service.spent import Spent, periods_at, spent

Spends = Mapping[Interval, Spent]
_NOTHING: Final = dict.fromkeys(INTERVALS, Spent(MicroUSD(0), MicroUSD(0)))


class Beside:
    """What is shown beside the records of some keys: limits as they are kept, spends, accounts, and
    `behind`, what keys inherit.
    """

    def __init__(
        self,
        limits: Mapping[str, Mapping[str, str]],
        spends: Mapping[str, Spends],
        accounts: Mapping[str, Account],
        behind: Mapping[str, str],
    ) -> None:
        self.limits = limits
        self._behind = behind
        self._spends = spends
        self._accounts = accounts

    def shown(
        self, project: Project, record: Record, limits: Mapping[str, str] | None = None
    ) -> organization.ProjectKey:
        """One of the keys; `limits` where they are about to change.

        A key that was made on the command line has no service account, and nobody else owns it
        either: its `owner` is there, with nothing in it. Access is the project's: a deleted account
        has no keys that are not revoked.
        """
        kept = self.limits[record.id] if limits is None else limits
        return organization.ProjectKey(
            id=record.id,
            name=record.name,
            created_at=record.created,
            redacted_value=record.shown,
            owner=_owner(self._accounts.get(record.account)),
            owner_project_access="inactive" if project.archived else "active",
            expires_at=record.expires or None,
            last_used_at=record.used or None,
            scopes=record.scopes,
            spend_limits=shown_spends(kept, self._spends[record.id], self._behind),
            limits=shown_limits(kept, self._behind),
            models=_models(record),
        )


async def beside(office: Office, records: Sequence[Record]) -> Beside:
    """Read it. Raises StoreSilent, StoreRefused."""
    scopes = [f"key:{record.id}" for record in records]
    limits = await limits_of_some(office.store, office.names, scopes)
    periods = periods_at(await office.now())
    balances = [f"{scope}:{periods[interval]}" for scope in scopes for interval in INTERVALS]
    amounts = iter(await spent(office.store, office.names, balances))
    owners = list(dict.fromkeys(record.account for record in records if record.account))
    return Beside(
        {record.id: kept for record, kept in zip(records, limits, strict=True)},
        {record.id: {one: next(amounts) for one in INTERVALS} for record in records},
        {one.id: one for one in await some_accounts(office.store, office.names, owners)},
        await inherited(office.store, office.names, "key"),
    )


def created(made: MadeKey) -> KeyCreated:
    """A new key with its secret."""
    record = made.record
    return KeyCreated(
        id=record.id,
        name=record.name,
        created_at=record.created,
        value=made.secret,
        expires_at=record.expires or None,
        scopes=record.scopes,
        spend_limits=shown_spends(made.limits, _NOTHING, made.behind),
        limits=shown_limits(made.limits, made.behind),
        models=_models(record),
    )


def _owner(account: Account | None) -> KeyOwner:
    if account is None:
        return KeyOwner()
    owner = AccountOwner(
        id=account.id, name=account.name, created_at=account.created, role=account.role
    )
    return KeyOwner(type="service_account", service_account=owner)


def _models(record: Record) -> Models | None:
    if not record.models_mode:
        return None
    return Models(mode=cast("Mode", record.models_mode), model_ids=record.models)
