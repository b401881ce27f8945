"""The kinds of value an administration body holds, and how an object of them is read. Pure.

`json(name, raw)` takes one JSON value as bytes and answers the value, or raises ApiError that names
`name`, which is the whole way to it: `notification_channel.recipients[1]`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from adapters.openai.document import fields_of
from adapters.openai.errors import ApiError, Code
from adapters.openai.kinds import Refused, Text
from adapters.openai.near import nearest
from adapters.openai.wording import kind_of, listed, shown

ID: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)  # ours, and those an operator typed
MOST_BYTES: Final = 65_536  # more than all fields of any body at their longest together

_string = msgspec.json.Decoder(str)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


class JsonKind(Protocol):
    """One way to read a JSON value."""

    def json(self, name: str, raw: bytes) -> Any:
        """The value."""


class Ask(NamedTuple):
    """One field of a body. null is as good as absent, or takes away what there is (`removable`)."""

    kind: JsonKind
    required: bool = False
    removable: bool = False


class Line(msgspec.Struct, frozen=True):
    """One line of 1 to `longest` printable characters, not all of them blank."""

    longest: int

    def json(self, name: str, raw: bytes) -> str:
        """The line of a JSON string."""
        line = Text(self.longest).json(name, raw)
        if not line.strip() or not line.isprintable():
            raise ApiError(
                "invalid_value",
                f"{name} must be 1 to {self.longest} printable characters on one line.",
                param=name,
            )
        return line


class Matching(msgspec.Struct, frozen=True):
    """A text that the whole of `pattern` fits; `like` says what that is."""

    pattern: re.Pattern[str]
    longest: int
    like: str

    def json(self, name: str, raw: bytes) -> str:
        """The text of a JSON string."""
        return self.text(name, Text(self.longest).json(name, raw))

    def text(self, name: str, value: str) -> str:
        """The text itself."""
        if len(value) > self.longest or not self.pattern.fullmatch(value):
            raise ApiError(
                "invalid_value", f'{name} must be {self.like}; got "{shown(value)}".', param=name
            )
        return value


class Choice(msgspec.Struct, frozen=True):
    """One of `accepted`, written exactly so."""

    accepted: tuple[str, ...]

    def json(self, name: str, raw: bytes) -> str:
        """The word of a JSON string."""
        if raw[0] != ord('"'):
            raise self._wrong("invalid_type", name, kind_of(raw))
        return self.text(name, _string.decode(raw))

    def text(self, name: str, value: str) -> str:
        """The word itself."""
        if value not in self.accepted:
            raise self._wrong("invalid_value", name, f'"{shown(value)}"')
        return value

    def _wrong(self, code: Code, name: str, got: str) -> ApiError:
        one = listed(self.accepted, last=" or ")
        return ApiError(code, f"{name} must be {one}; got {got}.", param=name)


class Only(msgspec.Struct, frozen=True):
    """A field of OpenAI's that we know with one value alone. `because` completes "NAME ..."."""

    value: bytes
    because: str

    def json(self, name: str, raw: bytes) -> Any:
        """That value."""
        if raw != self.value:
            raise ApiError("unsupported_parameter", f"{name} {self.because}.", param=name)
        return msgspec.json.decode(raw)


class Some(msgspec.Struct, frozen=True):
    """A list of `least` to `most` values of one kind, each once, in their order."""

    kind: JsonKind
    most: int
    least: int = 0

    def json(self, name: str, raw: bytes) -> tuple[Any, ...]:
        """The values of a JSON array."""
        if raw[0] != ord("["):
            raise ApiError(
                "invalid_type", f"{name} must be an array, got {kind_of(raw)}.", param=name
            )
        entries = _array.decode(raw)
        if not self.least <= len(entries) <= self.most:
            raise ApiError(
                "invalid_value",
                f"{name} takes {self.least} to {self.most} entries, got {len(entries)}.",
                param=name,
            )
        values = [self.kind.json(f"{name}[{n}]", bytes(one)) for n, one in enumerate(entries)]
        return tuple(dict.fromkeys(values))


class Nested(msgspec.Struct, frozen=True):
    """An object with fields of its own, which `make` takes by name."""

    fields: Mapping[str, Ask]
    make: Callable[..., Any]

    def json(self, name: str, raw: bytes) -> Any:
        """What `make` makes of a JSON object."""
        if raw[0] != ord("{"):
            raise ApiError(
                "invalid_type", f"{name} must be an object, got {kind_of(raw)}.", param=name
            )
        return self.make(**heard(_object.decode(raw), self.fields, f"{name}."))


def said(body: bytes, fields: Mapping[str, Ask], such_as: str) -> dict[str, Any]:
    """What a body says, by name. An empty one says nothing. Raises ApiError, status 400 or 413."""
    if len(body) > MOST_BYTES:
        raise ApiError("request_too_large", f"This body must be at most {MOST_BYTES} bytes.")
    given = fields_of(body, such_as=such_as) if body.strip() else {}
    return heard(given, fields, "")


def heard(
    given: Mapping[str, msgspec.Raw], fields: Mapping[str, Ask], where: str
) -> dict[str, Any]:
    """What an object says, by name; `where` stands before the names in errors."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        ask = fields.get(name)
        if ask is None:
            raise stranger("field", name, _offered(fields), where)
        raw = bytes(value)
        if raw != b"null" or ask.required:
            values[name] = ask.kind.json(where + name, raw)
        elif ask.removable:
            values[name] = None
    for name, ask in fields.items():
        if ask.required and name not in values:
            whole = where + name
            raise ApiError("missing_required_parameter", f"{whole} is required.", param=whole)
    return values


def stranger(what: str, name: str, known: Sequence[str], where: str = "") -> ApiError:
    """The refusal of a name that nobody knows; `what` of ours it would be."""
    safe = where + shown(name)
    meant = nearest(name, known, 2)
    if meant is not None:
        hint = f"did you mean `{where}{meant}`?"
    else:
        hint = f"there are {listed(known, last=' and ')}." if known else "none is taken here."
    return ApiError("unknown_parameter", f"Unknown {what} `{safe}`: {hint}", param=safe)


def _offered(fields: Mapping[str, Ask]) -> list[str]:
    return [name for name, ask in fields.items() if not isinstance(ask.kind, Refused | Only)]
