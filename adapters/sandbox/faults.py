"""Faults on order: scripted for the next submits, or asked for in the prompt itself.

In a prompt: `[[fault:429]]`, with options `[[fault:429:retry_after=7:count=2]]`.
"""

import re
from collections import Counter
from typing import Any, Final, Literal

import msgspec

from adapters.sandbox.refusal import bad

Kind = Literal[
    "400",
    "401",
    "402",
    "403",
    "422",
    "429",
    "500",
    "502",
    "503",
    "reset_before",  # cut before the body is read (from a prompt: before anything is drawn)
    "reset_after",  # drawn and billed, then cut instead of answered
    "cut",  # drawn and billed, the answer breaks off in the middle
    "truncated",  # drawn and billed, half a JSON document in a whole HTTP answer
    "html",  # drawn and billed, a web page with status 200
    "unsafe",  # `images` are withheld
    "fewer",  # `keep` images instead of all
    "slow",  # nothing but `seconds`
    "dead_link",  # the links of `images` answer 404
    "foreign_link",  # the links of `images` point to another host
    "wrong_bytes",  # the links of `images` lead to something that is no picture
    "notice",  # a `notice` in the success body
    "cookie",  # a Set-Cookie header
]
STATUSES: Final = frozenset({"400", "401", "402", "403", "422", "429", "500", "502", "503"})
TRIGGER: Final = re.compile(r"\[\[fault:([a-z0-9_]+)((?::[a-z_]+=[^:\]]*)*)\]\]")
BODIES: Final[dict[str, dict[str, Any]]] = {
    "400": {"error": "Invalid request"},
    "401": {"error": "Invalid API key"},
    "402": {"error": "Not enough balance", "reject_reason": "insufficient_funds"},
    "403": {"error": "No access to this endpoint"},
    "422": {"error": "Prompt failed the safety check"},
    "500": {"error": "Internal error"},
    "502": {"error": "Bad gateway"},
    "503": {"error": "Service unavailable"},
}


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault. It plays `count` times, for submits that match `path` and `prompt` (substrings).

    `seconds` delay any kind but `reset_before`. `images` are indices; none means all. A status fault is not billed,
    except with `billed` (a 503 after upstream's own 265 s goes on and is charged,
    ideogram-upstream 3.2). `body` replaces a status fault's body.
    """

    kind: Kind
    count: int = 1
    path: str | None = None
    prompt: str | None = None
    seconds: float = 0.0
    retry_after: str | None = None
    images: tuple[int, ...] = ()
    keep: int = 0
    billed: bool = False
    body: str | None = None

    def hits(self, index: int) -> bool:
        return not self.images or index in self.images


class Faults:
    """The script, and how often a prompt's own faults have played."""

    def __init__(self) -> None:
        self.script: list[Fault] = []
        self._played: Counter[str] = Counter()

    def order(self, faults: list[Fault]) -> None:
        self.script.extend(faults)

    def reset(self) -> None:
        self.script.clear()
        self._played.clear()

    def before_body(self, path: str) -> bool:
        """Whether the next fault for this path is a reset that needs no look at the prompt."""
        for fault in self.script:
            if _in(fault.path, path):
                if fault.kind != "reset_before" or fault.prompt is not None:
                    return False
                self._play(fault)
                return True
        return False

    def take(self, path: str, prompt: str) -> list[Fault]:
        """What plays for this submit: the prompt's own faults, then the first scripted one."""
        found = [fault for fault in triggers(prompt) if self._again(fault, prompt)]
        for fault in self.script:
            if _in(fault.path, path) and _in(fault.prompt, prompt):
                self._play(fault)
                return [*found, fault]
        return found

    def _play(self, fault: Fault) -> None:
        fault.count -= 1
        if fault.count <= 0:
            self.script.remove(fault)

    def _again(self, fault: Fault, prompt: str) -> bool:
        """A trigger plays every time; with a count, so often for this very prompt."""
        if fault.count == 0:
            return True
        key = f"{fault.kind} {prompt}"
        self._played[key] += 1
        return self._played[key] <= fault.count


def _in(wanted: str | None, text: str) -> bool:
    return wanted is None or wanted in text


def triggers(prompt: str) -> list[Fault]:
    """The faults written into a prompt; one that cannot be read is a 400 that says so."""
    return [_fault(found.group(1), found.group(2)) for found in TRIGGER.finditer(prompt)]


def _fault(kind: str, options: str) -> Fault:
    fields: dict[str, Any] = {"kind": kind, "count": 0}
    for option in filter(None, options.split(":")):
        name, _, value = option.partition("=")
        fields[name] = value.split(",") if name == "images" else value
    try:
        return msgspec.convert(fields, Fault, strict=False)
    except msgspec.ValidationError as err:
        raise bad(f"[[fault:{kind}{options}]]: {err}") from err
