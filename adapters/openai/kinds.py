"""The kinds of value a field holds, each read from JSON or from the text of a form, or refused.

`json(name, raw)` takes one JSON value as bytes, `text(name, value)` one text of a form; both answer
the value or raise ApiError naming `name`. null and "" mean absent and never get here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from adapters.openai.errors import ApiError, Code
from adapters.openai.wording import kind_of, listed, shown

_string = msgspec.json.Decoder(str)
_strings = msgspec.json.Decoder(list[str])
# Two levels and scalars: all that a palette has (ideogram-upstream 1.3), so no depth can hide in it.
_palette = msgspec.json.Decoder(dict[str, str | list[dict[str, str | int | float | None]]])

_QUOTE: Final = ord('"')
_WHOLE: Final = re.compile(r"-?[0-9]+", re.ASCII)
_FEW_DIGITS: Final = 18  # more than any bound has; longer ones are judged by their sign alone


class Kind(Protocol):
    """One way to read a value."""

    def json(self, name: str, raw: bytes) -> Any:
        """The value of a JSON field."""

    def text(self, name: str, value: str) -> Any:
        """The value of a form field."""


class Text(msgspec.Struct, frozen=True):
    """Free text of at most `longest` characters. Never repeated in a message: it may be a prompt."""

    longest: int

    def json(self, name: str, raw: bytes) -> str:
        """The text of a JSON string."""
        if raw[0] != _QUOTE:
            raise ApiError(
                "invalid_type", f"{name} must be a string, got {kind_of(raw)}.", param=name
            )
        return self.text(name, _string.decode(raw))

    def text(self, name: str, value: str) -> str:
        """The text itself, if it is not too long and has no NUL."""
        if len(value) > self.longest:
            raise ApiError(
                "string_above_max_length",
                f"{name} must be at most {self.longest} characters, got {len(value)}.",
                param=name,
            )
        if "\0" in value:
            raise ApiError("invalid_value", f"{name} holds a NUL character.", param=name)
        return value


class Word(msgspec.Struct, frozen=True):
    """One of `accepted`, in any case, read as lower case.

    `reasons` explain values that OpenAI has and we do not.
    """

    accepted: tuple[str, ...]
    reasons: Mapping[str, str] = {}

    def json(self, name: str, raw: bytes) -> str:
        """The word of a JSON string."""
        if raw[0] != _QUOTE:
            raise self._wrong("invalid_type", name, kind_of(raw))
        return self.text(name, _string.decode(raw))

    def text(self, name: str, value: str) -> str:
        """The word itself."""
        word = value.lower()
        if word in self.accepted:
            return word
        reason = self.reasons.get(word)
        if reason is not None:
            raise ApiError(
                "invalid_value",
                f"{name} must be one of {listed(self.accepted)}; {reason}.",
                param=name,
            )
        raise self._wrong("invalid_value", name, f'"{shown(value)}"')

    def _wrong(self, code: Code, name: str, got: str) -> ApiError:
        return ApiError(
            code, f"{name} must be one of {listed(self.accepted)}; got {got}.", param=name
        )


class Whole(msgspec.Struct, frozen=True):
    """A whole number from `low` to `high`, written as one: 2.0 and 1e0 are not."""

    low: int
    high: int

    def json(self, name: str, raw: bytes) -> int:
        """The number of a JSON number."""
        digits = raw.decode("ascii") if raw[0] in b"-0123456789" else ""
        if not _WHOLE.fullmatch(digits):
            raise self._wrong("invalid_type", name, kind_of(raw))
        return self._within(name, digits)

    def text(self, name: str, value: str) -> int:
        """The number written in a form's text."""
        digits = value.strip()
        if not _WHOLE.fullmatch(digits):
            raise self._wrong("invalid_type", name, f'"{shown(value)}"')
        return self._within(name, digits)

    def _within(self, name: str, digits: str) -> int:
        sign = -1 if digits.startswith("-") else 1
        number = int(digits) if len(digits) <= _FEW_DIGITS else sign * 10**_FEW_DIGITS
        if number < self.low:
            raise self._wrong("integer_below_min_value", name, shown(digits))
        if number > self.high:
            raise self._wrong("integer_above_max_value", name, shown(digits))
        return number

    def _wrong(self, code: Code, name: str, got: str) -> ApiError:
        return ApiError(
            code,
            f"{name} must be a whole number from {self.low} to {self.high}, got {got}.",
            param=name,
        )


