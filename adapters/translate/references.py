"""Style reference images: data URLs in, file parts out."""

from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from typing import Final

import pybase64

from adapters.ideogram.wire import File
from adapters.openai.errors import ApiError
from adapters.pixels.sniff import Format, sniff
from config.catalogue import Upstream

WHOLE_REQUEST: Final = 50_000_000  # bytes; a request stays under 50 MB (ideogram-upstream 1.2)

_FIELD: Final = "style_reference_images"
_NAMED: Final[Mapping[Format, tuple[str, str]]] = {
    "jpeg": ("jpg", "image/jpeg"),
    "png": ("png", "image/png"),
    "webp": ("webp", "image/webp"),
}


def part(field: str, stem: str, found: Format, content: bytes) -> File:
    """A file part under a name of ours: `stem` and the ending of its format."""
    suffix, content_type = _NAMED[found]
    return File(field, f"{stem}.{suffix}", content_type, content)


def style(place: int, found: Format, content: bytes) -> File:
    """The style reference at a place of the list."""
    return part(_FIELD, f"style-{place + 1}", found, content)


def files(urls: tuple[str, ...], max_file: int) -> tuple[File, ...]:
    """File parts named style-1.png, style-2.jpg ...

    `max_file`: bytes per file of the most patient upstream; nothing larger is decoded.
    ApiError names the image by its place in the list.
    """
    found = tuple(_file(url, place, max_file) for place, url in enumerate(urls))
    if sum(len(file.content) for file in found) >= WHOLE_REQUEST:
        raise _refused("all images together must stay under 50 MB.")
    return found


def _file(url: str, place: int, max_file: int) -> File:
    head, comma, text = url.partition(",")
    words = head.lower().split(";")
    if not (comma and words[0].startswith("data:") and words[-1] == "base64"):
        raise _refused(f"entry {place} is not a data URL such as data:image/png;base64,....")
    if len(text) // 4 * 3 - 2 > max_file:
        raise _oversized(place, max_file)
    try:
        content = pybase64.b64decode(text, validate=True)
    except (NotBase64, ValueError) as err:
        raise _refused(f"entry {place} is not valid base64.") from err
    if len(content) > max_file:
        raise _oversized(place, max_file)
    found = sniff(content)  # what the bytes say, whatever the data URL calls them
    if found is None:
        raise _refused(f"entry {place} is not a JPEG, PNG or WebP image.")
    return style(place, found, content)


def too_large(found: Sequence[File], upstream: Upstream) -> ApiError | None:
    """Why an upstream does not take these files; None when it does."""
    for place, file in enumerate(found):
        if len(file.content) > upstream.max_file:
            return _oversized(place, upstream.max_file)
    return None


def _oversized(place: int, max_file: int) -> ApiError:
    return _refused(f"entry {place} is larger than {max_file:,} bytes, the most that is taken.")


def _refused(why: str) -> ApiError:
    return ApiError("invalid_image_file", f"Invalid {_FIELD}: {why}", param=_FIELD)
