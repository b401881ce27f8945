"""The Lua scripts beside this file, read once at import: one verb each, its contract on top."""

from pathlib import Path
from typing import Final

from adapters.store.client import Script

_FOLDER: Final = Path(__file__).parent / "lua"
_PARTS: Final = (_FOLDER / "parts.lua").read_text("utf-8")


def _script(name: str) -> Script:
    return Script.of(name, (_FOLDER / f"{name}.lua").read_text("utf-8"))


def _money(name: str) -> Script:
    """A script of the ledger: what they share stands behind the first line, which has the flags.

    With that line the store refuses a script as a whole and before it begins (OOM, READONLY,
    MISCONF), never in its middle; `allow-oom` is for those that end what was begun.
    """
    flags, _, body = (_FOLDER / f"{name}.lua").read_text("utf-8").partition("\n")
    return Script.of(name, f"{flags}\n{_PARTS}\n{body}")


START: Final = _money("start")
SENT: Final = _money("sent")
SETTLE: Final = _money("settle")
DROP: Final = _money("drop")
BEAT: Final = _script("beat")
BALANCES: Final = _script("balances")
REGISTER: Final = _script("register")
