"""GET of the pictures, as an ASGI callable of its own."""

import asyncio
from typing import Final
from urllib.parse import parse_qs

from adapters.sandbox.shelf import ENDING, Shelf
from adapters.sandbox.wire import OK, Answer, Receive, Scope, Send, as_json, reply, start

WORDS: Final = {404: "No such picture", 410: "This link has expired"}


class Pictures:
    """Serves `.../images/<id>.png?exp=&sig=` under any prefix, GET and HEAD, without a key."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @staticmethod
    def serves(path: str) -> bool:
        return ENDING.search(path) is not None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await reply(send, as_json(405, {"error": "GET only"}, (("allow", "GET, HEAD"),)))
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        exp, sig = (query.get(name, [""])[0] for name in ("exp", "sig"))
        status, content = await asyncio.to_thread(self._shelf.get, scope["path"], exp, sig)
        if status != OK:
            await reply(send, as_json(status, {"error": WORDS[status]}))
        elif scope["method"] == "HEAD":
            await start(send, Answer(OK, "image/png", content))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await reply(send, Answer(OK, "image/png", content))
