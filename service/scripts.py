"""The Lua scripts beside this file, read once at import: one verb each, its contract on top."""

from pathlib import Path
from typing import Final

from adapters.store.client import Script

_FOLDER: Final = Path(__file__).parent / "lua"


def _script(name: str) -> Script:
    return Script.of(name, (_FOLDER / f"{name}.lua").read_text("utf-8"))


START: Final = _script("start")
SENT: Final = _script("sent")
SETTLE: Final = _script("settle")
BEAT: Final = _script("beat")
REGISTER: Final = _script("register")
