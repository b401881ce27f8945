"""What an error body says, in every shape the supplier and its reseller use. Pure."""

import re
from typing import Final, NamedTuple

import msgspec

from adapters.ideogram.wire import text, whole

LONGEST: Final = 300  # characters: enough to name a field, too few to carry a page
_LOOKED_AT: Final = 4 * LONGEST  # nothing behind that can reach the message
_TITLE: Final = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)


class Complaint(NamedTuple):
    """An error body, read. `message` is bounded and printable, "" when there is none.

    `readable`: JSON that says something, not a page of some proxy.
    `wrapped`: `error` is an object, the reseller's form, not the supplier's string.
    `by_field`: names the field that is wrong (a list of `loc`, `msg`).
    """

    message: str = ""
    readable: bool = False
    wrapped: bool = False
    by_field: bool = False
    reject_reason: str | None = None
    max_inflight: int | None = None


def read_complaint(body: bytes) -> Complaint:
    """Never raises: `error` string or object, `message`, `detail`, `reject_reason`, text, HTML."""
    try:
        document = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint(_words(body.decode("utf-8", "replace")))
    if isinstance(document, dict):
        return _from_object(document)
    return Complaint(plain(document) if isinstance(document, str) else "")


def _from_object(document: dict[str, object]) -> Complaint:
    error = document.get("error")
    inner = error if isinstance(error, dict) else {}
    reject_reason = text(document.get("reject_reason")) or text(inner.get("reject_reason"))
    detail = document.get("detail")
    said = (
        text(error)
        or text(inner.get("message"))
        or text(document.get("message"))
        or _detail(detail)
        or reject_reason
        or ""
    )
    most = whole(document.get("max_inflight_requests"))
    if most is None:
        most = whole(inner.get("max_inflight_requests"))
    return Complaint(
        message=plain(said),
        readable=bool(said),
        wrapped=bool(inner),
        by_field=isinstance(detail, list) and any(_names_field(entry) for entry in detail),
        reject_reason=reject_reason and plain(reject_reason),
        max_inflight=most if most is not None and most > 0 else None,
    )


def _names_field(entry: object) -> bool:
    return isinstance(entry, dict) and "loc" in entry


def _detail(detail: object) -> str | None:
    if isinstance(detail, list):
        return "; ".join(filter(None, map(_entry, detail))) or None
    return text(detail)


def _entry(entry: object) -> str:
    if not isinstance(entry, dict):
        return text(entry) or ""
    place = entry.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return ": ".join(filter(None, (where, text(entry.get("msg")))))


def _words(page: str) -> str:
    """Plain text as it is; of an HTML page its title."""
    if not page.lstrip().startswith("<"):
        return plain(page)
    title = _TITLE.search(page)
    return plain(title[1]) if title and title[1].strip() else "an HTML page"


def plain(said: str) -> str:
    """One printable line of at most LONGEST characters."""
    line = "".join(char if char.isprintable() else " " for char in said[:_LOOKED_AT])
    line = " ".join(line.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
