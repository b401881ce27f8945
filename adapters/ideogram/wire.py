"""Ideogram's wire: payloads out, tolerant structs in. Knows paths and bodies, no sockets."""

from collections.abc import Mapping
from typing import Any, Literal

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
