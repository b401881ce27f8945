"""`python -m tests.money.sampling PLACE ROOT`: every spend limit and what counts against it, again and again.

PLACE is the store's unix socket, ROOT what its keys begin with. Shares no code with the gateway, so
that a misreading cannot hide in both. Each line that comes in is answered by a line of JSON: what was
seen since the one before it, a last look included.
"""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import redis

from tests.contract.gateway import ROOT
from tests.stores import Valkey

PAUSE_SECONDS: Final = 0.002  # between two looks: the store has orders to see to
END_SECONDS: Final = 10.0
# At one moment: {scope, limit, held, posted, parked} of every spend limit there is.
# ARGV  1 what every key begins with  2.. period of spend_day, _week, _month, _total
LOOK: Final = """
local found = {}
for _, name in ipairs(redis.call('KEYS', ARGV[1] .. ':limits:*')) do
  local scope = string.sub(name, #ARGV[1] + #':limits:' + 1)
  for index, field in ipairs({ 'spend_day', 'spend_week', 'spend_month', 'spend_total' }) do
    local limit = redis.call('HGET', name, field)
    if limit then
      local balance = ARGV[1] .. ':balance:' .. scope .. ':' .. ARGV[index + 1]
      local sums = redis.call('HMGET', balance, 'held', 'posted', 'parked')
      found[#found + 1] = { scope, limit, sums[1] or '0', sums[2] or '0', sums[3] or '0' }
    end
  end
end
return found
"""


@dataclass
class Seen:
    """Many looks. `most`: the most that ever counted against a scope's limit, micro-USD."""

    looks: int = 0
    held: int = 0  # looks that saw something held
    over: list[str] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=dict)

    def look(self, rows: list[list[bytes]]) -> None:
        self.looks += 1
        self.held += any(int(row[2]) for row in rows)
        for scope_, *numbers in rows:
            scope = scope_.decode()
            limit, *sums = map(int, numbers)
            self.most[scope] = max(self.most.get(scope, 0), sum(sums))
            if sum(sums) > limit or min(sums) < 0:
                self.over.append(f"{scope}: {sums} against {limit}")


def periods() -> list[str]:
    now = datetime.now(UTC)
    return [f"{now:%Y-%m-%d}", f"{now:%G-W%V}", f"{now:%Y-%m}", "total"]


def keep_looking(place: str, root: str) -> None:
    """Until nobody writes to us any more."""
    store: Any = redis.Redis(unix_socket_path=place)
    look = store.register_script(LOOK)
    seen = Seen()
    while True:
        asked, _, _ = select.select([sys.stdin], [], [], PAUSE_SECONDS)
        if asked and not sys.stdin.readline():
            return
        seen.look(look(args=[root, *periods()]))
        if asked:
            print(json.dumps(asdict(seen)), flush=True)
            seen = Seen()


class Sampler:
    """The process that looks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def seen(self) -> Seen:
        """Since the last time; blocks until a last look was taken."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], END_SECONDS)
        assert ready, "the sampler does not answer"
        return Seen(**json.loads(self._process.stdout.readline()))


@contextmanager
def start_sampler(store: Valkey, root: str) -> Iterator[Sampler]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.money.sampling", str(store.place), root],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Sampler(process)
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    keep_looking(sys.argv[1], sys.argv[2])
