"""Bodies in, answers out: what the sandbox knows of ASGI and multipart."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, NamedTuple

import msgspec
import multipart  # type: ignore[import-untyped]  # one file without stubs or marker

from adapters.sandbox.refusal import bad, too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY: Final = 50 * 1024 * 1024  # whole request (ideogram-upstream 1.2)
MAX_FILE: Final = 25 * 1024 * 1024
MAX_PARTS: Final = 64
OK: Final = 200


class Gone(Exception):
    """The client left before the request was complete."""


class Part(NamedTuple):
    """One part of a multipart body; `filename` is None for a text part."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes


class Answer(NamedTuple):
    """One complete response."""

    status: int
    content_type: str
    content: bytes
    headers: tuple[tuple[str, str], ...] = ()


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that lower-case name."""
    found = (value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name)
    return next(found, None)


def as_json(status: int, body: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, "application/json", msgspec.json.encode(body), headers)


async def read(receive: Receive, limit: int = MAX_BODY) -> bytes:
    """The whole body; refused while reading as soon as it is over the limit."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > limit:
            raise too_large(f"The request is over {limit} bytes")
        if not message.get("more_body", False):
            return bytes(body)


async def start(send: Send, answer: Answer) -> None:
    """Status line and headers."""
    headers = [
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.content))),
        *answer.headers,
    ]
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        }
    )


async def reply(send: Send, answer: Answer) -> None:
    await start(send, answer)
    await send({"type": "http.response.body", "body": answer.content, "more_body": False})


def json_of(content_type: str, body: bytes) -> Any:
    """The document of a JSON body."""
    if content_type.split(";", maxsplit=1)[0].strip().lower() != "application/json":
        raise bad("This endpoint takes application/json")
    return decoded("The body", body)


def decoded(name: str, content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise bad(f"{name} is not valid JSON: {err}") from err


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart body, in order."""
    kind, options = multipart.parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise bad("This endpoint takes multipart/form-data")
    try:
        with multipart.PushMultipartParser(
            options["boundary"], max_segment_count=MAX_PARTS, strict=True
        ) as parser:
            parts = list(_collect(parser.parse(body)))
    except multipart.MultipartError as err:
        raise bad(f"The multipart body cannot be read: {err}") from err
    for part in parts:
        if len(part.content) > MAX_FILE:
            raise too_large(f"{part.name} is over {MAX_FILE} bytes")
    return parts


def _collect(events: Iterable[Any]) -> Iterable[Part]:
    segment, content = None, bytearray()
    for event in events:
        if event is None and segment is not None:
            yield Part(segment.name, segment.filename, segment.content_type, bytes(content))
        elif isinstance(event, bytes | bytearray):
            content += event
        else:
            segment, content = event, bytearray()
