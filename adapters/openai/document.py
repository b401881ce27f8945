"""A JSON body as named raw values, or the refusal that says what is wrong with it and where."""

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from adapters.openai.errors import ApiError
from adapters.openai.wording import shown

MOST_FIELDS: Final = 100  # twice what any client could mean; bounds the work done per name
LARGE: Final = 1 << 20  # bytes; a smaller body cannot hold enough names to fill the memory
MOST_COLONS: Final = 100_000  # two prompts of nothing but colons have 64,000

HALF_A_PAIR: Final = "a string holds half a surrogate pair (\\ud800 to \\udfff alone)"

# Values stay raw until a known field asks for them: what nobody reads is never built.
_raw_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def fields_of(
    body: bytes, *, such_as: str = '{"prompt": "a red fox"}'
) -> Mapping[str, msgspec.Raw]:
    """The top-level fields of a JSON object. Raises ApiError, status 400, for anything else.

    `such_as` is an object that the route takes, for the message. A name given twice counts once, with its last value, as in every JSON parser callers may know.
    """
    if not body.strip():
        raise ApiError("invalid_json", "The body is empty: send a JSON object.")
    if len(body) > LARGE and body.count(b":") > MOST_COLONS:
        raise _too_many_fields()
    fields = _decoded(body, such_as)
    if len(fields) > MOST_FIELDS:
        raise _too_many_fields()
    return fields


def _decoded(body: bytes, such_as: str) -> Mapping[str, msgspec.Raw]:
    try:
        if not body.isascii():
            body.decode()  # msgspec leaves the bytes of raw strings unread
        return _raw_fields.decode(body)
    except msgspec.ValidationError:
        raise ApiError(
            "invalid_type", f"The body must be a JSON object, such as {such_as}."
        ) from None
    except UnicodeDecodeError as err:
        reason = f"it is not UTF-8 (byte {err.start})"
        raise _unreadable(body, reason, not_text=reason) from None
    except msgspec.DecodeError as err:
        raise _unreadable(body, _reason(str(err), body), not_text=HALF_A_PAIR) from None
    except RecursionError:
        raise ApiError("invalid_json", "The body is nested too deeply.") from None


def _reason(said: str, body: bytes) -> str:
    if said != "Input data was truncated":
        return said.removeprefix("JSON is malformed: ")
    # msgspec says so of half a pair at a string's end, too.
    return f"it ends too early, or {HALF_A_PAIR}" if b"\\u" in body else "it ends too early"


def _unreadable(body: bytes, reason: str, *, not_text: str) -> ApiError:
    found = _culprit(body, not_text) if len(body) <= LARGE else None
    if found is None:
        return ApiError("invalid_json", f"The body is not valid JSON: {reason}.")
    name, reason = found
    return ApiError("invalid_json", f"{name} is not valid JSON: {reason}.", param=name)


def _culprit(body: bytes, not_text: str) -> tuple[str, str] | None:
    """The field that spoils the body, and why; None when it is the body's grammar.

    The standard library's parser takes broken text, NaN and Infinity: what it cannot write again
    is what msgspec could not read.
    """
    try:
        document = json.loads(body.decode("utf-8", "surrogateescape"))
        for name, value in document.items() if isinstance(document, dict) else ():
            try:
                json.dumps({name: value}, ensure_ascii=False, allow_nan=False).encode()
            except UnicodeEncodeError:
                return shown(name), not_text
            except ValueError:
                return shown(name), "NaN and Infinity are not JSON numbers"
    except (ValueError, RecursionError):
        return None
    return None


def _too_many_fields() -> ApiError:
    return ApiError("invalid_value", f"The body has more than {MOST_FIELDS} fields.")
