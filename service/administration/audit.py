"""GET /v1/organization/audit_logs: who changed what, newest first."""

from collections.abc import Sequence
from typing import Final, cast

from adapters.openai.errors import ApiError
from adapters.openai.organization import encode
from adapters.openai.organization_audit import AuditEntry, Event, audit_entry
from adapters.openai.organization_lists import Cut, page
from adapters.openai.organization_query import AuditListing, read_audit_listing
from adapters.openai.wording import shown
from service.administration.endpoint import OWNER, Endpoint
from service.administration.office import Call
from service.changes import Order, Wanted, Written, changes, there

_PREFIX: Final = "audit_log-"


async def list_changes(call: Call) -> bytes:
    """List what administration wrote, newest first."""
    listing = read_audit_listing(call.query)
    after, before = await _entry(call, listing, "after"), await _entry(call, listing, "before")
    found = await _found(call, listing, after, before)
    more = len(found) > listing.limit
    found = found[: listing.limit]
    if before:
        found.reverse()
    titles = await _titles(call, found)
    ids = tuple(_PREFIX + one.id for one in found)
    return encode(page([_shown(one, titles) for one in found], Cut(ids, more)))


async def _found(call: Call, listing: AuditListing, after: str, before: str) -> list[Written]:
    """The page's entries and one more, nearest to where it starts first."""
    if listing.actor_emails or listing.tenant_only:
        return []  # nobody here has an address, and nothing is a tenant's
    wanted = Wanted(
        from_ms=listing.effective_from * 1000,
        until_ms=listing.effective_until * 1000 + 999,
        whats=frozenset(listing.event_types),
        projects=frozenset(listing.project_ids),
        actors=frozenset(listing.actor_ids),
        resources=frozenset(listing.resource_ids),
    )
    order: Order = listing.order
    if before:
        order = "asc" if order == "desc" else "desc"
    found: list[Written] = []
    store, names = call.office.store, call.office.names
    async for one in changes(store, names, wanted, order=order, beyond=after or before):
        found.append(one)
        if len(found) > listing.limit:
            break
    return found


async def _entry(call: Call, listing: AuditListing, param: str) -> str:
    """The stream's id of the entry where a page starts; "" where it starts at the end."""
    asked: str | None = getattr(listing, param)
    if asked is None:
        return ""
    time, _, place = asked.removeprefix(_PREFIX).partition("-")
    numbers = all(one.isascii() and one.isdigit() and len(one) < 16 for one in (time, place))  # noqa: PLR2004  64 bits
    identity = f"{time}-{place}"
    if not (numbers and asked.startswith(_PREFIX)) or not await there(
        call.office.store, call.office.names, identity
    ):
        raise ApiError(
            "invalid_value",
            f'{param}: no entry of this list has the id "{shown(asked)}".',
            param=param,
        )
    return identity


async def _titles(call: Call, found: Sequence[Written]) -> dict[str, str]:
    """The names of the projects, as they are now."""
    ids = list(dict.fromkeys(one.project for one in found if one.project))
    return {project.id: project.name for project in await call.office.projects.some(ids)}


def _shown(one: Written, titles: dict[str, str]) -> dict[str, object]:
    return audit_entry(
        AuditEntry(
            id=_PREFIX + one.id,
            effective_at=one.at_ms // 1000,
            type=cast("Event", one.what),
            action=one.did,
            resource=one.resource,
            actor=one.actor,
            actor_name=one.name,
            address=one.address,
            request=one.request,
            project=one.project,
            project_name=titles.get(one.project),
            details=one.details,
        )
    )


AUDIT: Final = (
    Endpoint(
        method="GET",
        path="/v1/organization/audit_logs",
        may=OWNER,
        of="organization",
        handle=list_changes,
    ),
)
