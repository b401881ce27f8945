"""The text of a variable -> its value: one reading a kind, which also says what it may hold. Pure."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

SANDBOX: Final = "sandbox:"
EMBEDDED: Final = "embedded:"
MIB: Final = 1024 * 1024
LARGEST: Final = 64 * 1024 * MIB  # a plain number is MiB: one above this was meant as bytes

_STORES: Final = (
    "redis",
    "rediss",
    "valkey",
    "valkeys",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
    "unix",
)
_UNITS: Final[Mapping[str, int]] = {"b": 1, "kib": 1024, "mib": MIB, "gib": 1024 * MIB, "": MIB}
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9])?")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SIZE: Final = re.compile(r"([0-9]{1,15})\s*(b|kib|mib|gib|)", re.IGNORECASE)
_PER: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST: Final = 36_500 * 86_400  # seconds, a century
_USER: Final = re.compile(r"//[^/\s]*@")


class Reading(NamedTuple):
    """`read` raises ValueError for a text that is not `may`: what an operator may write."""

    read: Callable[[str], Any]
    may: str


def shown(text: str) -> str:
    """A text as a complaint repeats it: without a password, and not too long."""
    plain = _USER.sub("//***@", text)
    return repr(plain if len(plain) <= 80 else f"{plain[:77]}...")  # noqa: PLR2004  one line of a terminal


def whole(low: int, high: int) -> Reading:
    """A whole number within bounds."""
    return Reading(
        lambda text: _within(int(_plain(r"[0-9]{1,15}", text)), low, high),
        f"a whole number from {low} to {high}",
    )


def seconds(low: float, high: float) -> Reading:
    """Seconds within bounds, fractions allowed."""
    return Reading(
        lambda text: _within(float(_plain(r"[0-9]{1,9}(\.[0-9]{1,6})?", text)), low, high),
        f"seconds from {low:g} to {high:g}",
    )


def duration(text: str) -> int:
    """Seconds of "90s", "15m", "24h", "30d". Raises ValueError."""
    number = _plain(r"[0-9]{1,9}[smhd]", text)
    return int(_within(int(number[:-1]) * _PER[number[-1]], 0, LONGEST))


def one_of(*words: str) -> Reading:
    """One of a few words, in any case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return Reading(read, f"one of {', '.join(words)}")


def several(one: Reading) -> Reading:
    """A list, separated by commas or blanks; each value is kept once."""

    def read(text: str) -> tuple[Any, ...]:
        parts = [one.read(part) for part in re.split(r"[,\s]+", text) if part]
        if not parts:
            raise ValueError
        return tuple(dict.fromkeys(parts))

    return Reading(read, f"a list, separated by commas, of {one.may}")


def _within(number: Any, low: float, high: float) -> Any:
    if not low <= number <= high:
        raise ValueError
    return number


def _plain(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError
    return text


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError
    return int(_within(int(found[1]) * _UNITS[found[2].lower()], 1, LARGEST))


def _host(text: str) -> str:
    name = text.lower()
    if ":" in name:
        return str(ip_address(name.removeprefix("[").removesuffix("]")))
    return _plain(_HOST.pattern, name)


def _place(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if colon and port.isascii() and port.isdigit() and (":" not in host or host.endswith("]")):
        name = _host(host)
        return f"[{name}]:{_port(port)}" if ":" in name else f"{name}:{_port(port)}"
    return _host(text)


def _port(text: str) -> int:
    return int(_within(int(text), 1, 65_535))


def _web(text: str) -> str:
    parts = urlsplit(text)
    _ = parts.port  # raises ValueError for a port that is none
    good = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not good or not text.isprintable() or " " in text:
        raise ValueError
    return text


def _web_root(text: str) -> str:
    parts = urlsplit(_web(text))
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError
    return text.rstrip("/")


def _hook(text: str) -> str:
    parts = urlsplit(_web(text))
    host = parts.hostname or ""
    if parts.scheme == "http" and host != "localhost" and not ip_address(host).is_loopback:
        raise ValueError
    if parts.fragment:
        raise ValueError
    return text


def _hook_secret(text: str) -> str:
    key = _printable(text)
    if key.startswith("whsec_") and not b64decode(key.removeprefix("whsec_"), validate=True):
        raise ValueError
    return key


def _origin(text: str) -> str:
    if text != "*" and urlsplit(_web_root(text)).path:
        raise ValueError
    return text.rstrip("/").lower()


def _upstream(text: str) -> str:
    return SANDBOX if text.lower() == SANDBOX else _web_root(text)


def _store(text: str) -> str:
    scheme, _, rest = text.partition("://")
    if not text.startswith(EMBEDDED) and not (scheme in _STORES and rest):
        raise ValueError
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError
    return text


PORT: Final = whole(0, 65_535)
BYTES: Final = Reading(_bytes, "a size such as 50 (MiB), 50MiB or 512KiB, at most 64GiB")
HOST: Final = Reading(_host, "a host name or an address, without scheme, port or path")
PLACES: Final = several(Reading(_place, "host names or addresses, each with or without a :port"))
NAME: Final = Reading(
    lambda text: _plain(_NAME.pattern, text), "1 to 64 letters, digits, dots, dashes, underscores"
)
HOOK: Final = Reading(
    _hook, "an https:// URL without a password or fragment; http:// only to this machine"
)
HOOK_SECRET: Final = Reading(
    _hook_secret, "one line of printable text; what begins with whsec_ goes on in base64"
)
WEB_ROOT: Final = Reading(
    _web_root, "an http:// or https:// URL without a password, query or fragment"
)
ORIGINS: Final = several(Reading(_origin, "origins such as https://app.example.com, or *"))
NETWORKS: Final = several(
    Reading(lambda text: str(ip_network(text)), "addresses or networks such as 10.0.0.0/8")
)
UPSTREAM: Final = Reading(_upstream, f"{WEB_ROOT.may}, or {SANDBOX}")
STORE: Final = Reading(
    _store,
    f"{EMBEDDED}, {EMBEDDED}FOLDER, or a URL that starts with redis://, rediss://, unix://, "
    "redis+sentinel:// or redis+cluster://",
)
DURATION: Final = Reading(duration, "a duration such as 90s, 15m, 24h or 30d")
FILE: Final = Reading(_printable, "the path of a file")
LINE: Final = Reading(_printable, "one line of printable text")
TOKEN: Final = Reading(
    lambda text: _plain(r"[!-~]+", text), "one line of ASCII without blanks, as a header carries it"
)
