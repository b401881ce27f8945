"""What the audit log answers: entries in OpenAI's shape, with our own words beside. Pure."""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

# Those of OpenAI's types that happen here. What has none of its own is the nearest: a project's
# spend limit, alerts and permissions are "project.updated"; the organization's "organization.updated".
Event = Literal[
    "api_key.created",
    "api_key.updated",
    "api_key.deleted",
    "organization.updated",
    "project.created",
    "project.updated",
    "project.archived",
    "rate_limit.updated",
    "rate_limit.deleted",
    "service_account.created",
    "service_account.updated",
    "service_account.deleted",
]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)

_RATES: Final = (
    "max_requests_per_1_minute",
    "max_tokens_per_1_minute",
    "max_images_per_1_minute",
    "max_requests_per_1_day",
)
# Where OpenAI's shape of a type has more than the id: under which name, and which of our details
# under which of its names.
_SHOWN: Final[Mapping[Event, tuple[str, Mapping[str, str]]]] = {
    "api_key.created": ("data", {"scopes": "scopes"}),
    "api_key.updated": (
        "changes_requested",
        {"scopes": "scopes", "expires_in_seconds": "expires_in_seconds"},
    ),
    "organization.updated": ("changes_requested", {}),
    "project.created": ("data", {"name": "name", "title": "name"}),
    "project.updated": ("changes_requested", {"title": "name"}),
    "rate_limit.updated": ("changes_requested", {name: name for name in _RATES}),
    "service_account.created": ("data", {"role": "role"}),
    "service_account.updated": ("changes_requested", {"role": "role"}),
}


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `action` are our own words for what was done; `details` say it precisely.

    `effective_at` in Unix seconds; `actor` is a key's id, or says "command line".
    """

    id: str
    effective_at: int
    type: Event
    action: str
    resource: str
    actor: str
    actor_name: str = ""
    address: str = ""
    request: str = ""
    project: str = ""
    project_name: str | None = None
    details: Mapping[str, Any] = {}


def audit_entry(entry: AuditEntry) -> dict[str, object]:
    """The entry as a caller reads it: OpenAI's details lie under a key named like the type."""
    shape: dict[str, object] = {"id": entry.resource}
    if entry.type in _SHOWN:
        under, names = _SHOWN[entry.type]
        shape[under] = {
            theirs: entry.details[ours] for theirs, ours in names.items() if ours in entry.details
        }
    return {
        "id": entry.id,
        "effective_at": entry.effective_at,
        "type": entry.type,
        "actor": {"type": "api_key", "api_key": {"id": entry.actor}},
        "project": {"id": entry.project, "name": entry.project_name} if entry.project else None,
        entry.type: shape,
        "ideogate": {
            "action": entry.action,
            "resource_id": entry.resource,
            "actor_name": entry.actor_name or None,
            "ip_address": entry.address or None,
            "request_id": entry.request or None,
            "details": entry.details,
        },
    }
