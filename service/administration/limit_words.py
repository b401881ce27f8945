"""Limits of projects and keys between OpenAI's shapes and ours: asked for, kept, shown."""

from collections.abc import Iterable, Mapping
from typing import Final, cast, get_args

from adapters.openai.organization_limit_asks import KeySpendAsk, LimitsAsk
from adapters.openai.organization_limits import (
    Interval,
    KeySpendLimit,
    Limits,
    cents,
    enforcement,
)
from config.catalogue import Operation, Speed
from config.money import MicroUSD, usd
from service.limits import checked
from service.spent import Spent

INTERVALS: Final[tuple[Interval, ...]] = get_args(Interval)
_SHOWN: Final[Mapping[str, str]] = {  # our names of limits, and those that callers read
    "images_request": "images_request",
    "spend_request": "spend_request_microusd",
    "speeds": "speeds",
    "operations": "operations",
    "requests_minute": "requests_minute",
    "requests_day": "requests_day",
    "images_minute": "images_minute",
}


def typed(ask: LimitsAsk) -> dict[str, str | None]:
    """As limits.py takes them; None takes one away."""
    words: dict[str, str | None] = {}
    for name, value in ask.given().items():
        if name == "spend_request_microusd":
            words["spend_request"] = None if value is None else usd(MicroUSD(cast("int", value)))
        elif isinstance(value, tuple):
            words[name] = ",".join(value)
        else:
            words[name] = None if value is None else str(value)
    return words


def typed_spends(asks: Iterable[KeySpendAsk]) -> dict[str, str | None]:
    """The same of all spend limits of a key: those that are not named are taken away."""
    given = {ask.interval: usd(ask.microusd) for ask in asks}
    return {f"spend_{interval}": given.get(interval) for interval in INTERVALS}


def after(kept: Mapping[str, str], scope: str, changes: Mapping[str, str | None]) -> dict[str, str]:
    """What is kept once the changes are made. Raises BadLimit."""
    together = {**kept, **checked(scope, changes)}
    return {name: text for name, text in together.items() if text}


def shown_limits(kept: Mapping[str, str], behind: Mapping[str, str]) -> Limits:
    """What is kept, as callers read it, and what is inherited where nothing is (`behind`)."""
    holds = {**behind, **kept}

    def whole(name: str) -> int | None:
        return int(holds[name]) if name in holds else None

    speeds, operations = holds.get("speeds"), holds.get("operations")
    return Limits(
        images_request=whole("images_request"),
        spend_request_microusd=whole("spend_request"),
        speeds=cast("tuple[Speed, ...]", tuple(speeds.split(","))) if speeds else None,
        operations=(
            cast("tuple[Operation, ...]", tuple(operations.split(","))) if operations else None
        ),
        requests_minute=whole("requests_minute"),
        requests_day=whole("requests_day"),
        images_minute=whole("images_minute"),
        inherited=tuple(
            shown for name, shown in _SHOWN.items() if name in behind and name not in kept
        ),
    )


def shown_spends(
    kept: Mapping[str, str], spent: Mapping[Interval, Spent], behind: Mapping[str, str]
) -> tuple[KeySpendLimit, ...]:
    """The spend limits that a key has or inherits (`behind`). `spent` in each interval."""
    holds = {**behind, **kept}
    limits = [
        (one, MicroUSD(int(holds[f"spend_{one}"]))) for one in INTERVALS if f"spend_{one}" in holds
    ]
    return tuple(
        KeySpendLimit(
            threshold_amount=cents(limit),
            microusd=limit,
            spent_microusd=spent[interval].so_far,
            interval=interval,
            enforcement=enforcement(enforcing=spent[interval].fills(limit)),
            inherited=f"spend_{interval}" not in kept,
        )
        for interval, limit in limits
    )
