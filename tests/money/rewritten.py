"""A store that is sent other texts of the scripts: with a clock that a test turns, or with a bug."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from adapters.store.client import Script, Store
from adapters.store.route import Route
from adapters.store.wire import Part
from service import scripts
from service.keyspace import Keyspace

FOLDER: Final = Path(scripts.__file__).parent / "lua"


class Edit(NamedTuple):
    """In service/lua/FILE.lua, text that is there exactly once becomes another."""

    file: str
    old: str
    new: str


# The store's clock cannot be set. These are the only lines of the money scripts that read it, so
# everything but them is tested as it is.
CLOCKS: Final = (
    Edit(
        "clock",
        "local function clock_ms()\n"
        "  local time = redis.call('TIME')\n"
        "  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)\n"
        "end\n",
        "local function clock_ms()\n"
        "  return tonumber(redis.call('GET', string.match(KEYS[1], '^ig:{[^}]*}') .. ':clock'))\n"
        "end\n",
    ),
    Edit(
        "beat",
        "local time = redis.call('TIME')\n"
        "local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)\n",
        "local now = tonumber(redis.call('GET', string.match(KEYS[1], '^ig:{[^}]*}') .. ':clock'))\n",
    ),
)


class Ran(NamedTuple):
    """A script as it was called, and what it said."""

    script: Script
    keys: Sequence[str]
    words: Sequence[Part]
    answer: Any


class Rewritten(Store):
    """On a connection of its own; `ran` is what was called, in order."""

    def __init__(self, route: Route, edits: Sequence[Edit]) -> None:
        super().__init__(route, timeout=5.0)
        self.ran: list[Ran] = []
        self._edits = edits
        self._texts: dict[str, Script] = {}

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[Part]) -> Any:
        if script.name not in self._texts:
            self._texts[script.name] = edited(script, self._edits)
        answer = await super().run(self._texts[script.name], keys, args)
        self.ran.append(Ran(script, keys, args, answer))
        return answer


class Turned(Rewritten):
    """Its scripts go by a clock that stands until it is turned."""

    def __init__(self, route: Route, names: Keyspace, edits: Sequence[Edit] = ()) -> None:
        super().__init__(route, [*CLOCKS, *edits])
        self._clock = f"{names.root}:clock"

    async def turn(self, now: int) -> None:
        """To a moment, in milliseconds since 1970."""
        await self.call("SET", self._clock, now)

    async def time_ms(self) -> int:
        return int(await self.call("GET", self._clock))


def edited(script: Script, edits: Sequence[Edit]) -> Script:
    """The script with those of the edits that concern files it is made of."""
    source = script.source
    for file, text in changed(edits).items():
        source = source.replace(body(file), text)
    return Script.of(script.name, source)


def changed(edits: Sequence[Edit]) -> dict[str, str]:
    """The files' bodies after all edits. AssertionError where a text is not there exactly once."""
    texts: dict[str, str] = {}
    for edit in edits:
        text = texts.get(edit.file, body(edit.file))
        assert text.count(edit.old) == 1, f"{edit.file}.lua has {edit.old!r} not exactly once"
        texts[edit.file] = text.replace(edit.old, edit.new)
    return texts


def body(file: str) -> str:
    """A file below its first line, as it stands in every script that has it (scripts.py)."""
    return (FOLDER / f"{file}.lua").read_text("utf-8").partition("\n")[2]
