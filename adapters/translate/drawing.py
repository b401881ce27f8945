"""What is to be drawn, in Ideogram's own words; no family's payload yet."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from adapters.ideogram.wire import File
from adapters.translate.sizes import Shape
from config.catalogue import Kind, Speed

SEEDS: Final = 2**31  # a seed is 0..2147483647 (ideogram-upstream 1.2, 1.4)


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """One picture as the upstream is told it, spelled officially. None and () are not sent.

    `model` is Ideogram's name (V_3, V_2A_TURBO, UPSCALE), `speed` is None on legacy. `kind` is the
    upstream's: some payloads differ by it. `files`: all file parts, in order.
    """

    prompt: str | None
    model: str
    kind: Kind = "aihubmix"
    files: tuple[File, ...] = ()
    speed: Speed | None = None
    shape: Shape | None = None
    seed: int | None = None
    magic_prompt: str | None = None
    negative_prompt: str | None = None
    style_type: str | None = None
    style_preset: str | None = None
    style_codes: tuple[str, ...] = ()
    color_palette: Mapping[str, Any] | None = None
    image_weight: int | None = None
    resemblance: int | None = None
    detail: int | None = None
    describe_model_version: str | None = None

    def seed_of(self, index: int) -> int | None:
        """The seed of the order's image `index`: one seed yields one picture, so each has its own."""
        return None if self.seed is None else (self.seed + index) % SEEDS
