"""Which layout of books a store holds, and whether this version can go on with them."""

import re
from typing import Final

import structlog

from adapters.store.client import Store
from service.adoption import adopt
from service.costs_audit import SINCE as METERED
from service.costs_audit import begin_metering
from service.keyspace import SCHEMA, Keyspace

_log = structlog.get_logger()
_FORM: Final = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)


class BadSchema(Exception):
    """The store was written by a version that does not fit; the message says which."""


async def check_schema(store: Store, names: Keyspace) -> None:
    """Go on with books of this version and of the minor before it, which is written up to this one.

    A newer minor of the same major is read too: while replicas are renewed one by one, and when a
    renewal is taken back, both run at once. Raises BadSchema, StoreSilent, StoreRefused.
    """
    ours = shown(SCHEMA)
    await store.call("SET", names.schema, ours, "NX")
    found = await store.call("GET", names.schema)
    text = (found or b"").decode(errors="replace")
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadSchema(
            f"The store holds books of layout {text!r}, which no version writes. "
            "Name another organization, or look at what else uses this store."
        )
    theirs = int(match[1]), int(match[2] or 0)
    if not readable(theirs):
        raise BadSchema(
            f"The store holds books of layout {shown(theirs)}, this version reads "
            f"{shown((SCHEMA[0], max(0, SCHEMA[1] - 1)))} and {ours}. "
            "Start a version that reads them, or name another organization."
        )
    if theirs < SCHEMA:
        await adopt(store, names)
        if theirs < METERED:
            await begin_metering(store, names)
        await store.call("SET", names.schema, ours)
        _log.info("schema_raised", before=shown(theirs), now=ours)
    elif theirs > SCHEMA:
        _log.warning("schema_newer", store=shown(theirs), ours=ours)


def readable(theirs: tuple[int, int]) -> bool:
    """Whether this version can go on with such books."""
    return theirs[0] == SCHEMA[0] and theirs[1] >= SCHEMA[1] - 1


def shown(layout: tuple[int, int]) -> str:
    """As it stands in the store: "1.1"."""
    return f"{layout[0]}.{layout[1]}"
