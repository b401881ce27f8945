"""Edits as LibreChat, Open WebUI, Cherry Studio and n8n put them on the wire (openai-images 2a)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PIL import Image

from tests.contract.clients import replays
from tests.contract.clients.raw import Answer, as_png, post
from tests.contract.clients.replays import Read
from tests.contract.gateway import Gateway

EDITS: Final = "/v1/images/edits"
SIDE: Final = 1024
FOX: Final = as_png(Image.new("RGB", (SIDE, SIDE), "teal"))
OWL: Final = as_png(Image.new("RGB", (SIDE, SIDE), "orange"))


def _left_open() -> bytes:
    """A mask in OpenAI's sense: what is transparent, the left half, may change."""
    mask = Image.new("RGBA", (SIDE, SIDE), "black")
    mask.paste((0, 0, 0, 0), (0, 0, SIDE // 2, SIDE))
    return as_png(mask)


MASK: Final = _left_open()
CHUNK: Final = 16_384

# A part is its header lines and its content.
Part = tuple[tuple[str, ...], bytes]


def text(name: str, value: str) -> Part:
    """As browsers and form-data write it: without a type."""
    return (f'Content-Disposition: form-data; name="{name}"',), value.encode()


def file(name: str, filename: str, content: bytes) -> Part:
    place = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
    return (place, "Content-Type: image/png"), content


def typed_text(name: str, value: str) -> Part:
    """As aiohttp writes it."""
    place = f'Content-Disposition: form-data; name="{name}"'
    return ("Content-Type: text/plain; charset=utf-8", place), value.encode()


def typed_file(name: str, filename: str, content: bytes) -> Part:
    place = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
    return ("Content-Type: image/png", place), content


def written(parts: tuple[Part, ...], boundary: str) -> bytes:
    """The body of a form."""
    blocks = [
        f"--{boundary}\r\n".encode() + "\r\n".join([*head, "", ""]).encode() + content + b"\r\n"
        for head, content in parts
    ]
    return b"".join(blocks) + f"--{boundary}--\r\n".encode()


def in_chunks(body: bytes) -> bytes:
    """A body whose length nobody told, as it comes from a stream of files."""
    cuts = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(cut), cut) for cut in [*cuts, b""])


@dataclass(frozen=True)
class Form:
    """`read` and `pictures` as in a `Replay`; `chunked` leaves the length out."""

    client: str
    parts: tuple[Part, ...]
    read: Read
    pictures: tuple[str, ...]
    boundary: str
    path: str = EDITS
    chunked: bool = False
    azure: bool = False

    def bearer(self, key: str) -> Mapping[str, str]:
        return {"api-key": key} if self.azure else {"Authorization": f"Bearer {key}"}

    def request(self, key: str) -> bytes:
        kind = {"Content-Type": f"multipart/form-data; boundary={self.boundary}"}
        head, body = {**kind, **self.bearer(key)}, written(self.parts, self.boundary)
        if self.chunked:
            return post(self.path, {**head, "Transfer-Encoding": "chunked"}, in_chunks(body))
        return post(self.path, head, body)

    def pictures_of(self, answer: Answer, gateway: Gateway) -> list[str]:
        assert answer.status == 200, answer.body[:500]
        return self.read(answer, self.bearer(gateway.key))


SQUARE: Final = "PNG 1024x1024"
OF_FORM_DATA: Final = "--------------------------418273659102837465019283"
OF_AIOHTTP: Final = "3f6f2f0f1c9b4b6e8a51f8f0f6d3c2a1"
OF_CHROMIUM: Final = "----WebKitFormBoundaryq3Zp7vYbT0cWmK9d"

