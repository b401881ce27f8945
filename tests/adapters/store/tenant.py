"""A process that shares the store of a folder until its input ends: python -m … FOLDER."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.store.client import Store
from adapters.store.embedded import open_embedded

ROOT = Path(__file__).parents[3]


async def live_in(folder: Path) -> None:
    embedded = await open_embedded(folder)
    print(embedded.starts, flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    await embedded.close()


@contextmanager
def tenant(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.store.tenant", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with process:
        yield process
        process.kill()


def started_by(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def leave(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.close()
    assert process.wait(20) == 0


async def pid_of(store: Store) -> int:
    info = (await store.call("INFO", "server")).decode()
    return int(info.partition("process_id:")[2].split()[0])


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    asyncio.run(live_in(Path(sys.argv[1])))
