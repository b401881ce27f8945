"""One HTTP visit: what the front found out before any route was asked."""

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from litestar.types import Scope

KEY: Final = "ideogate.visit"


class Visit(msgspec.Struct, kw_only=True):
    """`method` and `path` as the caller wrote them, the path folded and safe to print.
    `deployment`: the model of an Azure path. `began`: loop time, seconds.
    `unread`: a body was announced, and its end has not been read yet.
    """

    request_id: str
    began: float
    method: str
    path: str
    headers: Mapping[bytes, bytes]
    deployment: str | None = None
    client_request_id: str | None = None
    key_id: str | None = None  # known once the caller is
    project: str | None = None  # likewise
    model: str | None = None
    order: str | None = None  # as the journal names it
    unread: bool = False
    address: str = ""  # of the client, behind the proxies we trust
    rates: tuple[tuple[str, str], ...] = ()  # x-ratelimit-* of the answer, once they are known

    def header(self, name: str) -> str | None:
        """A header as text (Latin-1 has all bytes), None when absent; the first of several."""
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1").strip()


def visit_of(scope: Scope) -> Visit:
    """The visit that the front put into the scope."""
    return cast("Visit", cast("dict[str, Any]", scope)[KEY])


def put(scope: Scope, visit: Visit) -> None:
    cast("dict[str, Any]", scope)[KEY] = visit
