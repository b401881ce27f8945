"""GET /v1/organization/ledger, ours: the journal as it is, entry by entry."""

from typing import Any, Final, cast

import msgspec

from adapters.openai.organization import encode
from adapters.openai.organization_ledger import LedgerEntry, LedgerPage, read_ledger_query
from service.administration.endpoint import READERS, Endpoint
from service.administration.metering import projects_of
from service.administration.office import Call
from service.entries import entries

MOST_READ: Final = 10_000  # entries for one page: of a caller who sees few of them it may be empty


async def list_entries(call: Call) -> bytes:
    """List entries of the journal, oldest first."""
    query = read_ledger_query(call.query)
    projects = projects_of(call, query.project_ids)
    keys = frozenset(query.api_key_ids)
    found: list[LedgerEntry] = []
    read, last, more = 0, query.after, False
    until = 2**53 if query.end_time is None else query.end_time * 1000
    start = query.start_time * 1000
    store, names = call.office.store, call.office.names
    async for entry in entries(store, names, after=query.after, from_ms=start, until_ms=until):
        if len(found) == query.limit or read == MOST_READ:
            more = True
            break
        read, last = read + 1, entry.id
        told = entry.plain()
        if (not projects or told["project"] in projects) and (not keys or told["key"] in keys):
            found.append(msgspec.convert(cast("dict[str, Any]", told), LedgerEntry))
    return encode(LedgerPage(data=tuple(found), has_more=more, last_id=last or None))


LEDGER: Final = (
    Endpoint(
        method="GET",
        path="/v1/organization/ledger",
        may=READERS,
        of="narrowed",
        handle=list_entries,
        meters=True,
    ),
)
