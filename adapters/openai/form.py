"""A multipart body as named parts, read piece by piece within limits. No I/O.

Only a part's name, charset and bytes are kept: file names and declared types never leave here.
"""

import re
from io import BytesIO
from typing import Any, Final, NamedTuple

import msgspec
from multipart import (  # type: ignore[import-untyped]  # one file without stubs or marker
    MultipartError,
    MultipartSegment,
    ParserError,
    ParserLimitReached,
    PushMultipartParser,
)

from adapters.openai.errors import ApiError
from adapters.openai.fields import DATA_URL
from adapters.openai.wording import shown

PARTS: Final = 128  # 16 pictures, a mask, 16 style references and every field there is, twice
HEADERS: Final = 8  # of one part; three are in use
HEADER_BYTES: Final = 8_192  # of one part: a path as file name has at most 4,096
TEXT_BYTES: Final = 262_144  # of one text; 32,000 characters take at most 128,000 as UTF-8
TEXTS_BYTES: Final = 1_048_576  # of all texts together
BOUNDARY_LONGEST: Final = 70  # RFC 2046, 5.1.1
BLOCK: Final = 8_388_608  # bytes of a picture that lie together while it comes
DATA_HEAD: Final = 1_024  # bytes that a data URL may have before its base64

# The fields that hold pictures, on every route; all others are text, whatever their headers say.
PICTURES: Final = frozenset({"image", "image_file", "mask", "style_reference_images"})

_BOUNDARY: Final = re.compile(r';\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]*))', re.IGNORECASE)
_MEBIBYTE: Final = 1024 * 1024


class Limits(NamedTuple):
    """Bytes of one picture, and of the whole body."""

    file_bytes: int
    request_bytes: int


class Part(msgspec.Struct, frozen=True):
    """One part. `cut`: it was longer than a text may be, and its bytes were dropped."""

    name: str
    content: bytes
    charset: str | None = None
    cut: bool = False


Parts = tuple[Part, ...]


