"""Server-sent events of the image routes, as the SDKs read them (openai-images 5)."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from adapters.openai.errors import ApiError, envelope
from adapters.openai.replies import OutputFormat, Quality, Shown, spliced, traits

Kind = Literal["image_generation", "image_edit"]

# Comments only: an `event:` without data, an `id:` or a `retry:` breaks the SDKs' parsers.
KEEPALIVE: Final = b": keepalive\n\n"
END: Final = b": end\n\n"  # tells a reader of the raw stream that nothing was cut off

# Required by the event's type; Ideogram counts no tokens, so all of them are true zeros.
_USAGE: Final = {
    "total_tokens": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
}

# Line ends to readers that split decoded text (str.splitlines); JSON may escape them instead.
_LINE_ENDS: Final = (
    ("\u0085".encode(), b"\\u0085"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def completed(
    kind: Kind,
    picture: Shown,
    *,
    created_at: int,
    size: str | None,
    quality: Quality,
    output_format: OutputFormat,
    extras: Mapping[str, object] | None = None,
) -> list[bytes]:
    """The event of one finished picture, in pieces. `picture` carries `b64`.

    `created_at` in unix seconds; an unknown size is "auto", which the event's type allows.
    `extras` are further keys (`ideogate`, `index`); OpenAI's own names win over them.
    """
    if picture.b64 is None:
        raise ValueError("an event shows its picture as base64")
    name = f"{kind}.completed"
    official: dict[str, object] = {
        "type": name,
        "created_at": created_at,
        "size": size or "auto",
        "quality": quality,
        "background": "opaque",
        "output_format": output_format,
        "usage": _USAGE,
    }
    fields = official | dict(extras or {}) | traits(picture) | official
    head, b64, tail = spliced(fields, picture.b64)
    return [f"event: {name}\ndata: ".encode() + _one_line(head), b64, tail + b"\n\n"]


def error(refusal: ApiError) -> bytes:
    """A refusal after the headers: the nested form, the only one every SDK raises for."""
    body: dict[str, object] = msgspec.json.decode(envelope(refusal))
    return (
        b"event: error\ndata: "
        + _one_line(msgspec.json.encode({"type": "error", **body}))
        + b"\n\n"
    )


def _one_line(head: bytes) -> bytes:
    if head.isascii():
        return head
    for end, escape in _LINE_ENDS:
        head = head.replace(end, escape)
    return head
