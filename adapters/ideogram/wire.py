"""Ideogram's wire: payloads out, tolerant structs in. Knows paths and bodies, no sockets."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec


class File(msgspec.Struct, frozen=True):
    """One file part. Names and types are ours, never the caller's."""

    field: str
    filename: str
    content_type: str
    content: bytes


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream request, complete but for host and key.

    "multipart": `fields` are text parts in order (a name may repeat) and `parts_json` names those
    that carry content type application/json; `files` are file parts.
    "json": `body` is the whole document.
    """

    path: str  # "/v1/ideogram-v3/generate"
    encoding: Literal["multipart", "json"]
    images: int  # images this call asks for
    fields: tuple[tuple[str, str], ...] = ()
    parts_json: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    body: Mapping[str, Any] | None = None


class Encoded(NamedTuple):
    """A payload as bytes: the pieces of the body stay apart, so that files are not copied."""

    content_type: str
    pieces: tuple[bytes, ...]

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return sum(map(len, self.pieces))


def encode(payload: Payload, boundary: str) -> Encoded:
    """The request body. `boundary` must not occur in any part: 128 random bits will do."""
    if payload.encoding == "json":
        return Encoded("application/json", (msgspec.json.encode(payload.body or {}),))
    return Encoded(
        f"multipart/form-data; boundary={boundary}", tuple(_multipart(payload, boundary))
    )


def _multipart(payload: Payload, boundary: str) -> Iterator[bytes]:
    start = f'--{boundary}\r\ncontent-disposition: form-data; name="'
    for name, value in payload.fields:
        kind = "\r\ncontent-type: application/json" if name in payload.parts_json else ""
        # A lone surrogate was refused long before; "replace" keeps this function total.
        yield f'{start}{name}"{kind}\r\n\r\n{value}\r\n'.encode(errors="replace")
    for file in payload.files:
        yield (
            f'{start}{file.field}"; filename="{file.filename}"\r\n'
            f"content-type: {file.content_type}\r\n\r\n"
        ).encode()
        yield file.content
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


class Item(msgspec.Struct, frozen=True):
    """One entry of data[] as it came: nothing in it is trusted to have its type."""

    url: object = None
    is_image_safe: object = None
    seed: object = None
    prompt: object = None
    resolution: object = None
    upscaled_resolution: object = None
    style_type: object = None


class Text(msgspec.Struct, frozen=True):
    """One entry of descriptions[]; `text` is not marked required (ideogram-upstream 3.1)."""

    text: object = None


class Answer(msgspec.Struct, frozen=True):
    """A success body, legacy, V3 or describe; unknown keys are ignored (ideogram-upstream 0.5).

    A body with `request_id` or `generation_id` alone is a promise, not an answer: it has neither
    data nor descriptions.
    """

    created: object = None
    data: tuple[Item, ...] | None = None
    descriptions: tuple[Text, ...] | None = None
    notice: object = None


_answers = msgspec.json.Decoder(Answer)


def read_answer(body: bytes) -> Answer | None:
    """The success body; None when it is cut, garbled or not this supplier's shape."""
    try:
        return _answers.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


def text(value: object) -> str | None:
    """A non-blank string, or None."""
    return value if isinstance(value, str) and value.strip() else None


def whole(value: object) -> int | None:
    """A whole number of at most 64 bits, also as float or text; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        return msgspec.convert(value, _Int64, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None


def unix_seconds(value: object) -> int | None:
    """`created` as unix seconds: ISO 8601 with offset or Z (none: UTC), or a number."""
    stamp = text(value)
    if stamp is None or stamp.isdecimal():
        return whole(value)
    try:
        moment = datetime.fromisoformat(stamp.strip())
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
