"""How much memory an edit with two uploads of 5 MB takes at most."""

import statistics
from typing import Final

from tests.bench.asking import edit, form
from tests.bench.drawn import PHOTO_JPEG, flat_mask, photo, photo_mask, saved, turned
from tests.bench.memory import forget_peak, peak, peaks_are_told, resident
from tests.bench.rows import Row
from tests.contract.gateway import start_gateway
from tests.upstream import start_sandbox

SIDE: Final = 2048
PIXEL: Final = 4  # bytes of one pixel in Pillow's memory, RGB too
TIMES: Final = 3
MIB: Final = 1024 * 1024


def rows() -> list[Row]:
    if not peaks_are_told():
        return [Row("two uploads of 5 MB, 2048²: measured on Linux only", 0)]
    mask = saved(photo_mask(SIDE), "PNG", compress_level=1)
    upright = saved(photo(SIDE), "PNG", compress_level=1)
    lying = saved(photo(SIDE, PHOTO_JPEG), "JPEG", quality=95, exif=turned())
    return [_row("a PNG", upright, mask), _row("a JPEG to be turned", lying, mask)]


def _row(name: str, image: bytes, mask: bytes) -> Row:
    uploads = len(image) + len(mask)
    limit = (2 * SIDE * SIDE * PIXEL + 3 * uploads) / MIB
    seen = statistics.median(_grown(form(image, mask)) for _ in range(TIMES))
    return Row(f"{name} and a mask of {SIDE}², {uploads / 1e6:.1f} MB: peak, MiB", seen, limit)


def _grown(body: bytes) -> float:
    """MiB above what a gateway had that has handled a small edit. Drawn by another process."""
    small = form(saved(photo(64), "JPEG", exif=turned()), saved(flat_mask(64), "PNG"))
    with start_sandbox() as upstream:
        env = {
            "IDEOGATE_UPSTREAM_URL": f"{upstream.base_url}/ideogram",
            "IDEOGATE_UPSTREAM_API_KEY": "of-the-bench",
        }
        with start_gateway(env) as gateway:
            edit(gateway, small)
            before = resident(gateway.pid)
            forget_peak(gateway.pid)
            edit(gateway, body)
            return peak(gateway.pid) - before