class Form:
    """Feed it the body, then finish. It is spent after a refusal.

    ApiError: 415 no form, 413 too many bytes, 400 everything else.
    """

    def __init__(self, content_type: str, limits: Limits) -> None:
        boundary = _boundary(content_type)
        self._parser = _Parser(boundary)
        self._first = b"--" + boundary.encode()
        self._before: bytes | None = b"\r\n"  # ends what stands before the form; then None
        self._limits = limits
        self._parts: list[Part] = []
        self._arriving: _Arriving | None = None
        self._read = 0
        self._texts = 0

    def feed(self, piece: bytes) -> None:
        """The next bytes of the body, however they were cut."""
        self._read += len(piece)
        if self._read > self._limits.request_bytes:
            raise _too_large("The body", self._limits.request_bytes)
        if self._before is not None:
            piece = self._begun(self._before + piece)
        if not piece:  # would end the form
            return
        try:
            for event in self._parser.parse(piece):
                self._hear(event)
        except ParserLimitReached:
            raise ApiError(
                "invalid_value",
                f"The form has more than {PARTS} parts, or a part with more than {HEADERS} headers "
                f"or {HEADER_BYTES} bytes of them.",
            ) from None
        except MultipartError as err:
            raise _unreadable(str(err.args[0])) from None

    def finish(self) -> Parts:
        """All parts in order of arrival, once the body has ended."""
        try:
            self._parser.close()
        except MultipartError:
            raise _unreadable(
                "it ends before its closing boundary" if self._read else "it is empty"
            ) from None
        return tuple(self._parts)

    def _begun(self, text: bytes) -> bytes:
        """The text from the first boundary on, which must begin a line; nothing before that.

        The library looks for it too, but misses one that is cut in the wrong place.
        """
        start = text.find(self._first)
        if start < 0:
            self._before = text[-len(self._first) - 1 :]
            return b""
        if text[start - 2 : start] != b"\r\n":
            raise _unreadable("its first boundary does not begin a line")
        self._before = None
        return text[start:]

    def _hear(self, event: MultipartSegment | bytes | None) -> None:
        if self._arriving is None:
            self._arriving = _Arriving(event)
        elif event is None:
            self._parts.append(self._arriving.done())
            self._arriving = None
        elif self._arriving.picture:
            self._see(self._arriving, event)
        else:
            self._listen(self._arriving, event)

    def _see(self, part: "_Arriving", piece: bytes) -> None:
        most = self._limits.file_bytes
        size = part.size + len(piece)
        if size > most and part.starts(piece, b"data:"):
            most = max(most, min(most * 4 // 3 + DATA_HEAD, DATA_URL))
        if size > most:
            raise _too_large(part.stem, self._limits.file_bytes, param=part.stem)
        part.write(piece)

    def _listen(self, part: "_Arriving", piece: bytes) -> None:
        if part.cut:
            return
        if part.size + len(piece) > TEXT_BYTES:
            self._texts -= part.size
            part.drop()
            return
        self._texts += len(piece)
        if self._texts > TEXTS_BYTES:
            raise _too_large("All text of the form together", TEXTS_BYTES)
        part.write(piece)


class _Parser(PushMultipartParser):  # type: ignore[misc]  # untyped, see the import
    """The library's parser, stricter about headers.

    Its own limits count lines and the length of each, and a folded line costs as much as all
    before it: a few megabytes of them would keep the loop busy for seconds.
    """

    def __init__(self, boundary: str) -> None:
        super().__init__(
            boundary,
            max_header_size=HEADER_BYTES + 2,  # ours strikes first, wherever pieces are cut
            max_header_count=HEADERS,
            max_segment_count=PARTS,
            header_charset="latin-1",  # no byte of a file name is refused; names are read again
        )
        self._header_bytes = 0

    def _on_segment_headerline(self, line: bytes) -> None:
        self._header_bytes += len(line)
        if self._header_bytes > HEADER_BYTES:
            raise ParserLimitReached("too many header bytes")
        if line[0] in b" \t" or any(byte in line for byte in b"\r\n\0"):
            raise ParserError("Folded or broken line in segment header")
        super()._on_segment_headerline(line)

    def _create_segment(self, headerlist: list[tuple[str, str]]) -> Any:
        self._header_bytes = 0
        return super()._create_segment(headerlist)


class _Arriving:
    """A part whose bytes are still coming. BytesIO hands them out again without a copy, but may be
    copied to grow: of a large picture that is a block, not the whole.
    """

    __slots__ = ("_blocks", "_body", "charset", "cut", "name", "picture", "size", "stem")

    def __init__(self, segment: Any) -> None:
        self.name: str = segment.name.encode("latin-1").decode("utf-8", "replace")
        self.charset: str | None = segment.charset
        self.stem = self.name.partition("[")[0]  # image[] and image[0] are image
        self.picture = self.stem in PICTURES
        self.cut = False
        self.size = 0
        self._blocks: list[bytes] = []
        self._body = BytesIO()
        if not self.name:
            raise _unreadable("a part has no name")
        coding = segment.header("Content-Transfer-Encoding", "").strip().lower()
        if coding not in ("", "binary", "8bit", "7bit"):
            raise ApiError(
                "invalid_value",
                f"{shown(self.name)} comes with a Content-Transfer-Encoding: send its bytes as "
                "they are (RFC 7578, 4.7).",
                param=shown(self.name),
            )

    def write(self, piece: bytes) -> None:
        if self._body.tell() >= BLOCK:
            self._blocks.append(self._body.getvalue())
            self._body = BytesIO()
        self._body.write(piece)
        self.size += len(piece)

    def starts(self, piece: bytes, head: bytes) -> bool:
        """Whether the part, with `piece` to come, starts with `head`, in any case."""
        length = len(head)
        begun = self._blocks[0] if self._blocks else self._body.getbuffer()
        return (bytes(begun[:length]) + piece[:length])[:length].lower() == head

    def drop(self) -> None:
        self.cut = True
        self.size = 0
        self._blocks = []
        self._body = BytesIO()

    def done(self) -> Part:
        content = self._body.getvalue()
        if self._blocks:
            content = b"".join((*self._blocks, content))
        return Part(self.name, content, self.charset, self.cut)


def _boundary(content_type: str) -> str:
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise ApiError(
            "unsupported_media_type", "A form must be sent as Content-Type: multipart/form-data."
        )
    found = _BOUNDARY.search(content_type)
    boundary = (found[1] or found[2] or "") if found else ""
    if not boundary:
        raise ApiError(
            "invalid_value",
            "The Content-Type has no boundary: let your HTTP library set that header.",
        )
    if len(boundary) > BOUNDARY_LONGEST or not (boundary.isascii() and boundary.isprintable()):
        raise ApiError(
            "invalid_value",
            f"The boundary in Content-Type must be at most {BOUNDARY_LONGEST} printable ASCII "
            "characters.",
        )
    return boundary


def _unreadable(reason: str) -> ApiError:
    return ApiError("invalid_value", f"The body is not a readable form: {reason}.")


def _too_large(what: str, most: int, *, param: str | None = None) -> ApiError:
    size = f"{most // _MEBIBYTE} MiB" if most % _MEBIBYTE == 0 else f"{most:,} bytes"
    return ApiError(
        "request_too_large", f"{what} is larger than {size}, the most that is taken.", param=param
    )
