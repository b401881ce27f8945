"""Which limits there are, whom each can be set for, and what it may hold. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, get_args

from config.catalogue import Operation, Speed
from config.money import PER_DOLLAR, MicroUSD, usd

MOST_SPEND: Final = MicroUSD(10**15)  # micro-USD; sums stay whole below 2^53
MOST_RATE: Final = 1_000_000  # also what a project has where nothing is set (lua/limits.lua)
MOST_IMAGES: Final = 1_000
_DOLLARS: Final = re.compile(r"\$?([0-9]{1,10})(?:\.([0-9]{1,6}))?", re.ASCII)
_CONTACT: Final = 200  # characters


class Limit(NamedTuple):
    """One limit: `read` makes what is kept of what was typed, `show` the other way."""

    name: str
    scopes: frozenset[str]  # kinds of scope that have it
    read: Callable[[str], str]
    show: Callable[[str], str]
    may: str


def microusd(text: str) -> MicroUSD:
    """Dollars as they are typed, "10", "$10.5", "0.06", without floats. Raises ValueError."""
    found = _DOLLARS.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    amount = int(found[1]) * PER_DOLLAR + int((found[2] or "").ljust(6, "0"))
    if amount > MOST_SPEND:
        raise ValueError(text)
    return MicroUSD(amount)


def _whole(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) is None or int(text) > most:
            raise ValueError(text)
        return str(int(text))

    return read


def _some_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        asked = {word.strip().casefold() for word in text.split(",")}
        if asked - {word.casefold() for word in words}:
            raise ValueError(text)
        return ",".join(word for word in words if word.casefold() in asked)

    return read


def _line(text: str) -> str:
    if not (text.isprintable() and 0 < len(text) <= _CONTACT):
        raise ValueError(text)
    return text


def _spend(name: str, scopes: frozenset[str]) -> Limit:
    return Limit(
        name,
        scopes,
        lambda text: str(microusd(text)),
        lambda kept: f"${usd(MicroUSD(int(kept)))}",
        f"dollars from 0 to {MOST_SPEND // PER_DOLLAR} with at most six decimals, such as 10.00",
    )


def _count(name: str, scopes: frozenset[str], most: int) -> Limit:
    return Limit(name, scopes, _whole(most), str, f"a whole number from 0 to {most}")


def _choice(name: str, words: tuple[str, ...]) -> Limit:
    return Limit(name, _CALLERS, _some_of(words), str, f"some of {', '.join(words)}")


_KEY: Final = frozenset({"key"})
_CALLERS: Final = frozenset({"key", "project", "organization"})
_RATED: Final = frozenset({"project", "model"})
LIMITS: Final[Mapping[str, Limit]] = {
    limit.name: limit
    for limit in (
        _spend("spend_day", _KEY),
        _spend("spend_week", _KEY),
        _spend("spend_month", _CALLERS),
        _spend("spend_total", _KEY),
        _spend("spend_request", _CALLERS),
        _count("images_request", _CALLERS, MOST_IMAGES),
        _choice("speeds", get_args(Speed)),
        _choice("operations", get_args(Operation)),
        _count("requests_minute", _RATED, MOST_RATE),
        _count("requests_day", _RATED, MOST_RATE),
        _count("images_minute", _RATED, MOST_RATE),
        Limit(
            "contact",
            frozenset({"project", "organization"}),
            _line,
            str,
            f"one line of at most {_CONTACT} characters",
        ),
    )
}
