"""What projects and keys have where nothing of their own is set: `[defaults]`, as it is kept. Pure.

The names are those of the limits behind `project_` or `key_`, and `models`, `models_mode` and
`key_lifetime`. What is kept is text: spends in micro-USD, a lifetime in seconds, models as JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, get_args

import msgspec

from config.catalogue import Catalogue
from config.entries import Mode, fault
from config.limits import LIMITS
from config.values import DURATION, duration, shown


class Default(NamedTuple):
    """One of them. `read` makes what is kept of what was typed."""

    name: str
    read: Callable[[str], str]
    may: str


def _lifetime(text: str) -> str:
    seconds = duration(text)
    if seconds == 0:  # a key that is over as it is made
        raise ValueError(text)
    return str(seconds)


OF_LIMITS: Final[Mapping[str, Default]] = {
    f"{kind}_{limit.name}": Default(f"{kind}_{limit.name}", limit.read, limit.may)
    for kind in ("project", "key")
    for limit in LIMITS.values()
    if kind in limit.scopes and limit.name != "contact"
}
LIFETIME: Final = "key_lifetime"
MODELS: Final = ("models_mode", "models")
_TYPED: Final[Mapping[str, Default]] = {
    **OF_LIMITS,
    LIFETIME: Default(LIFETIME, _lifetime, DURATION.may),
}
NAMES: Final[tuple[str, ...]] = (*_TYPED, *MODELS)


def read(raw: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
    """What the file says of them, as it is kept; a line in `problems` for each that cannot be."""
    kept: dict[str, str] = {}
    for name, default in _TYPED.items():
        if name not in raw:
            continue
        text = _typed(raw[name])
        try:
            kept[name] = default.read(text)
        except ValueError:
            held = shown(text) if text else repr(raw[name])
            problems.append(
                f"defaults: {name} holds {held}, may hold {default.may}{_quoted(raw[name])}"
            )
    return kept | _models(raw, problems)


def _typed(value: object) -> str:
    """As on the command line. Amounts are text, so that no float comes in between."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _quoted(value: object) -> str:
    return ", in quotes" if isinstance(value, float) else ""


def _models(raw: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
    entries, mode = raw.get("models"), raw.get("models_mode", "allow_list")
    if mode not in get_args(Mode):
        problems.append(
            f"defaults: models_mode holds {mode!r}, may hold {' or '.join(get_args(Mode))}"
        )
    if entries is None:
        if "models_mode" in raw:
            problems.append("defaults: models_mode says how to read models, which is not there")
        return {}
    if not isinstance(entries, list) or not all(isinstance(one, str) for one in entries):
        problems.append("defaults: models must be a list of names")
        return {}
    return {"models_mode": str(mode), "models": listing(entries)}


def listing(entries: Sequence[str]) -> str:
    """A list of models as it is kept."""
    return msgspec.json.encode(list(dict.fromkeys(entries))).decode()


def faults(kept: Mapping[str, str], catalogue: Catalogue) -> list[str]:
    """A line for each entry of `models` that stands for nothing."""
    entries = msgspec.json.decode(kept.get("models", "[]"), type=list[str])
    told = ((entry, fault(entry, catalogue)) for entry in entries)
    return [f"defaults: models holds {shown(entry)}: {why}" for entry, why in told if why]
