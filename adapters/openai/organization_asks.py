"""What administration is asked about projects, accounts and keys: bodies into structs. Pure.

In a change a field that is absent (UNSET) is left as it is, and null takes away what there is.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from adapters.openai.errors import ApiError
from adapters.openai.kinds import Flag, Refused, Whole
from adapters.openai.near import UnknownRule
from adapters.openai.organization import AdminRole
from adapters.openai.organization_kinds import ID, Ask, Choice, Line, Matching, Some, said
from adapters.openai.organization_limit_asks import (
    KEY_LIMITS,
    MODELS,
    NO_KEY_LIMITS,
    NO_PROJECT_LIMITS,
    PROJECT_LIMITS,
    KeySpendAsk,
    LimitsAsk,
    ModelsAsk,
    Scopes,
    SpendLimits,
)
from adapters.openai.wording import kind_of

Payer = Literal["customer", "house"]

LONGEST_LIFE: Final = 36_500 * 86_400  # seconds; a hundred years
MOST_TAGS: Final = 20

NAME: Final = Line(100)
TAG_VALUE: Final = Line(200)
_LIFE: Final = Whole(1, LONGEST_LIFE)
TAG_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")


class CreateProject(msgspec.Struct, frozen=True, kw_only=True):
    """A new project. Ours: all but `name`; None: as the defaults have it."""

    name: str
    tags: Mapping[str, str] = {}
    contact: str | None = None
    charge_withheld: Payer | None = None
    unknown_parameters: UnknownRule | None = None
    limits: LimitsAsk = LimitsAsk()


class UpdateProject(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a project. Ours: all but `name`. `tags` are all that it has then."""

    name: str | UnsetType = UNSET
    tags: Mapping[str, str] | UnsetType = UNSET
    contact: str | UnsetType | None = UNSET
    charge_withheld: Payer | UnsetType | None = UNSET
    unknown_parameters: UnknownRule | UnsetType | None = UNSET
    limits: LimitsAsk = LimitsAsk()


class CreateKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key of a service account; `expires_in_seconds` None: as the defaults have it.

    Ours: `spend_limits`, `limits`, `models`.
    """

    name: str | None = None
    expires_in_seconds: int | None = None
    scopes: tuple[str, ...] = ()
    spend_limits: tuple[KeySpendAsk, ...] = ()
    limits: LimitsAsk = LimitsAsk()
    models: ModelsAsk | None = None


class CreateServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A new service account; `key` is its first one, None where it was not wanted."""

    name: str
    key: CreateKey | None


class UpdateServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a service account."""

    name: str | UnsetType = UNSET
    role: Literal["member", "owner"] | UnsetType = UNSET


class UpdateKey(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a project's key; `expires_in_seconds` from now, None: never.

    `scopes` and `spend_limits` are all that it has then. Ours: all but `expires_in_seconds` and
    `scopes`.
    """

    name: str | UnsetType = UNSET
    expires_in_seconds: int | UnsetType | None = UNSET
    scopes: tuple[str, ...] | UnsetType = UNSET
    spend_limits: tuple[KeySpendAsk, ...] | UnsetType = UNSET
    limits: LimitsAsk = LimitsAsk()
    models: ModelsAsk | UnsetType | None = UNSET


class CreateAdminKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new admin key. Ours: `role`; `projects` it is bound to, None for all."""

    name: str
    expires_in_seconds: int | None = None
    role: AdminRole = "owner"
    projects: tuple[str, ...] | None = None


class Tags(msgspec.Struct, frozen=True):
    """Ours: what a team sorts its projects by, such as {"cost_center": "4711"}."""

    def json(self, name: str, raw: bytes) -> dict[str, str]:
        """The tags of a JSON object."""
        if raw[0] != ord("{"):
            raise ApiError(
                "invalid_type", f"{name} must be an object, got {kind_of(raw)}.", param=name
            )
        given = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        if len(given) > MOST_TAGS:
            raise ApiError(
                "invalid_value",
                f"{name} takes at most {MOST_TAGS} tags, got {len(given)}.",
                param=name,
            )
        if not all(map(TAG_NAME.fullmatch, given)):
            raise ApiError(
                "invalid_value",
                f"{name}: the name of a tag is 1 to 40 of a-z, 0-9 and _.",
                param=name,
            )
        return {tag: TAG_VALUE.json(f"{name}.{tag}", bytes(text)) for tag, text in given.items()}


_NOT_HERE: Final = Ask(Refused("is not offered: regions are the operator's choice"))
_FOREIGN: Final = {
    "external_key_id": Ask(Refused("is not offered: keys of other systems are not used")),
    "geography": _NOT_HERE,
    "residency": _NOT_HERE,
}
PROJECT_BODY: Final = {
    "name": Ask(NAME),
    "tags": Ask(Tags(), removable=True),
    "contact": Ask(Line(200), removable=True),
    "charge_withheld": Ask(Choice(get_args(Payer)), removable=True),
    "unknown_parameters": Ask(Choice(get_args(UnknownRule)), removable=True),
    "limits": Ask(PROJECT_LIMITS, removable=True),
    **_FOREIGN,
}
KEY_BODY: Final = {
    "name": Ask(NAME),
    "expires_in_seconds": Ask(_LIFE, removable=True),
    "scopes": Ask(Scopes(), removable=True),
    "spend_limits": Ask(SpendLimits(), removable=True),
    "limits": Ask(KEY_LIMITS, removable=True),
    "models": Ask(MODELS, removable=True),
}
_NAMED: Final = {"name": Ask(NAME, required=True)}
NEW_PROJECT_BODY: Final = {**PROJECT_BODY, **_NAMED}
ACCOUNT_BODY: Final = {**KEY_BODY, **_NAMED, "create_service_account_only": Ask(Flag())}
ACCOUNT_CHANGE_BODY: Final = {"name": Ask(NAME), "role": Ask(Choice(("member", "owner")))}
ADMIN_KEY_BODY: Final = {
    **_NAMED,
    "expires_in_seconds": Ask(_LIFE),
    "role": Ask(Choice(get_args(AdminRole))),
    # An empty list would read as "none" to one and "all" to another.
    "projects": Ask(Some(Matching(ID, 100, "the id of a project"), 1_000, 1)),
}
_NOTHING_IS: Final[Mapping[str, object]] = {"tags": {}, "scopes": (), "spend_limits": ()}


def read_create_project(body: bytes) -> CreateProject:
    """A new project. Raises ApiError."""
    return CreateProject(**_without_none(said(body, NEW_PROJECT_BODY, '{"name": "shop"}')))


def read_update_project(body: bytes) -> UpdateProject:
    """A change of a project. Raises ApiError."""
    values = said(body, PROJECT_BODY, '{"name": "shop"}')
    return UpdateProject(**_emptied(values, NO_PROJECT_LIMITS))


def read_create_service_account(body: bytes) -> CreateServiceAccount:
    """A new service account. Raises ApiError."""
    values = _without_none(said(body, ACCOUNT_BODY, '{"name": "shop"}'))
    name = values.pop("name")
    if not values.pop("create_service_account_only", False):
        return CreateServiceAccount(name=name, key=CreateKey(**values))
    for field, value in values.items():
        if value:
            raise ApiError(
                "mutually_exclusive_parameters",
                f"{field} is of the account's first key, which create_service_account_only: true "
                "does without.",
                param=field,
            )
    return CreateServiceAccount(name=name, key=None)


def read_update_service_account(body: bytes) -> UpdateServiceAccount:
    """A change of a service account. Raises ApiError."""
    return UpdateServiceAccount(**said(body, ACCOUNT_CHANGE_BODY, '{"name": "shop"}'))


def read_create_key(body: bytes) -> CreateKey:
    """A new key of a service account. Raises ApiError."""
    return CreateKey(**_without_none(said(body, KEY_BODY, '{"name": "shop"}')))


def read_update_key(body: bytes) -> UpdateKey:
    """A change of a project's key. Raises ApiError."""
    return UpdateKey(**_emptied(said(body, KEY_BODY, '{"scopes": []}'), NO_KEY_LIMITS))


def read_create_admin_key(body: bytes) -> CreateAdminKey:
    """A new admin key. Raises ApiError."""
    return CreateAdminKey(**said(body, ADMIN_KEY_BODY, '{"name": "finance", "role": "reader"}'))


def read_nothing(body: bytes) -> None:
    """The body of a POST that takes no field, such as the archiving of a project. Raises ApiError."""
    said(body, {}, "{}")


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _emptied(values: dict[str, Any], no_limits: LimitsAsk) -> dict[str, Any]:
    """null of a collection is an empty one; null of `limits` takes each of them away."""
    nothing = {**_NOTHING_IS, "limits": no_limits}
    return {name: nothing.get(name) if value is None else value for name, value in values.items()}
