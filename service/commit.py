"""One change by administration: looked at first, then written whole, with its line in the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.store.client import Store
from adapters.store.wire import Part
from service.keyspace import Keyspace
from service.scripts import COMMIT

AUDIT_MS: Final = 400 * 86_400 * 1000  # a year and a month
COMMAND_LINE: Final = "command line"
_json = msgspec.json.Encoder()


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something: a key's id, or the command line. Address and request id as far as known."""

    key: str
    name: str = ""
    address: str = ""
    request: str = ""


AT_THE_STORE: Final = Actor(key=COMMAND_LINE, name=COMMAND_LINE)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the audit log. `what` is OpenAI's type of the event, `did` our own words for it;
    `details` never hold a secret.
    """

    what: str
    did: str
    resource: str
    actor: Actor
    project: str = ""
    details: Mapping[str, Any] = {}


class Changed(Exception):
    """What the change was made for is not so any more; nothing was written. `key`, `field`: where."""

    def __init__(self, key: str, field: str) -> None:
        super().__init__(f"{key} {field} was changed meanwhile")
        self.key = key
        self.field = field


class Change:
    """What is to be so, and what is to be written then. All keys are of one slot (keyspace.py)."""

    def __init__(self) -> None:
        self.checks: list[tuple[str, str, str]] = []
        self.writes: list[tuple[str, str, tuple[str, ...]]] = []

    def expect(self, key: str, field: str, value: str) -> None:
        """A field of a hash holds this; "" also for one that is not there."""
        self.checks.append((key, field, value))

    def absent(self, key: str) -> None:
        self.checks.append((key, "", ""))

    def present(self, key: str) -> None:
        self.checks.append((key, "", "here"))

    def fewer(self, key: str, than: int) -> None:
        """A hash has fewer fields than that; a Changed of it names the field "#"."""
        self.checks.append((key, "#", str(than)))

    def put(self, key: str, fields: Mapping[str, str]) -> None:
        """Fields of a hash."""
        if fields:
            words = tuple(word for pair in fields.items() for word in pair)
            self.writes.append(("HSET", key, words))

    def take(self, key: str, *fields: str) -> None:
        """Fields of a hash away."""
        if fields:
            self.writes.append(("HDEL", key, fields))

    def file(self, key: str, member: str, score: int) -> None:
        """A member of a sorted set."""
        self.writes.append(("ZADD", key, (str(score), member)))

    def unfile(self, key: str, member: str) -> None:
        self.writes.append(("ZREM", key, (member,)))

    def drop(self, key: str) -> None:
        self.writes.append(("DEL", key, ()))

    def cross(self, thresholds: str, alert: str) -> None:
        """An alert that is passed already is due at once: after it was written (lua/alerts.lua)."""
        self.writes.append(("CROSS", thresholds, (alert,)))

    def keep(self, key: str, text: str, *, ms: int) -> None:
        """A text that is forgotten after so long."""
        self.writes.append(("SET", key, (text, "PX", str(ms))))


async def commit(store: Store, names: Keyspace, change: Change, line: Line | None) -> str:
    """Write the change and its line at once; says the line's id ("" without one).

    Raises Changed (nothing was written), StoreSilent (it may have been), StoreRefused.
    """
    keys: dict[str, int] = {names.audit: 1}
    checks = [(keys.setdefault(key, len(keys) + 1), *rest) for key, *rest in change.checks]
    writes = [
        (command, keys.setdefault(key, len(keys) + 1), *words)
        for command, key, words in change.writes
    ]
    words: list[Part] = [_text(checks), _text(writes), AUDIT_MS, _text(_told(line))]
    answer = await store.run(COMMIT, list(keys), words)
    if answer[0] == b"changed":
        key, field, _ = change.checks[int(answer[1]) - 1]
        raise Changed(key, field)
    return bytes(answer[1]).decode()


def _told(line: Line | None) -> Sequence[str]:
    if line is None:
        return ()
    actor = line.actor
    fields = {
        "what": line.what,
        "did": line.did,
        "resource": line.resource,
        "project": line.project,
        "actor": actor.key,
        "name": actor.name,
        "address": actor.address,
        "request": actor.request,
        "details": _text(line.details),
    }
    return [word for pair in fields.items() for word in pair]


def _text(value: object) -> str:
    return _json.encode(value).decode()
