"""What the limits said of an order (lua/limits.lua): refused and why, and what is left."""

from typing import Any, Final, Literal

import msgspec

from config.money import MicroUSD

Scope = Literal["key", "project", "organization"]
SCOPES: Final[tuple[Scope, ...]] = ("key", "project", "organization")


class Rate(msgspec.Struct, frozen=True):
    """A rate limit after this order: `left` of `limit`, all of them again after `reset_ms`."""

    limit: int
    left: int
    reset_ms: int


class Rates(msgspec.Struct, frozen=True):
    """Of the caller's project and model."""

    requests: Rate
    images: Rate


class Barred(msgspec.Struct, frozen=True):
    """No single request may be this one. `limit` is a name of limits.py, `value` what it holds."""

    scope: Scope
    limit: str
    value: str
    rates: Rates


class Slow(msgspec.Struct, frozen=True):
    """Too many for now. `wait_ms` is None when it never passes."""

    limit: str
    value: int
    wait_ms: int | None
    rates: Rates


class Short(msgspec.Struct, frozen=True):
    """A spend limit would be passed in `period` (periods.py). `contact`: who raises it, or ""."""

    scope: Scope
    limit: MicroUSD
    spent: MicroUSD
    period: str
    contact: str
    rates: Rates


Refused = Barred | Slow | Short


def refused(answer: list[Any]) -> Refused:
    """The answer of a start that a limit refused; nothing was written."""
    word, *rest, last = [str(p) if isinstance(p, int) else p.decode() for p in answer]
    rates = rates_of(last)
    assert rates is not None  # noqa: S101  the script says them with every refusal
    if word == "slow":
        name, value, wait = rest
        return Slow(name, int(value), None if int(wait) < 0 else int(wait), rates)
    scope = SCOPES[int(rest[0]) - 1]
    if word == "barred":
        _, name, value = rest
        return Barred(scope, name, value, rates)
    _, limit, spent, period, contact = rest
    return Short(scope, MicroUSD(int(limit)), MicroUSD(int(spent)), period, contact, rates)


def rates_of(text: str) -> Rates | None:
    """From "limit,left,reset_ms;limit,left,reset_ms"; None of an order that was held without."""
    if not text:
        return None
    requests, images = (Rate(*(int(word) for word in rate.split(","))) for rate in text.split(";"))
    return Rates(requests, images)


def rate_headers(rates: Rates | None) -> tuple[tuple[str, str], ...]:
    """x-ratelimit-* as OpenAI's clients read them."""
    if rates is None:
        return ()
    return tuple(
        (f"x-ratelimit-{what}-{name}", text)
        for name, rate in (("requests", rates.requests), ("images", rates.images))
        for what, text in (
            ("limit", str(rate.limit)),
            ("remaining", str(rate.left)),
            ("reset", duration(rate.reset_ms)),
        )
    )


def duration(ms: int) -> str:
    """As OpenAI writes them: "12ms", "1s", "7.66s", "6m0s", "1h0m0s"."""
    if ms < 1000:  # noqa: PLR2004  a second
        return f"{ms}ms" if ms else "0s"
    minutes, rest = divmod(ms, 60_000)
    seconds = f"{rest // 1000}.{rest % 1000:03d}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
