"""Which links may be downloaded from: a list of hosts, and nothing that only looks like them."""

import re
from collections.abc import Iterable
from typing import Final

# The whole link in one pattern, so that no two parsers can read it differently: no user part, no
# backslash, no character outside ASCII, no trailing dot games (an exact host is compared).
_LINK: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][!-\[\]-~]*)?",
    re.IGNORECASE,
)
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
_LONGEST: Final = 4096  # characters; the supplier's signed links have some 150
_PORTS: Final = {"http": 80, "https": 443}


class ImageHosts:
    """Hosts that pictures may come from: "ideogram.ai" or "127.0.0.1:8080", compared exactly.

    Without a port an entry means the scheme's own; of the upstream's own host also the port of
    its base URL. Plain http is for loopback and for an upstream whose base URL has it.
    """

    def __init__(self, hosts: Iterable[str], upstream: str) -> None:
        """`upstream`: its base URL."""
        self._hosts = frozenset(host.strip().lower() for host in hosts)
        self._upstream = _origin(upstream)

    def allow(self, link: str) -> bool:
        """Whether `link` may be downloaded."""
        origin = _origin(link) if len(link) <= _LONGEST else None
        if origin is None:
            return False
        scheme, host, port = origin
        if scheme == "http" and origin != self._upstream and not _LOOPBACK.fullmatch(host):
            return False
        usual = port == _PORTS[scheme] or origin == self._upstream
        return f"{host}:{port}" in self._hosts or (usual and host in self._hosts)


class InputHosts:
    """Hosts that a caller's pictures may come from, by https: "cdn.example" means port 443,
    "cdn.example:8443" that port; an address as it stands, IPv6 with or without brackets.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(_with_port(host.strip().lower()) for host in hosts)

    def allow(self, link: str) -> bool:
        """Whether `link` may be visited, as far as its text says."""
        where = host_of(link)
        return where is not None and _with_port(where) in self._hosts


def host_of(link: str) -> str | None:
    """The host of an https link, with its port unless that is 443. None: no such link."""
    origin = _origin(link) if len(link) <= _LONGEST else None
    if origin is None or origin[0] != "https":
        return None
    _, host, port = origin
    return host if port == _PORTS["https"] else f"{host}:{port}"


def _with_port(host: str) -> str:
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    return host if re.search(r":[0-9]+\Z", host) else f"{host}:{_PORTS['https']}"


def _origin(link: str) -> tuple[str, str, int] | None:
    found = _LINK.fullmatch(link)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    return scheme, found["host"].lower(), int(found["port"] or _PORTS[scheme])
