"""How what is wanted differs from what there is, field by field, and how that is written. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from config.limits import LIMITS
from config.money import usd
from service.alerts import Alert, Kept, alert_id, drop_alert, put_alert
from service.apply_known import KnownKey, KnownProject
from service.apply_wanted import Models, WantedKey, WantedProject
from service.commit import Change
from service.keyspace import Keyspace


class Delta(NamedTuple):
    """One field that is to be another."""

    name: str
    old: str
    new: str

    def __str__(self) -> str:
        limit = LIMITS.get(self.name.rpartition(" ")[2])
        old, new = (
            (limit.show(text) if limit and text else text) or "none"
            for text in (self.old, self.new)
        )
        return f"{self.name}: {old} -> {new}"


def limit_deltas(
    begin: str, wanted: Mapping[str, str], known: Mapping[str, str]
) -> tuple[Delta, ...]:
    """`wanted` and `known` as they are kept."""
    return tuple(
        Delta(begin + name, known.get(name, ""), text)
        for name, text in wanted.items()
        if text != known.get(name, "")
    )


def put_deltas(change: Change, key: str, deltas: Sequence[Delta]) -> None:
    kept = {delta.name.rpartition(" ")[2]: delta.new for delta in deltas}
    change.put(key, {name: text for name, text in kept.items() if text})
    change.take(key, *(name for name, text in kept.items() if not text))


Put = Callable[[Change, Keyspace, str], None]


def alert_puts(wanted: Sequence[Alert] | None, known: Sequence[Kept]) -> list[tuple[str, Put]]:
    """What is to be done with alerts, in words and as part of a change. One amount, one alert."""
    if wanted is None:
        return []
    there = {kept.alert.threshold: kept for kept in known}
    asked = {alert.threshold: alert for alert in wanted}
    found = [
        (
            f"alert at ${usd(amount)}: {'changed' if amount in there else 'new'}",
            _setting(alert, there.get(amount)),
        )
        for amount, alert in asked.items()
        if amount not in there or there[amount].alert != alert
    ]
    return found + [
        (f"alert at ${usd(kept.alert.threshold)}: gone", _dropping(kept))
        for kept in known
        if asked.get(kept.alert.threshold) is None or there[kept.alert.threshold] is not kept
    ]


def _setting(alert: Alert, before: Kept | None) -> Put:
    def put(change: Change, names: Keyspace, scope: str) -> None:
        put_alert(change, names, scope, before.id if before else alert_id(), alert, before)

    return put


def _dropping(kept: Kept) -> Put:
    def put(change: Change, names: Keyspace, scope: str) -> None:
        drop_alert(change, names, scope, kept)

    return put


def project_deltas(wanted: WantedProject, known: KnownProject | None) -> tuple[Delta, ...]:
    old = known.project if known else None
    pairs: list[tuple[str, Any, Any]] = [
        (
            "tags",
            _tags(old.tags if old else {}),
            None if wanted.tags is None else _tags(wanted.tags),
        ),
        (
            "charge_withheld",
            (old.charge_withheld if old else "") or "customer",
            wanted.charge_withheld,
        ),
        ("unknown_parameters", old.unknown_parameters if old else "", wanted.unknown_parameters),
        (
            "models",
            _models(Models(old.models_mode, old.models) if old else Models()),
            _models(wanted.models),
        ),
    ]
    return tuple(Delta(*pair) for pair in pairs if pair[2] is not None and pair[1] != pair[2])


def key_deltas(wanted: WantedKey, known: KnownKey | None) -> tuple[Delta, ...]:
    old = known.record if known else None
    scopes = None if wanted.scopes is None else ",".join(wanted.scopes)
    pairs: list[tuple[str, Any, Any]] = [
        ("scopes", ",".join(old.scopes) if old else "", scopes),
        (
            "models",
            _models(Models(old.models_mode, old.models) if old else Models()),
            _models(wanted.models),
        ),
    ]
    return tuple(Delta(*pair) for pair in pairs if pair[2] is not None and pair[1] != pair[2])


def _tags(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(tags.items()))


def _models(models: Models | None) -> str | None:
    if models is None:
        return None
    begin = "all but " if models.mode == "deny_list" else ""
    return begin + (", ".join(models.entries) or "none") if models.mode else ""


def kept_project(name: str, wanted: WantedProject) -> dict[str, str]:
    """A field as a project's record has it."""
    match name:
        case "tags":
            return {"tags": msgspec.json.encode(wanted.tags).decode()}
        case "models":
            return _kept_models(wanted.models or Models())
        case _:
            return {name: str(getattr(wanted, name))}


def kept_key(name: str, wanted: WantedKey) -> Iterator[tuple[str, str]]:
    if name == "models":
        yield from _kept_models(wanted.models or Models()).items()
    else:
        yield "scopes", msgspec.json.encode(wanted.scopes or ()).decode()


def _kept_models(models: Models) -> dict[str, str]:
    entries = msgspec.json.encode(models.entries).decode()
    return {"models_mode": models.mode, "models": entries}
