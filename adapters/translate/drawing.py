"""What is to be drawn, in Ideogram's own words; no family's payload yet."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.ideogram.wire import File
from adapters.translate.sizes import Shape
from config.catalogue import Speed

SEEDS: Final = 2**31  # a seed is 0..2147483647 (ideogram-upstream 1.2, 1.4)


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """One picture as the upstream is told it, spelled officially. None and () are not sent.

    `model` is Ideogram's name (V_3, V_2A_TURBO), `speed` is None on legacy.
    """

    prompt: str
    model: str
    speed: Speed | None = None
    shape: Shape | None = None
    seed: int | None = None
    magic_prompt: str | None = None
    negative_prompt: str | None = None
    style_type: str | None = None
    style_preset: str | None = None
    style_codes: tuple[str, ...] = ()
    style_references: tuple[File, ...] = ()
    color_palette: Mapping[str, Any] | None = None

    def seed_of(self, index: int) -> int | None:
        """The seed of the order's image `index`: one seed yields one picture, so each has its own."""
        return None if self.seed is None else (self.seed + index) % SEEDS
