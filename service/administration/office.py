"""What administration works with, and one request of it in hand."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from litestar.types import Receive

from adapters.openai.errors import ApiError
from adapters.store.client import Store
from service.commit import Actor, Change, Changed, Line, commit
from service.current import Current
from service.guard import credential_in
from service.intake import Intake
from service.key_records import KeyRecords
from service.keys import Credential, Keys
from service.keyspace import Keyspace
from service.projects import Project, Projects
from service.vault import Drawer, drawer
from service.visit import Visit

ANSWER_MS: Final = 24 * 3600 * 1000
_LONGEST_NAME: Final = 255  # letters of an Idempotency-Key


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the routes use, made by app.build."""

    store: Store
    names: Keyspace
    keys: Keys
    records: KeyRecords
    projects: Projects
    current: Current
    intake: Intake
    peppers: tuple[bytes, ...]

    async def now(self) -> int:
        """The store's clock in whole seconds."""
        return await self.store.time_ms() // 1000


class _Answered(msgspec.Struct, frozen=True):
    asked: str
    reply: str


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """The idempotency key of a POST. `asked` tells one request from another under the same key."""

    drawer: Drawer
    place: str
    asked: str

    def open(self, kept: str) -> _Answered | None:
        """What was sealed there; None of what another key sealed."""
        text = self.drawer.unseal(bytes.fromhex(kept), self.place)
        return None if text is None else msgspec.json.decode(text, type=_Answered)


class Call:
    """One request whose caller was let in. `project`: of its path, where that names one.

    `bound`: the only projects this caller may see; None for all of them.
    """

    def __init__(
        self,
        office: Office,
        visit: Visit,
        credential: Credential,
        *,
        params: Mapping[str, str],
        query: Sequence[tuple[str, str]],
    ) -> None:
        self.office = office
        self.visit = visit
        self.credential = credential
        self.params = params
        self.query = query
        self.body = b""
        self.project: Project | None = None
        self._repeats: tuple[Repeat, ...] = ()

    @property
    def bound(self) -> frozenset[str] | None:
        if self.credential.kind == "project":
            return frozenset({self.credential.project})
        return frozenset(self.credential.projects) or None

    @property
    def actor(self) -> Actor:
        return Actor(
            key=self.credential.id,
            name=self.credential.name,
            address=self.visit.address,
            request=self.visit.request_id,
        )

    @property
    def its_project(self) -> Project:
        """The project of the path."""
        if self.project is None:
            raise LookupError(f"{self.visit.path} names no project")
        return self.project

    async def read(self, receive: Receive) -> None:
        """Take the body in. Raises ApiError, ClientLeft."""
        async with self.office.intake.json_body(self.visit, receive) as body:
            self.body = body
        name = self.visit.header("idempotency-key")
        if name is None:
            return
        if not (name.isascii() and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
            raise ApiError(
                "invalid_value",
                f"The header Idempotency-Key takes 1 to {_LONGEST_NAME} printable ASCII characters.",
                param="Idempotency-Key",
            )
        asked = hashlib.sha256(f"{self.visit.path}\n".encode() + self.body).hexdigest()
        key, names = credential_in(self.visit) or "", self.office.names
        drawers = [drawer(key, pepper) for pepper in self.office.peppers]
        self._repeats = tuple(
            Repeat(drawer=own, place=names.admin_answer(own.named(name)), asked=asked)
            for own in drawers
        )

    async def answered(self) -> bytes | None:
        """The reply that this idempotency key got before, also under the old pepper. Raises ApiError:
        it was another request's.
        """
        for repeat in self._repeats:
            kept = await self.office.store.call("GET", repeat.place)
            opened = repeat.open(kept.decode()) if kept else None
            if opened is None:
                continue
            if opened.asked != repeat.asked:
                raise ApiError(
                    "idempotency_key_reused",
                    "This Idempotency-Key was sent with another request within the last 24 hours.",
                    param="Idempotency-Key",
                )
            return opened.reply.encode()
        return None

    async def commit(self, change: Change, line: Line, reply: bytes) -> bytes:
        """Write a change with its line; says the reply, or that of the request it repeats.

        Raises Changed where the change's own checks fail, ApiError, StoreSilent, StoreRefused.
        """
        repeat = self._repeats[0] if self._repeats else None  # under the current pepper
        if repeat is not None:
            kept = msgspec.json.encode(_Answered(repeat.asked, reply.decode()))
            change.absent(repeat.place)
            change.keep(repeat.place, repeat.drawer.seal(kept, repeat.place).hex(), ms=ANSWER_MS)
        try:
            await commit(self.office.store, self.office.names, change, line)
        except Changed as changed:
            if repeat is None or changed.key != repeat.place:
                raise
            return await self.answered() or reply  # its twin was quicker
        return reply
