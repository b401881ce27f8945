"""The Lua scripts beside this file, read once at import: one verb each, its contract on top."""

from pathlib import Path
from typing import Final

from adapters.store.client import Script

_FOLDER: Final = Path(__file__).parent / "lua"
SHARED: Final = ("clock", "periods", "alerts", "parts")


def _script(name: str) -> Script:
    return Script.of(name, (_FOLDER / f"{name}.lua").read_text("utf-8"))


def _money(name: str, *parts: str) -> Script:
    """A script of the ledger: what they share stands behind the first line, which has the flags.

    `parts`: further files of shared functions, in this order, behind those all have. With the first
    line the store refuses a script as a whole and before it begins (OOM, READONLY, MISCONF), never
    in its middle; `allow-oom` is for those that end what was begun.
    """
    flags, _, body = (_FOLDER / f"{name}.lua").read_text("utf-8").partition("\n")
    shared = "\n".join((_FOLDER / f"{part}.lua").read_text("utf-8") for part in SHARED + parts)
    return Script.of(name, f"{flags}\n{shared}\n{body}")


START: Final = _money("start", "limits", "replay", "usage")
SENT: Final = _money("sent")
REHOLD: Final = _money("rehold", "limits", "replay")
SETTLE: Final = _money("settle", "usage", "endings", "replay")
DROP: Final = _money("drop", "limits")
BEAT: Final = _script("beat")
BALANCES: Final = _script("balances")
BUCKET: Final = _script("bucket")
# the life of the ledger
SWEEP: Final = _money("sweep", "usage", "endings")
RECOVER: Final = _money("recover", "usage", "endings", "limits", "replay")
RESOLVE: Final = _money("resolve", "usage", "endings")
ADJUST: Final = _money("adjust", "usage")
ACCEPT: Final = _money("accept")
WATCH: Final = _script("watch")
CHECKPOINT: Final = _script("checkpoint")
TRIM: Final = _script("trim")
# repeats
LOOK: Final = _script("look")
CLAIM: Final = _script("claim")
REFUSED: Final = _script("refused")
# keys and their limits
COMMIT: Final = _money("commit")
FIND: Final = _script("find")
REHASH: Final = _script("rehash")
USED: Final = _script("used")
RATES: Final = _money("rates", "limits")
# spend alerts
DUE: Final = _script("due")
TOLD: Final = _script("told")
