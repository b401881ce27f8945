"""What lists of administration are asked for: the pairs of a query into structs. Pure.

A list of values is written `name=a&name=b`, `name[]=a` as the SDKs do, or `name[0]=a`. Every function
raises ApiError, status 400, that names the parameter.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, Protocol, get_args

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.kinds import Flag, Text, Whole
from adapters.openai.near import nearest
from adapters.openai.organization_audit import EVENTS
from adapters.openai.organization_kinds import ID, Choice, Matching, stranger
from adapters.openai.organization_lists import Listing, Order
from adapters.openai.wording import shown

Pairs = Iterable[tuple[str, str]]

MOST_VALUES: Final = 1_000
YEAR_9999: Final = 253_402_300_799  # seconds; milliseconds of today are beyond it, and refused
_INDEX: Final = re.compile(r"(.*?)\[[0-9]{0,4}\]", re.ASCII | re.DOTALL)


class TextKind(Protocol):
    """One way to read a text."""

    def text(self, name: str, value: str) -> Any:
        """The value."""


class Param(NamedTuple):
    """One parameter; `many`: a list of values. `fills` is the attribute, where its name is none."""

    kind: TextKind
    many: bool = False
    fills: str = ""


class EventType(msgspec.Struct, frozen=True):
    """A type of OpenAI's audit log; most of them never happen here, and so find nothing."""

    def text(self, name: str, value: str) -> str:
        """The type itself, unless it is a misspelt one of ours."""
        meant = nearest(value, EVENTS, 2)
        if meant is not None and meant != value:
            raise ApiError(
                "invalid_value",
                f'{name}: "{shown(value)}" is none; did you mean {meant}?',
                param=name,
            )
        return _EVENT.text(name, value)


_EVENT: Final = Matching(
    re.compile(r"[a-z_]+(\.[a-z_]+)+", re.ASCII), 100, "a type of event, such as project.created"
)
AN_ID: Final = Matching(ID, 100, "an id")
ANY: Final = Text(256)
TIME: Final = Whole(0, YEAR_9999)

PAGE_QUERY: Final[Mapping[str, Param]] = {
    "after": Param(AN_ID),
    "before": Param(AN_ID),
    "limit": Param(Whole(1, 100)),
    "order": Param(Choice(get_args(Order))),
}
_ACCESS: Final = ("active", "inactive", "any")
PROJECTS_QUERY: Final = {**PAGE_QUERY, "include_archived": Param(Flag())}
KEYS_QUERY: Final = {**PAGE_QUERY, "owner_project_access": Param(Choice(_ACCESS))}
AUDIT_QUERY: Final = {
    **PAGE_QUERY,
    "effective_at[gt]": Param(TIME, fills="later_than"),
    "effective_at[gte]": Param(TIME, fills="first"),
    "effective_at[lt]": Param(TIME, fills="earlier_than"),
    "effective_at[lte]": Param(TIME, fills="last"),
    "project_ids": Param(AN_ID, many=True),
    "event_types": Param(EventType(), many=True),
    "actor_ids": Param(ANY, many=True),  # "command line" is one
    "actor_emails": Param(ANY, many=True),
    "resource_ids": Param(ANY, many=True),
    "tenant_only": Param(Flag()),
}


class ProjectListing(Listing, frozen=True, kw_only=True):
    """Which projects."""

    include_archived: bool = False


class KeyListing(Listing, frozen=True, kw_only=True):
    """Which keys of a project; None: those whose owner may use it."""

    owner_project_access: Literal["active", "inactive", "any"] | None = None


class AuditListing(Listing, frozen=True, kw_only=True):
    """Which changes; an empty list leaves all in. Times in Unix seconds, all of them inclusive.

    Nobody here has an e-mail address, and nothing is a tenant's: with either nothing is found.
    """

    order: Order = "desc"
    effective_from: int = 0
    effective_until: int = YEAR_9999
    project_ids: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    actor_ids: tuple[str, ...] = ()
    actor_emails: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    tenant_only: bool = False


def read_listing(pairs: Pairs, *, limit: int = 20) -> Listing:
    """Which page of a list; `limit` where none is asked for."""
    return Listing(**{"limit": limit} | paged(asked_query(pairs, PAGE_QUERY)))


def read_project_listing(pairs: Pairs) -> ProjectListing:
    """Which projects."""
    return ProjectListing(**paged(asked_query(pairs, PROJECTS_QUERY)))


def read_key_listing(pairs: Pairs) -> KeyListing:
    """Which keys of a project."""
    return KeyListing(**paged(asked_query(pairs, KEYS_QUERY)))


def read_audit_listing(pairs: Pairs) -> AuditListing:
    """Which changes."""
    asked = paged(asked_query(pairs, AUDIT_QUERY))
    later, first = asked.pop("later_than", -1), asked.pop("first", 0)
    earlier, last = asked.pop("earlier_than", YEAR_9999 + 1), asked.pop("last", YEAR_9999)
    return AuditListing(
        effective_from=max(later + 1, first), effective_until=min(earlier - 1, last), **asked
    )


def read_no_query(pairs: Pairs) -> None:
    """The query of a route that takes none."""
    asked_query(pairs, {})


def asked_query(pairs: Pairs, known: Mapping[str, Param]) -> dict[str, Any]:
    """The values asked for, by the attribute each fills."""
    values: dict[str, Any] = {}
    for written, text in pairs:
        name, param = _known(written, known)
        value = param.kind.text(name, text)
        fills = param.fills or name
        if param.many:
            many = values.setdefault(fills, {})
            many[value] = None  # each once, in order
            if len(many) > MOST_VALUES:
                raise ApiError(
                    "invalid_value", f"{name} takes at most {MOST_VALUES} values.", param=name
                )
        elif values.setdefault(fills, value) != value:
            raise ApiError(
                "invalid_value", f"{name} is given twice, with other values.", param=name
            )
    return {name: tuple(v) if isinstance(v, dict) else v for name, v in values.items()}


def paged(values: dict[str, Any]) -> dict[str, Any]:
    """The same, if they ask for one page and not two."""
    if "after" in values and "before" in values:
        raise ApiError(
            "mutually_exclusive_parameters", "after and before exclude each other.", param="before"
        )
    return values


def _known(written: str, known: Mapping[str, Param]) -> tuple[str, Param]:
    param = known.get(written)
    if param is not None:
        return written, param
    found = _INDEX.fullmatch(written)
    listed_name = found[1] if found else ""
    param = known.get(listed_name)
    if param is not None and param.many:
        return listed_name, param
    raise stranger("query parameter", written, list(known))
