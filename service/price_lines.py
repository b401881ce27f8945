"""Prices as the scripts have them: schedules on the way in, what was in force on the way out."""

from collections.abc import Sequence

from adapters.translate.plan import Candidate
from config.catalogue import PriceStep
from config.money import MicroUSD


def price_lines(candidates: Sequence[Candidate]) -> str:
    """Every candidate's price steps, for the script to choose by the store's clock."""
    return ";".join(
        f"{one.upstream.name}=" + ",".join(map(_step, one.schedule)) for one in candidates
    )


def prices_of(line: str) -> dict[str, MicroUSD]:
    """By upstream, "upstream,micro_usd,..."."""
    words = line.split(",") if line else []
    return {words[i]: MicroUSD(int(words[i + 1])) for i in range(0, len(words), 2)}


def _step(step: PriceStep) -> str:
    return f"{step.effective_from_ms}:{step.microusd}{'~' if step.assumed else ''}"
