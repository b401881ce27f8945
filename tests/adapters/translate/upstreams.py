"""The two suppliers that the tests of this room are served by."""

from typing import Final

from config.catalogue import Upstream

AIHUBMIX: Final = Upstream(
    name="aihubmix",
    base_url="https://aihubmix.com/ideogram",
    kind="aihubmix",
    prices="aihubmix",
    account="a",
)
OFFICIAL: Final = Upstream(
    name="ideogram",
    base_url="https://api.ideogram.ai",
    kind="ideogram",
    prices="ideogram",
    account="b",
    max_file=25 * 1024 * 1024,
)
UPSTREAMS: Final = {one.name: one for one in (AIHUBMIX, OFFICIAL)}