class Flag(msgspec.Struct, frozen=True):
    """true or false; in a form the texts "true" and "false" (openai-images 2a), or 1 and 0."""

    def json(self, name: str, raw: bytes) -> bool:
        """The value of a JSON boolean."""
        if raw not in (b"true", b"false"):
            got = "a string" if raw[0] == _QUOTE else kind_of(raw)
            raise ApiError("invalid_type", f"{name} must be true or false, got {got}.", param=name)
        return raw == b"true"

    def text(self, name: str, value: str) -> bool:
        """The value of a form's text."""
        word = value.strip().lower()
        if word not in ("true", "false", "1", "0"):
            raise ApiError(
                "invalid_type", f'{name} must be true or false, got "{shown(value)}".', param=name
            )
        return word in ("true", "1")


class Texts(msgspec.Struct, frozen=True):
    """A list of at most `most` texts, each of at most `longest` characters.

    `data_urls`: each must be a data URL. An empty list means absent.
    """

    most: int
    longest: int
    data_urls: bool = False

    def json(self, name: str, raw: bytes) -> tuple[str, ...] | None:
        """The texts of a JSON array of strings."""
        # A data URL has one comma of its own: far more of them are far too many texts, and not
        # worth the memory of decoding.
        if raw.count(b",") > 4 * self.most:
            raise self._too_many(name)
        try:
            texts = _strings.decode(raw)
        except msgspec.ValidationError:
            got = "an array with something else in it" if raw[0] == ord("[") else kind_of(raw)
            raise ApiError(
                "invalid_type", f"{name} must be an array of strings, got {got}.", param=name
            ) from None
        return self.texts(name, texts) or None

    def text(self, name: str, value: str) -> tuple[str, ...]:
        """One text of a form; a form repeats the field for more."""
        return self.texts(name, (value,))

    def texts(self, name: str, values: Sequence[str]) -> tuple[str, ...]:
        """All texts of a form's repeated field."""
        if len(values) > self.most:
            raise self._too_many(name)
        return tuple(self._one(name, value) for value in values)

    def _one(self, name: str, text: str) -> str:
        if not text:
            raise ApiError("invalid_value", f"{name} holds an empty string.", param=name)
        if self.data_urls and not text[:5].lower() == "data:":
            raise ApiError(
                "invalid_value",
                f"{name} must hold data URLs, such as data:image/png;base64,iVBORw0….",
                param=name,
            )
        return Text(self.longest).text(name, text)

    def _too_many(self, name: str) -> ApiError:
        return ApiError("invalid_value", f"{name} takes at most {self.most} entries.", param=name)


class Palette(msgspec.Struct, frozen=True):
    """A colour palette: the shape of ideogram-upstream 1.3; its names and numbers are not judged."""

    longest: int  # bytes of JSON

    def json(self, name: str, raw: bytes) -> Mapping[str, Any] | None:
        """The palette of a JSON object; an empty one means absent."""
        if raw[0] != ord("{"):
            raise self._wrong(name)
        if len(raw) > self.longest:
            raise ApiError(
                "string_above_max_length",
                f"{name} must be at most {self.longest} bytes of JSON.",
                param=name,
            )
        try:
            palette = _palette.decode(raw)
        except msgspec.ValidationError:
            raise self._wrong(name) from None
        if any("\0" in text for text in _texts_in(palette)):
            raise ApiError("invalid_value", f"{name} holds a NUL character.", param=name)
        return palette or None

    def text(self, name: str, value: str) -> Mapping[str, Any] | None:
        """The palette written as JSON in a form's text."""
        try:
            return self.json(name, value.strip().encode() or b" ")
        except (msgspec.DecodeError, RecursionError):
            raise self._wrong(name) from None

    def _wrong(self, name: str) -> ApiError:
        return ApiError(
            "invalid_type",
            f'{name} must be an object, either {{"name": "EMBER"}} or '
            '{"members": [{"color_hex": "#RRGGBB", "color_weight": 0.5}]}.',
            param=name,
        )


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


class Refused(msgspec.Struct, frozen=True):
    """A field that we know and do not offer. `because` completes "NAME ..."."""

    because: str

    def json(self, name: str, raw: bytes) -> None:  # noqa: ARG002  any value is refused
        """Always the refusal."""
        raise ApiError("unsupported_parameter", f"{name} {self.because}.", param=name)

    def text(self, name: str, value: str) -> None:  # noqa: ARG002  any value is refused
        """Always the refusal."""
        raise ApiError("unsupported_parameter", f"{name} {self.because}.", param=name)