LIBRECHAT: Final = (
    text("model", "gpt-image-1"),
    text("prompt", "give the fox a hat, 狐"),
    text("quality", "auto"),
    text("size", "auto"),
)
OPEN_WEBUI: Final = (
    typed_text("model", "ideogram-v3"),
    typed_text("prompt", "give the fox a hat"),
    typed_text("n", "1"),
    typed_text("response_format", "b64_json"),
)
CHERRY_STUDIO: Final = (
    text("prompt", "give the fox a hat"),
    text("model", "gpt-image-1"),
    text("size", "1536x1024"),
    text("quality", "low"),
    text("moderation", "low"),
)
N8N: Final = (
    text("prompt", "give the fox a hat"),
    text("model", "gpt-image-1"),
    text("n", "2"),
    text("size", "1024x1024"),
    text("quality", "auto"),
)

FORMS: Final = [
    Form(
        "LibreChat",
        (*LIBRECHAT, file("image[]", "img-0e6f2d7c.png", FOX)),
        replays.librechat_base64,
        (SQUARE,),
        OF_FORM_DATA,
        chunked=True,
    ),
    Form(
        "LibreChat, two images",
        (*LIBRECHAT, file("image[]", "fox.png", FOX), file("image[]", "fox.png", OWL)),
        replays.librechat_base64,
        (SQUARE,),
        OF_FORM_DATA,
        chunked=True,
    ),
    Form(
        "LibreChat, azure",
        (*LIBRECHAT, file("image[]", "fox.png", FOX)),
        replays.librechat_base64,
        (SQUARE,),
        OF_FORM_DATA,
        path="/openai/deployments/gpt-image-1/images/edits?api-version=2025-04-01-preview",
        azure=True,
    ),
    Form(
        "Open WebUI",
        (*OPEN_WEBUI, typed_file("image", "7c106a53-4bb5-4d4f-9a5b-0e6f2d7c10aa.png", FOX)),
        replays.open_webui,
        (SQUARE,),
        OF_AIOHTTP,
    ),
    Form(
        "Open WebUI, a list",
        (
            *OPEN_WEBUI,
            typed_file("image[]", "%E7%8B%90.png", FOX),
            typed_file("image[]", "7c106a53.png", OWL),
        ),
        replays.open_webui,
        (SQUARE,),
        OF_AIOHTTP,
        path=f"{EDITS}?api-version=2025-04-01-preview",
    ),
    Form(
        "Cherry Studio",
        (*CHERRY_STUDIO, file("image", "狐.png", FOX)),
        replays.cherry_studio,
        ("PNG 1248x832",),
        OF_CHROMIUM,
    ),
    Form(
        "Cherry Studio, three images under one name",
        (*CHERRY_STUDIO, *[file("image", f"{n}.png", OWL) for n in range(3)]),
        replays.cherry_studio,
        ("PNG 1248x832",),
        OF_CHROMIUM,
    ),
    Form(
        "n8n",
        (file("image[]", "fox.png", FOX), *N8N),
        replays.n8n_files,
        (SQUARE, SQUARE),
        OF_FORM_DATA,
    ),
    Form(
        "n8n, a mask after all else",
        (file("image[]", "fox.png", FOX), *N8N, file("mask", "mask.png", MASK)),
        replays.n8n_files,
        (SQUARE, SQUARE),
        OF_FORM_DATA,
    ),
    Form(
        "n8n, dall-e-2",
        (
            file("image", "fox.png", FOX),
            text("prompt", "give the fox a hat"),
            text("model", "dall-e-2"),
            text("n", "1"),
            text("size", "1024x1024"),
            text("response_format", "url"),
        ),
        replays.n8n_links,
        (SQUARE,),
        OF_FORM_DATA,
    ),
]
# What each client shows when a form is refused comes from the same envelope: no image at all.
IMAGELESS: Final = [
    Form("LibreChat", LIBRECHAT, replays.librechat_base64, (), OF_FORM_DATA, chunked=True),
    Form("Open WebUI", OPEN_WEBUI, replays.open_webui, (), OF_AIOHTTP),
    Form("Cherry Studio", CHERRY_STUDIO, replays.cherry_studio, (), OF_CHROMIUM),
    Form("n8n", N8N, replays.n8n_files, (), OF_FORM_DATA),
]
