"""Lists as pages: which entries a caller asked for, read from the store and shown."""

from collections.abc import Awaitable, Callable, Container, Sequence

from adapters.openai.organization import encode
from adapters.openai.organization_lists import Listing, cut, page
from adapters.store.client import Store

Show = Callable[[Sequence[str]], Awaitable[Sequence[object]]]


async def page_of(
    ids: Sequence[str], listing: Listing, show: Show, *, hidden: Container[str] = ()
) -> bytes:
    """The page of a list that has all `ids`, oldest first, those `hidden` too. `show` reads the
    entries of a page, in its order. Raises ApiError.
    """
    part = cut(ids, listing, hidden=hidden)
    return encode(page(await show(part.ids), part))


async def marked(
    store: Store, record: Callable[[str], str], ids: Sequence[str], field: str
) -> frozenset[str]:
    """Those whose record has this field filled: archived, deleted, revoked. `record` says where it
    is kept. Raises StoreSilent, StoreRefused.
    """
    marks = await store.call_all([("HGET", record(identity), field) for identity in ids])
    return frozenset(identity for identity, mark in zip(ids, marks, strict=True) if mark)
