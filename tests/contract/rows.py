"""One edit as each SDK and tool writes it: headers and form, byte for byte (openai-images 2a).

LibreChat, Open WebUI, Cherry Studio and n8n stand in clients/forms.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.contract.clients.forms import Part, in_chunks, text, written
from tests.contract.clients.raw import Answer, inline, linked
from tests.contract.sdk.pictures import FOX, HEN, MASK, NAMED, OWL, PICTURES

KEPT: Final = "PNG 640x400"  # with a mask: as large as the image
ANEW: Final = "PNG 1280x800"  # without: the listed ratio nearest to the first image
ENTRY: Final = "POST /v1/images/edits HTTP/1.1"

Write = Callable[[tuple[Part, ...], str], bytes]


@dataclass(frozen=True)
class Client:
    """`head`: its header lines, with gaps for {key}, {boundary} and {framing}.

    `chunks` cuts a body whose length is not told.
    """

    name: str
    head: tuple[str, ...]
    boundary: str
    chunks: Write | None = None


@dataclass(frozen=True)
class Row:
    """What one call puts on the wire, and the pictures that come of it."""

    client: Client
    call: str
    parts: tuple[Part, ...]
    pictures: tuple[str, ...] = (ANEW,)
    url: bool = False

    def __str__(self) -> str:
        return f"{self.client.name}: {self.call}"

    @property
    def form(self) -> bytes:
        return written(self.parts, self.client.boundary)

    def request(self, key: str) -> bytes:
        client = self.client
        if client.chunks is None:
            body = self.form
            framing = f"Content-Length: {len(body)}"
        else:
            body = client.chunks(self.parts, client.boundary)
            framing = "Transfer-Encoding: chunked"
        gaps = {"key": key, "boundary": client.boundary, "framing": framing}
        lines = [ENTRY, *(line.format(**gaps) for line in client.head), "", ""]
        return "\r\n".join(lines).encode() + body

    def pictures_of(self, answer: Answer) -> tuple[str, ...]:
        shown = linked if self.url else inline
        return tuple(shown(item) for item in answer.items)


def part(name: str, picture: str, filename: str | None = None, kind: str | None = None) -> Part:
    """A picture. Without a name or a type where the client writes none."""
    place = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        place = f'{place}; filename="{filename}"'
    typed = () if kind is None else (f"Content-Type: {kind}",)
    return (place, *typed), PICTURES[picture]


def line_by_line(parts: tuple[Part, ...], boundary: str) -> bytes:
    """A form in chunks as the Node SDK yields it: each boundary, head, content and line end apart."""
    line = f"--{boundary}\r\n".encode()
    pieces = [
        piece
        for head, content in parts
        for piece in (line, "\r\n".join([*head, "", ""]).encode(), content, b"\r\n")
    ]
    pieces += [f"--{boundary}--\r\n".encode(), b""]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def whole(parts: tuple[Part, ...], boundary: str) -> bytes:
    return in_chunks(written(parts, boundary))


OCTETS: Final = "application/octet-stream"
PLACE: Final = "127.0.0.1:8000"
TYPE: Final = "multipart/form-data; boundary={boundary}"

PYTHON: Final = Client(
    "Python",
    (
        f"Host: {PLACE}",
        "Accept-Encoding: gzip, deflate",
        "Connection: keep-alive",
        "Accept: application/json",
        "User-Agent: OpenAI/Python 1.109.1",
        "X-Stainless-Lang: python",
        "X-Stainless-Package-Version: 1.109.1",
        "X-Stainless-OS: Linux",
        "X-Stainless-Arch: x64",
        "X-Stainless-Runtime: CPython",
        "X-Stainless-Runtime-Version: 3.11.7",
        "Authorization: Bearer {key}",
        "X-Stainless-Async: false",
        "x-stainless-retry-count: 0",
        "x-stainless-read-timeout: 600",
        "{framing}",
        f"Content-Type: {TYPE}",
    ),
    "10e14b82e11519615895e5d9df3077c1",
)
NODE: Final = Client(
    "Node",
    (
        f"host: {PLACE}",
        "connection: keep-alive",
        "accept: application/json",
        "user-agent: OpenAI/JS 6.49.0",
        "x-stainless-retry-count: 0",
        "x-stainless-lang: js",
        "x-stainless-package-version: 6.49.0",
        "x-stainless-os: Linux",
        "x-stainless-arch: x64",
        "x-stainless-runtime: node",
        "x-stainless-runtime-version: v20.20.2",
        "authorization: Bearer {key}",
        f"content-type: {TYPE}",
        "accept-language: *",
        "sec-fetch-mode: cors",
        "accept-encoding: gzip, deflate",
        "{framing}",
    ),
    "----formdata-undici-079739396413",
)
NODE_STREAMING: Final = Client(
    "Node, streaming", NODE.head, "openai-iitmvs3hqf", chunks=line_by_line
)
PLAIN: Final = (
    f"Host: {PLACE}",
    "Accept: */*",
    "Authorization: Bearer {key}",
    "{framing}",
    f"Content-Type: {TYPE}",
)
PYTHON_0: Final = Client("Python before 1", PLAIN, "60bcbe3d93d9bbe563aa6391798b68ab")
REQUESTS: Final = Client("requests", PLAIN, "ab16e0d3999f244688e89201a2e55b5a")
LITELLM: Final = Client("LiteLLM", PLAIN, "7b1d0cb0a6b7a1d19f2fb5d3d1a5a9f4")
AI_SDK: Final = Client("AI SDK", PLAIN, "----formdata-undici-035298753311")
JAVA: Final = Client("Java", PLAIN, "5b1fe2d0-7d2e-4b5c-8d8e-0f5b2f3d4c5e")
JAVA_STREAMING: Final = Client("Java, streaming", PLAIN, JAVA.boundary, chunks=whole)
GO: Final = Client("Go", PLAIN, "5e1d8a8b6c0f4f3f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39")
CURL: Final = Client(
    "curl",
    (
        f"Host: {PLACE}",
        "User-Agent: curl/7.88.1",
        "Accept: */*",
        "Authorization: Bearer {key}",
        "{framing}",
        f"Content-Type: {TYPE}",
    ),
    "------------------------873fa569cdac32d0",
)
CURL_EXPECTING: Final = Client(
    "curl, above 1 MB", (*CURL.head, "Expect: 100-continue"), CURL.boundary
)

PROMPT: Final = text("prompt", "give the fox a hat, 狐")
ASKED: Final = (PROMPT, text("model", "gpt-image-1"))

OF_PYTHON: Final = [
    Row(PYTHON, "an opened file or a Path", (*ASKED, part("image", FOX, "fox.png", "image/png"))),
    Row(PYTHON, "bytes or BytesIO", (*ASKED, part("image", FOX, "upload", OCTETS))),
    Row(
        PYTHON,
        "a tuple, whatever it says",
        (*ASKED, part("image", FOX, "../a b.html", "text/html; charset=utf-16")),
    ),
    Row(PYTHON, "a tuple without a name", (*ASKED, part("image", FOX, None, "image/png"))),
    Row(PYTHON, "a tuple without name and type", (*ASKED, part("image", FOX))),
    Row(PYTHON, "a list of one", (*ASKED, part("image[]", FOX, "upload", OCTETS))),
    Row(
        PYTHON,
        "a list of three, two results and a mask",
        (
            *ASKED,
            text("n", "2"),
            part("image[]", FOX, "upload", OCTETS),
            part("image[]", OWL, None, "image/jpeg"),
            part("image[]", HEN, "upload", OCTETS),
            part("mask", MASK, "mask.png", "image/png"),
        ),
        (KEPT, KEPT),
    ),
    Row(
        PYTHON,
        "an umlaut and a quote in the name",
        (*ASKED, part("image", FOX, NAMED.replace('"', "%22"), "image/png")),
    ),
    Row(
        PYTHON,
        "None for all that may be left out",
        (PROMPT, part("image", FOX, "upload", OCTETS)),
    ),
    Row(
        PYTHON,
        "empty texts",
        (
            *ASKED,
            *(text(name, "") for name in ("n", "size", "quality", "user", "stream", "background")),
            part("image", FOX, "upload", OCTETS),
        ),
    ),
    Row(
        PYTHON,
        "numbers and booleans as text, links of dall-e-2",
        (
            PROMPT,
            text("model", "dall-e-2"),
            text("n", "2"),
            text("partial_images", "0"),
            text("stream", "false"),
            text("color_palette[name]", "EMBER"),
            part("image", FOX, "upload", OCTETS),
        ),
        (ANEW, ANEW),
        url=True,
    ),
    Row(
        PYTHON_0,
        "image and mask",
        (
            PROMPT,
            text("n", "2"),
            part("image", FOX, "image", OCTETS),
            part("mask", MASK, "mask", OCTETS),
        ),
        (KEPT, KEPT),
    ),
]

OF_NODE: Final = [
    Row(
        NODE_STREAMING,
        "createReadStream",
        (*ASKED, text("n", "2"), part("image", FOX, "fox.png", OCTETS)),
        (ANEW, ANEW),
    ),
    Row(
        NODE_STREAMING,
        "an array of streams, a mask and a text after them",
        (
            *ASKED,
            part("image[]", FOX, "fox.png", OCTETS),
            part("image[]", OWL, "owl.jpg", OCTETS),
            part("mask", MASK, "mask.png", OCTETS),
            text("stream", "false"),
        ),
        (KEPT,),
    ),
    Row(NODE, "toFile(buffer)", (*ASKED, part("image", FOX, "unknown_file", OCTETS))),
    Row(NODE, "toFile(buffer, name, type)", (*ASKED, part("image", FOX, "fox.png", "image/png"))),
    Row(NODE, "an array of one", (*ASKED, part("image[]", FOX, "unknown_file", OCTETS))),
    Row(
        NODE,
        "mask and texts before the images",
        (
            part("mask", MASK, "mask.png", "image/png"),
            *ASKED,
            text("user", ""),
            text("n", "2"),
            part("image[]", FOX, "a.png", "image/png"),
            part("image[]", OWL, "b.jpg", "image/jpeg"),
        ),
        (KEPT, KEPT),
    ),
    Row(NODE, "a Blob without a name, from 7 on", (*ASKED, part("image", FOX, "blob", OCTETS))),
]


def java_text(name: str, value: str) -> Part:
    """Every text has a type, below its name."""
    (place,), content = text(name, value)
    return (place, "Content-Type: text/plain; charset=utf-8"), content


OF_OTHERS: Final = [
    Row(
        JAVA,
        "a byte array",
        (
            part("image", FOX, None, OCTETS),
            java_text("prompt", "give the fox a hat, 狐"),
            java_text("n", "2"),
        ),
        (ANEW, ANEW),
    ),
    Row(
        JAVA,
        "a Path and a mask",
        (
            part("image", FOX, "fox.png", OCTETS),
            java_text("prompt", "a hat"),
            part("mask", MASK, "mask.png", OCTETS),
            java_text("model", "gpt-image-1"),
        ),
        (KEPT,),
    ),
    Row(
        JAVA_STREAMING,
        "a list of streams",
        (
            part("image[]", FOX, None, OCTETS),
            part("image[]", OWL, None, OCTETS),
            java_text("prompt", "a hat"),
        ),
    ),
    Row(
        GO,
        "a reader, fields by the alphabet",
        (
            part("image", FOX, "anonymous_file", OCTETS),
            part("mask", MASK, "anonymous_file", OCTETS),
            text("model", "gpt-image-1"),
            text("n", "1"),
            PROMPT,
        ),
        (KEPT,),
    ),
    Row(
        GO,
        "two files, quotes in their names",
        (
            part("image[]", FOX, 'a \\"fox\\".png', "image/png"),
            part("image[]", HEN, "c:\\\\hen.webp", "image/webp"),
            PROMPT,
        ),
    ),
    Row(LITELLM, "bytes", (*ASKED, part("image[]", FOX, "image.png", "image/png"))),
    Row(
        LITELLM,
        "an opened file",
        (*ASKED, part("image[]", FOX, "/srv/pictures/../fox.png", "image/png")),
    ),
    Row(AI_SDK, "one file", (*ASKED, part("image", FOX, "blob", "image/png"))),
    Row(
        AI_SDK,
        "two files and a mask",
        (
            text("model", "gpt-image-1"),
            PROMPT,
            part("image[]", FOX, "blob", "image/png"),
            part("image[]", OWL, "blob", "image/jpeg"),
            part("mask", MASK, "blob", "image/png"),
            text("n", "2"),
        ),
        (KEPT, KEPT),
    ),
    Row(REQUESTS, "an opened file has no type", (PROMPT, part("image", FOX, "fox.png"))),
    Row(
        CURL,
        "-F image[]=@fox.png -F image[]=@owl.jpg;type=…",
        (
            text("model", "gpt-image-1"),
            part("image[]", FOX, "fox.png", "image/png"),
            part("image[]", OWL, "owl.jpg", "application/x-owl"),
            PROMPT,
        ),
    ),
    Row(
        CURL_EXPECTING,
        "it asks before it sends",
        (PROMPT, part("image", FOX, "fox.png", "image/png")),
    ),
]

ROWS: Final = (*OF_PYTHON, *OF_NODE, *OF_OTHERS)
NAMELESS_BLOB: Final = Row(NODE, "a Blob without a name, before 7", ASKED, ())
