"""The Ideogram stand-in as one ASGI callable: checks, counts, draws, bills and answers."""

import asyncio
import secrets
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from adapters.sandbox import control, endpoints
from adapters.sandbox.ask import Ask, read
from adapters.sandbox.bill import Bill, Caller
from adapters.sandbox.delivery import deliver, refused, reset
from adapters.sandbox.endpoints import Endpoint
from adapters.sandbox.faults import STATUSES, Fault, Faults
from adapters.sandbox.pictures import Pictures
from adapters.sandbox.places import Places
from adapters.sandbox.refusal import Refusal
from adapters.sandbox.shelf import Folder, Memory, Shelf
from adapters.sandbox.studio import Studio
from adapters.sandbox.tables import BIGGEST_SEED
from adapters.sandbox.wire import (
    OK,
    Answer,
    Gone,
    Receive,
    Scope,
    Send,
    as_json,
    header,
    reply,
)
from adapters.sandbox.wire import (
    read as read_body,
)

CONTROL = "/__sandbox__/"


class Sandbox:
    """ASGI. Endpoints under any prefix, pictures under `.../images/`, control under its own path.

    `pictures` is a callable of its own, for a server that shows the pictures and nothing else.
    """

    def __init__(self, shelf: Shelf, *, limit: int, seconds: float, keys: Container[str] | None):
        self.places = Places(limit)
        self.bill = Bill()
        self.faults = Faults()
        self.pictures = Pictures(shelf)
        self._studio = Studio(shelf)
        self._seconds = seconds
        self._keys = keys
        self._work: set[asyncio.Task[Answer]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise TypeError(f"The sandbox speaks HTTP only, not {scope['type']}")
        path = scope["path"]
        if path.startswith(CONTROL):
            await reply(send, await control.answer(self, scope, receive))
        elif Pictures.serves(path):
            await self.pictures(scope, receive, send)
        else:
            await self._submit(scope, receive, send)

    async def _submit(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.bill.submits[path] += 1
        try:
            endpoint = _endpoint(scope["method"], path)
            key = self._key(scope)
            if self.faults.before_body(path):
                await reset(scope, receive)
                return
            body = await read_body(receive)
            kind = header(scope, b"content-type") or ""
            ask = await asyncio.to_thread(read, endpoint, kind, body)
            faults = self.faults.take(path, ask.prompt)
            if any(fault.kind == "reset_before" for fault in faults):
                await reset(scope, receive)
                return
            caller = Caller(key, header(scope, b"cookie"))
            answer = await self._apart(ask, faults, caller)
        except Refusal as no:
            answer, faults = as_json(no.status, no.body, no.headers), []
        except Gone:
            return
        if answer.status != OK:
            self.bill.refusals[str(answer.status)] += 1
        await deliver(scope, receive, send, answer, faults)

    async def _apart(self, ask: Ask, faults: list[Fault], caller: Caller) -> Answer:
        """In a task of its own: a client that leaves does not stop the work (0.7)."""
        task = asyncio.create_task(self._run(ask, faults, caller))
        self._work.add(task)
        task.add_done_callback(self._over)
        return await asyncio.shield(task)

    def _over(self, task: asyncio.Task[Answer]) -> None:
        self._work.discard(task)
        with suppress(asyncio.CancelledError):
            task.exception()  # looked at, so that a refusal nobody waits for is no complaint

    async def _run(self, ask: Ask, faults: list[Fault], caller: Caller) -> Answer:
        pause = sum(fault.seconds for fault in faults)
        status = next((fault for fault in faults if fault.kind in STATUSES), None)
        if status is not None and not status.billed:
            await asyncio.sleep(pause)
            return refused(status, self.places.limit)
        with self.places.hold(ask.images):
            seeds, withheld = _cast(ask, faults)
            self.bill.charge(ask, seeds, len(withheld), caller, time.time())
            await asyncio.sleep(self._seconds + pause)
            if status is not None:
                return refused(status, self.places.limit)
            return await self._studio.answer(ask, seeds, withheld, faults)

    def _key(self, scope: Scope) -> str:
        key = header(scope, b"api-key")
        if not key:
            raise Refusal(401, {"error": "The Api-Key header is missing"})
        if self._keys is not None and key not in self._keys:
            raise Refusal(401, {"error": "The Api-Key is not known"})
        return key


def _endpoint(method: str, path: str) -> Endpoint:
    endpoint = endpoints.find(path)
    if endpoint is None:
        raise Refusal(404, {"error": f"No such path: {path}"})
    if method != "POST":
        raise Refusal(405, {"error": f"{path} takes POST"}, (("allow", "POST"),))
    return endpoint


def _cast(ask: Ask, faults: list[Fault]) -> tuple[tuple[int, ...], frozenset[int]]:
    """The seed of each image that will be there, and the indices of those withheld.

    One seed given: every image has it, so they are all the same (ideogram-upstream 2, 3.3).
    """
    count = ask.images
    for fault in faults:
        if fault.kind == "fewer":
            count = min(count, fault.keep)
    given = ask.values.get("seed")
    seeds = tuple(secrets.randbelow(BIGGEST_SEED) if given is None else given for _ in range(count))
    unsafe = [fault for fault in faults if fault.kind == "unsafe"]
    return seeds, frozenset(i for i in range(count) if any(fault.hits(i) for fault in unsafe))


def build(
    *,
    public_url: str,
    folder: Path | None,
    limit: int = 10,
    seconds: float = 0.0,
    keys: Container[str] | None = None,
    prefix: str = "",
) -> Sandbox:
    """A sandbox whose links start with public_url + prefix.

    `limit`: images in progress; `seconds`: how long every drawing takes at least; `keys`: those
    it knows (None: any); `folder`: where the pictures lie (None: in memory, bounded).
    """
    store = Memory() if folder is None else Folder(folder)
    shelf = Shelf(store, public_url.rstrip("/") + prefix.rstrip("/"))
    return Sandbox(shelf, limit=limit, seconds=seconds, keys=keys)
