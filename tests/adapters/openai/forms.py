"""Forms as bytes, and how they are read whole or in pieces."""

from collections.abc import Iterable

import msgspec
import pytest

from adapters.openai.edits import read_edit_form
from adapters.openai.errors import ApiError, envelope
from adapters.openai.form import Form, Limits, Part, Parts
from adapters.openai.near import UnknownRule
from adapters.openai.requests import Edit

MIB = 1024 * 1024
LIMITS = Limits(file_bytes=10 * MIB, request_bytes=50 * MIB)

# Bytes that tempt a careless parser: line ends, dashes, a boundary that is none, no final newline.
PNG = b"\x89PNG\r\n\x1a\n\x00\xff\r\n--\r\n--b\r\r\n-"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\r\n\r\n"
MASK = b"\x89PNG\r\n\x1a\nmask"


def body(*parts: tuple[str, bytes], boundary: str = "XX") -> bytes:
    """A form of (headers, content); headers without Content-Disposition are a field's name."""
    lines = b""
    for head, content in parts:
        header = head if ":" in head else f'Content-Disposition: form-data; name="{head}"'
        lines += b"--" + boundary.encode() + b"\r\n" + header.encode() + b"\r\n\r\n"
        lines += content + b"\r\n"
    return lines + b"--" + boundary.encode() + b"--\r\n"


def fed(pieces: Iterable[bytes], limits: Limits = LIMITS, boundary: str = "XX") -> Parts:
    form = Form(f"multipart/form-data; boundary={boundary}", limits)
    for piece in pieces:
        form.feed(piece)
    return form.finish()


def parts(**fields: str | bytes) -> Parts:
    return tuple(
        Part(name, value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    )


def edit(*extra: Part, rule: UnknownRule = "near", **fields: str | bytes) -> Edit:
    """The edit of one picture and these fields."""
    return read_edit_form((*parts(image=PNG), *parts(**fields), *extra), unknown_parameters=rule)


def refused(*extra: Part, rule: UnknownRule = "near", **fields: str | bytes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        edit(*extra, rule=rule, **fields)
    return checked(caught.value)


def checked(error: ApiError, status: int = 400) -> ApiError:
    """An error that can be sent: of this status, with a message fit for a line."""
    assert error.shape.status == status
    shown = msgspec.json.decode(envelope(error))["error"]
    assert shown["message"].isprintable()
    assert len(shown["message"]) < 400
    return error
