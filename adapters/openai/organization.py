"""What administration answers: keys, projects and service accounts in OpenAI's shapes. Pure.

The shapes are those of `openai.types.admin.organization`; what they do not have is ours and said so.
Times are Unix seconds, UTC. A value that is not set is null.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from adapters.openai.organization_limits import KeySpendLimit, Limits, Models

AdminRole = Literal["owner", "member", "reader"]
AccountRole = Literal["owner", "member", "none"]
Access = Literal["active", "inactive"]

_encode = msgspec.json.Encoder().encode


def encode(reply: object) -> bytes:
    """The JSON of any reply of administration and metering."""
    return _encode(reply)


class AdminOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns an admin key. Nobody signs in here: the key stands for its own owner."""

    id: str
    name: str
    created_at: int
    role: AdminRole = "owner"
    type: Literal["user"] = "user"
    object: Literal["organization.user"] = "organization.user"


class AdminKey(msgspec.Struct, frozen=True, kw_only=True):
    """An admin key. Ours: `role`; `projects` it is bound to, null for all."""

    id: str
    name: str
    created_at: int
    owner: AdminOwner
    redacted_value: str
    expires_at: int | None = None
    last_used_at: int | None = None
    role: AdminRole = "owner"
    projects: tuple[str, ...] | None = None
    object: Literal["organization.admin_api_key"] = "organization.admin_api_key"


class AdminKeyCreated(AdminKey, frozen=True, kw_only=True):
    """A new admin key with its secret, which is shown this once."""

    value: str


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project. Ours: `tags`, `contact`, `charge_withheld`, `unknown_parameters`, `limits`.

    `external_key_id` and `residency` are OpenAI's and always null.
    """

    id: str
    name: str
    created_at: int
    archived_at: int | None = None
    status: Literal["active", "archived"] = "active"
    external_key_id: None = None
    residency: None = None
    tags: Mapping[str, str] = {}
    contact: str | None = None
    charge_withheld: Literal["customer", "house"] = "customer"
    unknown_parameters: Literal["near", "refuse", "warn"] | None = None
    limits: Limits = Limits()
    object: Literal["organization.project"] = "organization.project"


class ServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A service account: who owns keys of a project."""

    id: str
    name: str
    created_at: int
    role: AccountRole = "member"
    object: Literal["organization.project.service_account"] = "organization.project.service_account"


class KeyCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A service account's new key with its secret, which is shown this once.

    Ours: `scopes`, `spend_limits`, `limits`, `models`.
    """

    id: str
    name: str
    created_at: int
    value: str
    expires_at: int | None = None
    scopes: tuple[str, ...] = ()
    spend_limits: tuple[KeySpendLimit, ...] = ()
    limits: Limits = Limits()
    models: Models | None = None
    object: Literal["organization.project.service_account.api_key"] = (
        "organization.project.service_account.api_key"
    )


class ServiceAccountCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A new service account with its first key; role "none" goes without one."""

    id: str
    name: str
    created_at: int
    role: Literal["member", "none"] = "member"
    api_key: KeyCreated | None = None
    object: Literal["organization.project.service_account"] = "organization.project.service_account"


class AccountOwner(msgspec.Struct, frozen=True, kw_only=True):
    """The service account that owns a key, as the key shows it."""

    id: str
    name: str
    created_at: int
    role: AccountRole = "member"


class KeyOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a project's key. Both null: it was made without a service account."""

    type: Literal["service_account"] | None = None
    service_account: AccountOwner | None = None
    user: None = None


class ProjectKey(msgspec.Struct, frozen=True, kw_only=True):
    """A project's key. Ours: `scopes`, `spend_limits`, `limits`, `models` (null: as the project)."""

    id: str
    name: str
    created_at: int
    redacted_value: str
    owner: KeyOwner = KeyOwner()
    owner_project_access: Access = "active"
    expires_at: int | None = None
    last_used_at: int | None = None
    scopes: tuple[str, ...] = ()
    spend_limits: tuple[KeySpendLimit, ...] = ()
    limits: Limits = Limits()
    models: Models | None = None
    object: Literal["organization.project.api_key"] = "organization.project.api_key"


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """What confirms that something with an id is gone."""

    id: str
    object: Literal[
        "organization.admin_api_key.deleted",
        "organization.project.api_key.deleted",
        "organization.project.service_account.deleted",
        "organization.spend_alert.deleted",
        "project.spend_alert.deleted",
    ]
    deleted: bool = True


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What confirms that something of which there is one is gone."""

    object: Literal[
        "organization.spend_limit.deleted",
        "project.spend_limit.deleted",
        "project.model_permissions.deleted",
    ]
    deleted: bool = True
