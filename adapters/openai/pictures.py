"""Pictures as callers name or send them: file parts, data URLs, https links."""

import re
from binascii import Error as NotBase64
from collections.abc import Sequence
from typing import Final

import msgspec
import pybase64

from adapters.openai.errors import ApiError
from adapters.openai.fields import DATA_URL
from adapters.openai.requests import Link, Upload
from adapters.openai.wording import SHOWN, kind_of, shown

WRAPS: Final = b"\r\n"  # `base64` wraps its lines unless told otherwise
LINK: Final = 8_192  # characters; longer ones are refused by most servers
HEAD: Final = 256  # characters in which a data URL must come to its comma
COMMAS: Final = 64  # of links and stray keys; a data URL has one of its own

_ESCAPE: Final = re.compile(rb"\\")

_string = msgspec.json.Decoder(str)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_ref = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Pictures(msgspec.Struct, frozen=True):
    """At most `most` pictures; `single`: one, and not in a list. An empty list means absent."""

    most: int
    single: bool = False

    def json(self, name: str, raw: bytes) -> object:
        """Of JSON: each {"image_url": ...} or a bare string (openai-images 2c)."""
        if raw.count(b",") > COMMAS + 4 * self.most:  # not worth the memory of decoding
            raise self._too_many(name)
        if self.single:
            return _from_json(name, memoryview(raw))
        if raw[0] != ord("["):
            raise ApiError(
                "invalid_type",
                f'{name} must be an array such as [{{"image_url": "data:image/png;base64,..."}}], '
                f"got {kind_of(raw)}.",
                param=name,
            )
        refs = _list.decode(raw)
        if len(refs) > self.most:
            raise self._too_many(name, len(refs))
        return (
            tuple(_from_json(f"{name}[{i}]", memoryview(ref)) for i, ref in enumerate(refs)) or None
        )

    def text(self, name: str, value: str) -> Upload | Link:
        """Of text: one data URL or link."""
        return _from_url(name, memoryview(value.encode()))

    def parts(self, name: str, contents: Sequence[bytes]) -> object:
        """Of a form: the file's bytes, or a data URL or link as text."""
        if len(contents) > self.most:
            raise self._too_many(name, len(contents))
        if len(contents) == 1:
            only = self._part(name, contents[0])
            return only if self.single else (only,)
        return tuple(self._part(f"{name}[{i}]", content) for i, content in enumerate(contents))

    def _part(self, param: str, content: bytes) -> Upload | Link:
        if content[:4].lower() not in (b"data", b"http"):  # no format of pictures starts so
            return _upload(param, content)
        return self.text(param, content.translate(None, WRAPS).decode("utf-8", "replace"))

    def _too_many(self, name: str, count: int | None = None) -> ApiError:
        most = "one picture" if self.most == 1 else f"at most {self.most} pictures"
        got = "" if count is None else f", got {count}"
        return ApiError("invalid_value", f"{name} takes {most}{got}.", param=name)


# Views, not bytes: a picture in base64 is large, and its JSON is held already.
def _from_json(param: str, raw: memoryview) -> Upload | Link:
    if raw[0] == ord("{"):
        param, raw = _named(param, raw)
    if raw[0] != ord('"'):
        raise ApiError(
            "invalid_type",
            f'{param} must be {{"image_url": "data:image/png;base64,..."}} or such a string, '
            f"got {kind_of(bytes(raw[: SHOWN + 1]))}.",
            param=param,
        )
    if _ESCAPE.search(raw) is None:
        return _from_url(param, raw[1:-1])
    return _from_url(param, memoryview(_string.decode(raw).encode().translate(None, WRAPS)))


def _named(param: str, raw: memoryview) -> tuple[str, memoryview]:
    pairs = ((key, memoryview(value)) for key, value in _ref.decode(raw).items())
    ref = {key: value for key, value in pairs if bytes(value[:4]) != b"null"}
    if "file_id" in ref:
        raise ApiError(
            "unsupported_parameter",
            f"{param}.file_id: there is no Files API here. Send the picture itself, as a data URL "
            "in image_url or as a file part of a form.",
            param=f"{param}.file_id",
        )
    strange = next((key for key in ref if key != "image_url"), None)
    if strange is not None:
        safe = f"{param}.{shown(strange)}"
        raise ApiError("unknown_parameter", f"{safe}: only image_url is taken here.", param=safe)
    if not ref:
        raise ApiError(
            "missing_required_parameter", f"{param} has no image_url.", param=f"{param}.image_url"
        )
    return f"{param}.image_url", ref["image_url"]


def _from_url(param: str, text: memoryview) -> Upload | Link:
    head = bytes(text[:HEAD])
    start = head.lower()
    if start.startswith(b"data:"):
        return _upload(param, _decoded(param, text, head))
    if start.startswith(b"https://"):
        return Link(param, _link(param, text))
    if start.startswith(b"http://"):
        raise _refused(param, "must be an https link: http is not taken")
    raise _refused(param, "must be a data URL or an https link")


def _decoded(param: str, text: memoryview, head: bytes) -> bytes:
    if len(text) > DATA_URL:
        raise ApiError(
            "string_above_max_length",
            f"{param} must be at most {DATA_URL:,} characters.",
            param=param,
        )
    before, comma, _ = head.partition(b",")
    if not comma or not before.rstrip().lower().endswith(b";base64"):
        raise _refused(param, "must be a data URL in base64, such as data:image/png;base64,iVBO")
    try:
        return pybase64.b64decode(text[len(before) + 1 :], validate=True)
    except NotBase64:
        raise _refused(param, "holds something that is not base64") from None


def _link(param: str, text: memoryview) -> str:
    if len(text) > LINK:
        raise ApiError(
            "string_above_max_length", f"{param} must be at most {LINK:,} characters.", param=param
        )
    url = bytes(text).decode()
    if not url.isprintable() or " " in url:
        raise _refused(param, "holds a character that no link has")
    return url


def _upload(param: str, content: bytes) -> Upload:
    if not content:
        raise ApiError("invalid_image_file", f"{param} is empty: it has 0 bytes.", param=param)
    return Upload(param, content)


def _refused(param: str, why: str) -> ApiError:
    return ApiError("invalid_value", f"{param} {why}.", param=param)
