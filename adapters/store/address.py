"""What a store URL says. Knows the spellings; never prints a password."""

import re
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote

import msgspec

Kind = Literal["single", "unix", "sentinel", "cluster"]

SCHEMES: Final[Mapping[str, tuple[Kind, bool]]] = {
    "redis": ("single", False),
    "rediss": ("single", True),
    "valkey": ("single", False),
    "valkeys": ("single", True),
    "unix": ("unix", False),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
}
PORTS: Final[Mapping[Kind, int]] = {"single": 6379, "unix": 0, "sentinel": 26379, "cluster": 6379}
TLS_OPTIONS: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
SENTINEL_OPTIONS: Final = ("sentinel_username", "sentinel_password")

HOST: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:\s]+)(?::(?P<port>[0-9]{1,5}))?\Z")


class BadStoreUrl(ValueError):
    """A store URL that cannot be used. The message never repeats any part that may be secret."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the store is and who we are there. `str()` leaves the secrets out."""

    scheme: str
    kind: Kind
    tls: bool
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    service: str = ""
    db: int = 0
    username: str | None = None
    password: str | None = None
    options: dict[str, str] = {}

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix://{self.path}"
        hosts = ",".join(f"{_bracketed(name)}:{port}" for name, port in self.hosts)
        tail = f"/{self.service}" if self.service else ""
        return f"{self.scheme}://{hosts}{tail}" + (f"/{self.db}" if self.db else "")

    def __repr__(self) -> str:
        return f"Address({self})"


def read_address(url: str) -> Address:
    """Raises BadStoreUrl, which says what is wrong and what is meant, and echoes no secret."""
    scheme, sep, rest = url.strip().partition("://")
    if not sep or scheme not in SCHEMES:
        raise BadStoreUrl(
            f"a store URL starts with one of: {', '.join(f'{s}://' for s in SCHEMES)}"
        )
    kind, tls = SCHEMES[scheme]
    netloc, path, query = _cut(rest, kind)
    username, password, places = _credentials(netloc)
    options = _options(query, kind, tls=tls)
    if kind == "unix":
        if places or not path.startswith("/"):
            raise BadStoreUrl("a unix:// URL names an absolute path: unix:///run/valkey.sock")
        db = _number(options.pop("db", "0"))
        return Address(
            scheme=scheme, kind=kind, tls=tls, path=unquote(path), db=db,
            username=username, password=password,
        )  # fmt: skip
    service, db = _service_and_db(path, kind)
    return Address(
        scheme=scheme, kind=kind, tls=tls, hosts=_hosts(places, kind), service=service, db=db,
        username=username, password=password, options=options,
    )  # fmt: skip


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _cut(rest: str, kind: Kind) -> tuple[str, str, str]:
    """Netloc, path, query. urllib is not used: its errors repeat the netloc, secrets included."""
    before, _, fragment = rest.partition("#")
    before, _, query = before.partition("?")
    netloc, slash, path = before.partition("/")
    if kind != "unix" and "@" in path + query + fragment:
        raise BadStoreUrl(
            "an '@' stands after the host; '/', '?', '#' and '@' inside a user name or password "
            "are written %2F, %3F, %23 and %40"
        )
    if fragment:
        raise BadStoreUrl("a store URL has no '#' part; inside a password it is written %23")
    return netloc, slash + path, query


def _credentials(netloc: str) -> tuple[str | None, str | None, str]:
    who, at, places = netloc.rpartition("@")
    if not at:
        return None, None, places
    if "@" in who:
        raise BadStoreUrl("an '@' inside a user name or password is written %40")
    username, colon, password = who.partition(":")
    return unquote(username) or None, unquote(password) if colon else None, places


def _hosts(places: str, kind: Kind) -> tuple[tuple[str, int], ...]:
    hosts: list[tuple[str, int]] = []
    for place in places.split(","):
        found = HOST.match(place)
        port = int(found["port"] or PORTS[kind]) if found else 0
        if not found or not 0 < port < 2**16:
            raise BadStoreUrl(
                f"host number {len(hosts) + 1} of the store URL is not HOST or HOST:PORT "
                "(if it is a user name and password, '@HOST' is missing behind it)"
            )
        hosts.append((found["name"].strip("[]"), port))
    if kind == "single" and len(hosts) > 1:
        raise BadStoreUrl(
            "several hosts need redis+sentinel://HOSTS/SERVICE or redis+cluster://HOSTS"
        )
    return tuple(hosts)


def _service_and_db(path: str, kind: Kind) -> tuple[str, int]:
    parts = [unquote(part) for part in path.strip("/").split("/") if part]
    if kind == "cluster":
        if parts not in ([], ["0"]):
            raise BadStoreUrl("a cluster has database 0 only: leave the path out")
        return "", 0
    service = ""
    if kind == "sentinel":
        if not parts:
            raise BadStoreUrl(
                "a sentinel URL names the service: redis+sentinel://HOST:26379/mymaster"
            )
        service = parts.pop(0)
    if len(parts) > 1:
        raise BadStoreUrl(
            "the path of a store URL has too many parts; the last one is the database"
        )
    return service, _number(parts[0] if parts else "0")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):  # noqa: PLR2004  servers stop at 9999 or long before
        raise BadStoreUrl("the database of a store URL is a small whole number")
    return int(text)


def _options(query: str, kind: Kind, *, tls: bool) -> dict[str, str]:
    known = (
        *(TLS_OPTIONS if tls else ()),
        *(SENTINEL_OPTIONS if kind == "sentinel" else ()),
        *(("db",) if kind == "unix" else ()),
    )
    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.keys() - set(known):
        what = f"takes {', '.join(known)}" if known else "takes none"
        raise BadStoreUrl(f"the store URL has an unknown option behind '?': this kind {what}")
    if options.get("ssl_cert_reqs", "required") not in {"required", "optional", "none"}:
        raise BadStoreUrl("ssl_cert_reqs is one of: required, optional, none")
    return options
