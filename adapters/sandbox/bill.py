"""What the sandbox charges: AiHubMix's price list and one entry per accepted submit."""

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.sandbox.ask import Ask

KEPT: Final = 2_000  # entries shown; the totals go on

# Micro-USD (ideogram-upstream 4.1). FLASH and describe are nobody's published price: assumed.
V3_DRAW: Final[dict[str, int]] = {
    "FLASH": 30_000,
    "TURBO": 30_000,
    "DEFAULT": 60_000,
    "QUALITY": 90_000,
}
V3_CHANGE: Final[dict[str, int]] = V3_DRAW | {"FLASH": 60_000, "TURBO": 60_000}
V3_CHARACTER: Final[dict[str, int]] = {  # the official list's (4.2)
    "FLASH": 100_000,
    "TURBO": 100_000,
    "DEFAULT": 150_000,
    "QUALITY": 200_000,
}
LEGACY: Final[dict[str, int]] = {
    "V_1": 60_000,
    "V_1_TURBO": 20_000,
    "V_2": 80_000,
    "V_2_TURBO": 50_000,
    "V_2A": 40_000,
    "V_2A_TURBO": 25_000,
    "AUTO": 80_000,  # assumed: as the default model
}
PER_INPUT: Final[dict[str, int]] = {"UPSCALE": 60_000, "DESCRIBE": 10_000}


class Entry(msgspec.Struct, kw_only=True):
    """One accepted submit. `billed` counts priced units; `withheld` are billed all the same."""

    sequence: int
    time: float  # unix seconds
    path: str
    operation: str
    model: str
    speed: str | None
    prompt: str
    asked: int  # images
    drawn: int  # images that left the machine, withheld ones included
    withheld: int
    billed: int
    microusd: int
    seeds: tuple[int, ...]
    sent: Mapping[str, Any]  # the payload as it came, files by name, type and length
    key: str  # the last four characters
    cookie: str | None


class Caller(msgspec.Struct, frozen=True):
    key: str
    cookie: str | None


def unit_price(ask: Ask) -> int:
    if ask.model in PER_INPUT:
        return PER_INPUT[ask.model]
    if ask.speed is None:
        return LEGACY[ask.model]
    if "character_reference_images" in ask.values:
        return V3_CHARACTER[ask.speed]
    drawn = ask.endpoint.operation in ("generate", "remix")
    return (V3_DRAW if drawn else V3_CHANGE)[ask.speed]


class Bill:
    """Totals and entries since the start or the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.microusd = self.images = self.withheld = self.accepted = 0
        self.submits: Counter[str] = Counter()  # by path, whatever the answer
        self.refusals: Counter[str] = Counter()  # by status
        self.entries: deque[Entry] = deque(maxlen=KEPT)

    def charge(
        self, ask: Ask, seeds: tuple[int, ...], withheld: int, caller: Caller, now: float
    ) -> None:
        """Upstream bills what it draws, read or not, withheld or not (ideogram-upstream 0.8)."""
        units = 1 if ask.model in PER_INPUT else len(seeds)
        cost = units * unit_price(ask)
        self.accepted += 1
        self.microusd += cost
        self.images += units
        self.withheld += withheld
        self.entries.append(
            Entry(
                sequence=self.accepted,
                time=now,
                path=ask.endpoint.path,
                operation=ask.endpoint.operation,
                model=ask.model,
                speed=ask.speed,
                prompt=ask.prompt,
                asked=ask.images,
                drawn=len(seeds),
                withheld=withheld,
                billed=units,
                microusd=cost,
                seeds=seeds,
                sent=ask.sent,
                key=caller.key[-4:],
                cookie=caller.cookie,
            )
        )

    def shown(self) -> dict[str, Any]:
        return {
            "microusd": self.microusd,
            "images": self.images,
            "withheld": self.withheld,
            "accepted": self.accepted,
            "submits": self.submits,
            "refusals": self.refusals,
            "calls": list(self.entries),
        }
