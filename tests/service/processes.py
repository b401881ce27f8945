"""`python -m service` as a person or an operator runs it: on a terminal or into files."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.contract.gateway import ROOT

SECONDS: Final = 30.0
COLUMNS: Final = 80


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """Ours without settings of this machine, so that the folder may be any."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("IDEOGATE_", "COV_"))}
    always = {"PYTHONPATH": str(ROOT), "IDEOGATE_METRICS_PORT": "0", "IDEOGATE_PORT": "0"}
    return kept | always | dict(env)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "service", *words]


def start(folder: Path, *words: str, **env: str) -> "subprocess.Popen[str]":
    """In the background, both outputs kept apart."""
    return subprocess.Popen(
        command(*words),
        cwd=folder,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    process = start(folder, *words, **env)
    out, err = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@dataclass
class Screen:
    """What a person sees on a terminal of 80 columns."""

    process: "subprocess.Popen[bytes]"
    terminal: int
    text: str = ""

    def until(self, words: str) -> str:
        """Read on until these words are there; answers all that was printed."""
        end = time.monotonic() + SECONDS
        while words not in self.text:
            ready, _, _ = select.select([self.terminal], [], [], 0.1)
            if ready:
                try:
                    self.text += os.read(self.terminal, 65536).decode().replace("\r\n", "\n")
                except OSError:  # the other end is gone
                    break
            assert time.monotonic() < end, self.text
        return self.text


@contextmanager
def on_a_terminal(folder: Path, *words: str, **env: str) -> Iterator[Screen]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    plain = environment(env) | {"TERM": "dumb"}
    process = subprocess.Popen(
        command(*words), cwd=folder, env=plain, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(SECONDS)
        os.close(ours)
