"""Limits as they are kept: which there are, what each may hold, and how they are read and set."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, get_args

from adapters.store.client import Store
from config.catalogue import Operation, Speed
from config.money import PER_DOLLAR, MicroUSD, usd
from service.flat import names_under, texts
from service.keyspace import Keyspace
from service.scripts import LIMIT

MOST_SPEND: Final = MicroUSD(10**15)  # micro-USD; sums stay whole below 2^53
MOST_RATE: Final = 1_000_000  # also what a project has where nothing is set (lua/limits.lua)
MOST_IMAGES: Final = 1_000
_DOLLARS: Final = re.compile(r"\$?([0-9]{1,10})(?:\.([0-9]{1,6}))?", re.ASCII)
_CONTACT: Final = 200  # characters


class BadLimit(Exception):
    """It cannot be set; the message says what it may be."""


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


def kind_of(scope: str) -> str:
    """key, project, organization, or "model" for a project's limits on one model. Raises BadLimit."""
    if re.fullmatch(r"key:[\w-]+|project:[\w-]+|organization", scope, re.ASCII):
        return scope.partition(":")[0]
    if re.fullmatch(r"project:[\w-]+:[\w.-]+", scope, re.ASCII):
        return "model"
    raise BadLimit(
        f"{scope!r} has no limits: organization, project:ID, project:ID:MODEL and key:ID have."
    )


def checked(scope: str, changes: Mapping[str, str | None]) -> dict[str, str]:
    """What is to be kept: "" takes a limit away. Raises BadLimit."""
    kind = kind_of(scope)
    kept: dict[str, str] = {}
    for name, text in changes.items():
        limit = LIMITS.get(name)
        if limit is None or kind not in limit.scopes:
            known = ", ".join(one.name for one in LIMITS.values() if kind in one.scopes)
            raise BadLimit(f"{scope} has no limit {name!r}; it has {known}.")
        try:
            kept[name] = "" if text is None else limit.read(text)
        except ValueError as bad:
            raise BadLimit(f"{name} cannot be {text!r}; it may be {limit.may}.") from bad
    return kept


async def set_limits(
    store: Store, names: Keyspace, scope: str, changes: Mapping[str, str | None]
) -> None:
    """Set limits as they are typed, take away those that are None; all of them or none. They hold
    for every order that starts later. Raises BadLimit, StoreSilent, StoreRefused.
    """
    kept = checked(scope, changes)
    words = [word for pair in kept.items() for word in pair]
    await store.run(LIMIT, [names.limits(scope)], words)


async def limits_of(store: Store, names: Keyspace, scope: str) -> dict[str, str]:
    """Those that are set, as they are kept: spends in micro-USD. Raises BadLimit, StoreSilent,
    StoreRefused.
    """
    kind_of(scope)
    kept = texts(await store.call("HGETALL", names.limits(scope)))
    return {name: kept[name] for name in LIMITS if name in kept}


async def all_limits(store: Store, names: Keyspace) -> dict[str, dict[str, str]]:
    """Every scope that has limits. Raises StoreSilent, StoreRefused."""
    found = {name async for name in names_under(store, names.limits(""))}
    return {scope: await limits_of(store, names, scope) for scope in sorted(found)}
