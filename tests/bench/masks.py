"""What a mask costs beside Pillow's bare decoding and encoding of the same file."""

import io
import statistics
import time
from collections.abc import Callable
from typing import Final

from PIL import Image

from adapters.pixels.masks import convert
from tests.bench.drawn import flat_mask, photo_mask, saved
from tests.bench.rows import Row

SIDE: Final = 1024
RATIO: Final = 1.3
TIMES: Final = 15
FASTEST: Final = 1  # Pillow's own default is slower, and would make us look faster


def rows() -> list[Row]:
    return [
        *_compared("photo-like", saved(photo_mask(SIDE), "PNG")),
        *_compared("painted", saved(flat_mask(SIDE), "PNG")),
    ]


def _compared(name: str, content: bytes) -> list[Row]:
    ours, bare = [], []
    for _ in range(TIMES):
        bare.append(_seconds(lambda: _bare(content)))
        ours.append(_seconds(lambda: _converted(content)))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return [
        Row(f"{name} mask {SIDE}², ms", mine * 1000),
        Row(f"{name} mask {SIDE}², times Pillow's decode + encode", mine / theirs, RATIO),
    ]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _converted(content: bytes) -> None:
    convert(content, polarity="alpha", size=(SIDE, SIDE))


def _bare(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as picture:
        picture.save(io.BytesIO(), "PNG", compress_level=FASTEST)
