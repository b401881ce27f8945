"""What `apply` is to bring about: projects and keys by name, with what the file says of them. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from config.catalogue import Catalogue
from config.entries import Mode, fault
from config.limits import LIMITS
from config.money import MicroUSD
from config.values import duration
from service.alerts import MOST_ALERTS, Alert
from service.keys import READ_ONLY
from service.limits import BadLimit, checked

NAME_LETTERS: Final = 100
TAG_LETTERS: Final = 200
MOST_TAGS: Final = 20
WAYS: Final = ("customer", "house")
RULES: Final = ("near", "refuse", "warn", "")
MODES: Final = ("allow_list", "deny_list")


class BadFile(Exception):
    """The file cannot be applied, and nothing was written: one line a fault, with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Models(msgspec.Struct, frozen=True):
    """A list of models; of none, with mode "": no list."""

    mode: Mode | str = ""
    entries: tuple[str, ...] = ()


class WantedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key. None: the file says nothing, so it stays as it is. `limits` as they are kept, "" takes
    one away. `expires_in` seconds, for a new one only.
    """

    name: str
    expires_in: int | None = None
    limits: Mapping[str, str] = {}
    models: Models | None = None
    scopes: tuple[str, ...] | None = None


class WantedProject(msgspec.Struct, frozen=True, kw_only=True):
    """One project, likewise. `rates`: limits of one model, by its name."""

    name: str
    tags: Mapping[str, str] | None = None
    charge_withheld: str | None = None
    unknown_parameters: str | None = None
    limits: Mapping[str, str] = {}
    models: Models | None = None
    rates: Mapping[str, Mapping[str, str]] = {}
    alerts: tuple[Alert, ...] | None = None
    keys: tuple[WantedKey, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file. `limits` and `alerts` of the organisation."""

    projects: tuple[WantedProject, ...] = ()
    limits: Mapping[str, str] = {}
    alerts: tuple[Alert, ...] | None = None


class Reader:
    """Reads values and gathers what is wrong with them, each with its place."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.problems: list[str] = []
        self._catalogue = catalogue

    def wrong(self, place: str, why: str) -> None:
        self.problems.append(f"{place}: {why}")

    def name(self, place: str, value: Any) -> str:
        fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= NAME_LETTERS
        if not (fits and value.strip() == value):
            self.wrong(place, f"a name has 1 to {NAME_LETTERS} letters and is one line")
            return ""
        return str(value)

    def word(self, place: str, value: Any, words: tuple[str, ...]) -> str:
        if value not in words:
            may = " or ".join(word or "nothing" for word in words)
            self.wrong(place, f"it may be {may}, not {value!r}")
        return str(value)

    def tags(self, place: str, value: Any) -> dict[str, str]:
        fine = isinstance(value, dict) and len(value) <= MOST_TAGS
        for name, text in value.items() if fine else ():
            fits = isinstance(text, str) and text.isprintable() and 0 < len(text) <= TAG_LETTERS
            plain = name.isascii() and name.replace("_", "").isalnum() and name == name.lower()
            fine = fine and fits and plain and len(name) <= 40  # noqa: PLR2004  as the API has it
        if not fine:
            self.wrong(
                place,
                f"at most {MOST_TAGS} tags: a name of a-z, 0-9 and _, and a text of one line",
            )
            return {}
        return dict(value)

    def limits(self, place: str, scope: str, values: Mapping[str, Any]) -> dict[str, str]:
        """As they are kept; "" takes one away."""
        kept: dict[str, str] = {}
        for name, value in values.items():
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            if isinstance(value, bool | float):
                self.wrong(f"{place}.{name}", 'amounts are written in quotes, such as "10.50"')
                continue
            try:
                kept |= checked(scope, {name: text or None})
            except BadLimit as bad:
                self.wrong(f"{place}.{name}", str(bad))
        return kept

    def models(self, place: str, entries: Any, mode: Any) -> Models:
        if entries == [] and mode is None:
            return Models()
        if not isinstance(entries, list) or not all(isinstance(one, str) for one in entries):
            self.wrong(place, "it is a list of models")
            return Models()
        for entry in entries:
            if why := fault(entry, self._catalogue):
                self.wrong(place, why)
        return Models(self.word(f"{place}_mode", mode or MODES[0], MODES), tuple(entries))

    def rates(self, place: str, value: Any) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for model, limits in value.items() if isinstance(value, dict) else ():
            if model not in self._catalogue.models:
                self.wrong(place, f"there is no model {model!r}")
            elif isinstance(limits, dict):
                scope = f"project:new:{model}"
                found[model] = self.limits(f"{place}.{model}", scope, limits)
        if len(found) != len(value if isinstance(value, dict) else [0]):
            self.wrong(place, "it is written MODEL = { images_minute = 30 }")
        return found

    def alerts(self, place: str, value: Any) -> tuple[Alert, ...]:
        if not isinstance(value, list) or len(value) > MOST_ALERTS:
            self.wrong(
                place, f"at most {MOST_ALERTS}, written [{{ at = ..., recipients = [...] }}]"
            )
            return ()
        found = [self._alert(f"{place}[{number}]", one) for number, one in enumerate(value)]
        whole = tuple(alert for alert in found if alert is not None)
        if len({alert.threshold for alert in whole}) < len(whole):
            self.wrong(place, "two alerts have the same amount")
        return whole

    def _alert(self, place: str, value: Any) -> Alert | None:
        if not isinstance(value, dict) or set(value) - {"at", "recipients", "subject_prefix"}:
            self.wrong(place, "it has at, recipients and perhaps subject_prefix")
            return None
        mails = value.get("recipients", [])
        prefix = value.get("subject_prefix")
        fine = isinstance(mails, list) and all(
            isinstance(one, str) and "@" in one and one.isprintable() for one in mails
        )
        fine = fine and (prefix is None or (isinstance(prefix, str) and prefix.isprintable()))
        amount = self.limits(place, "organization", {"spend_month": value.get("at", "")})
        cents = int(amount.get("spend_month") or 0)
        if not fine or cents < 10_000 or cents % 10_000:  # noqa: PLR2004  a cent in micro-USD
            self.wrong(
                place, "at is dollars and cents from 0.01 on, recipients are e-mail addresses"
            )
            return None
        return Alert(threshold=MicroUSD(cents), recipients=tuple(mails), subject_prefix=prefix)

    def lifetime(self, place: str, value: Any) -> int:
        try:
            return duration(str(value))
        except ValueError:
            self.wrong(place, f"{value!r} is not a duration such as 90d")
            return 0

    def scopes(self, place: str, value: Any) -> tuple[str, ...]:
        if value not in ([], [READ_ONLY]):
            self.wrong(place, f'it may be [] or ["{READ_ONLY}"]')
            return ()
        return tuple(value)


def limit_names(kind: str) -> frozenset[str]:
    """Of a kind of scope: key, project, organization."""
    return frozenset(limit.name for limit in LIMITS.values() if kind in limit.scopes)


def twice(names: list[str]) -> list[str]:
    """Those that are there more than once."""
    return sorted({name for name in names if name and names.count(name) > 1})
