"""Lists of administration: which entries a page shows, and the page in OpenAI's shape. Pure."""

from collections.abc import Container, Sequence
from typing import Literal, NamedTuple

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.wording import shown

Order = Literal["asc", "desc"]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list is asked for: at most one of `after` and `before`, ids of entries."""

    after: str | None = None
    before: str | None = None
    limit: int = 20
    order: Order = "asc"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page as the SDK's cursor pages read it: by `last_id`, or by the last entry's id."""

    data: Sequence[object]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: Literal["list"] = "list"


class Cut(NamedTuple):
    """The ids of a page, in its order; `has_more` beyond it, in the direction it is read in."""

    ids: tuple[str, ...]
    has_more: bool


def cut(oldest_first: Sequence[str], listing: Listing, *, hidden: Container[str] = ()) -> Cut:
    """The page of a list that has all ids. Those `hidden` are not shown, but a page may start there:
    an entry that went while its list was read does not end the reading.

    Raises ApiError, status 400, for an id the list does not have.
    """
    ids = list(oldest_first) if listing.order == "asc" else list(reversed(oldest_first))
    if listing.before is not None:
        seen = _without(ids[: _place(ids, "before", listing.before)], hidden)
        return Cut(tuple(seen[-listing.limit :]), len(seen) > listing.limit)
    start = 0 if listing.after is None else _place(ids, "after", listing.after) + 1
    seen = _without(ids[start:], hidden)
    return Cut(tuple(seen[: listing.limit]), len(seen) > listing.limit)


def page(entries: Sequence[object], cut: Cut) -> Page:
    """The page of `entries`, which are those of the cut, in its order."""
    return Page(
        data=entries,
        first_id=cut.ids[0] if cut.ids else None,
        last_id=cut.ids[-1] if cut.ids else None,
        has_more=cut.has_more,
    )


def _place(ids: Sequence[str], param: str, identity: str) -> int:
    try:
        return ids.index(identity)
    except ValueError:
        raise ApiError(
            "invalid_value",
            f'{param}: no entry of this list has the id "{shown(identity)}".',
            param=param,
        ) from None


def _without(ids: Sequence[str], hidden: Container[str]) -> list[str]:
    return [identity for identity in ids if identity not in hidden]
