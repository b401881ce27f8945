"""Which pages in a browser may call us: cross-origin sharing, off unless origins are named."""

import re
from typing import Final

from service.visit import Visit

Headers = list[tuple[str, str]]
ADMINISTRATION: Final = "/v1/organization"  # never shared: a page must not hold an admin key
_NAMES: Final = re.compile(r"[A-Za-z0-9,._ -]{0,4096}")
_MOST_SECONDS: Final = "600"


class Browsers:
    """`origins` as browsers send them, or "*". Credentials are headers, never cookies."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origins)

    def headers(self, visit: Visit) -> Headers:
        """What any answer needs so that a page may read it, refusals included."""
        if not self._origins or _private(visit):
            return []
        if "*" in self._origins:
            allowed = "*"
        else:
            origin = visit.header("origin")
            if origin not in self._origins:
                return [("vary", "origin")]
            allowed = origin
        return [
            ("access-control-allow-origin", allowed),
            ("access-control-expose-headers", "*"),
            ("vary", "origin"),
        ]

    def preflight(self, visit: Visit) -> Headers | None:
        """The permission that a browser asks for before the request itself; None: it did not ask,
        or gets none and is answered as anyone is.
        """
        asked = visit.method == "OPTIONS" and visit.header("access-control-request-method")
        if not asked or len(self.headers(visit)) <= 1:
            return None
        # named one by one, since "*" does not cover Authorization
        names = visit.header("access-control-request-headers") or ""
        return [
            ("access-control-allow-methods", "GET, HEAD, POST"),
            ("access-control-allow-headers", _plain(names)),
            ("access-control-max-age", _MOST_SECONDS),
        ]


def _private(visit: Visit) -> bool:
    return visit.path == ADMINISTRATION or visit.path.startswith(f"{ADMINISTRATION}/")


def _plain(names: str) -> str:
    return names if _NAMES.fullmatch(names) else ""
