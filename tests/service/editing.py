"""Gateways that take pictures, one for each kind of upstream, and forms to send them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tests.adapters.openai.forms import body
from tests.adapters.pixels.drawn import halves, saved
from tests.contract.gateway import start_gateway
from tests.service.conftest import PEPPER, Site
from tests.service.wire import Answer, ask
from tests.stores import start_valkey
from tests.upstream import start_sandbox

EDITS: Final = "/v1/images/edits"
VARIATIONS: Final = "/v1/images/variations"
DESCRIPTIONS: Final = "/v1/images/descriptions"
FORM: Final = ("content-type", "multipart/form-data; boundary=XX")
DRY: Final = ("x-ideogate-dry-run", "true")
UPSTREAM_KEY: Final = "canary-upstream-key"

PICTURE: Final = saved(halves(96, 64), "PNG")
SQUARE: Final = saved(halves(64, 64), "PNG")

Fields = Mapping[str, str | bytes | list[bytes]]


def left_clear(width: int = 96, height: int = 64) -> bytes:
    """OpenAI's kind of mask: the left half is transparent, so it is to change."""
    mask = halves(width, height, "RGBA")
    mask.putalpha(halves(width, height).getchannel("B"))
    return saved(mask, "PNG")


MASK: Final = left_clear()
SQUARE_MASK: Final = left_clear(64, 64)


def form(fields: Fields) -> bytes:
    """Bytes are files without a name, as the least of clients sends them; a list repeats its part."""
    parts: list[tuple[str, bytes]] = []
    for name, value in fields.items():
        if isinstance(value, str):
            parts.append((name, value.encode()))
            continue
        head = f'Content-Disposition: form-data; name="{name}"; filename="{name}.png"'
        parts += [(head, one) for one in ([value] if isinstance(value, bytes) else value)]
    return body(*parts)


class Editor(Site):
    """A gateway of one kind of upstream."""

    async def post(self, path: str, fields: Fields | bytes, *headers: tuple[str, str]) -> Answer:
        """A form; bytes are a body that is one already."""
        raw = fields if isinstance(fields, bytes) else form(fields)
        typed = [] if any(name == "content-type" for name, _ in headers) else [FORM]
        return await ask(self.port, "POST", path, [self.bearer, *typed, *headers], raw)

    async def post_json(self, path: str, fields: Any, *headers: tuple[str, str]) -> Answer:
        told = [self.bearer, ("content-type", "application/json"), *headers]
        return await ask(self.port, "POST", path, told, json.dumps(fields).encode())

    async def edit(self, *headers: tuple[str, str], **fields: str | bytes | list[bytes]) -> Answer:
        return await self.post(EDITS, fields, *headers)

    def posted(self) -> int:
        """Micro-dollars posted so far."""
        names = self.books.keys("ig:{org-default}:balance:organization:*")
        return sum(int(self.books.hget(name, "posted") or 0) for name in names)


@contextmanager
def start_editor(kind: str) -> Iterator[Editor]:
    with start_sandbox(keys=UPSTREAM_KEY) as upstream, start_valkey() as store:
        prefix = "/ideogram" if kind == "aihubmix" else ""
        env = {
            "IDEOGATE_STORE_URL": store.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}{prefix}",
            "IDEOGATE_UPSTREAM_KIND": kind,
            "IDEOGATE_UPSTREAM_API_KEY": UPSTREAM_KEY,
            "IDEOGATE_INPUT_HOSTS": "pictures.example.com",
        }
        with start_gateway(env) as gateway:
            yield Editor(gateway, upstream, store)
