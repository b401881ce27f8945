"""Wrong keys by client address: how many are too many, and who has shown a right one."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

MOST: Final = 100  # wrong keys at once: retries of one mistyped key are seen, not locked out
PER_MINUTE: Final = 60  # and so many more each minute
ADDRESSES: Final = 10_000  # remembered at once; the one that failed longest ago is forgotten
TRUSTED: Final = 10_000  # secrets, by digest
TRUSTED_SECONDS: Final = 900.0


class Attempts:
    """In the memory of one replica: a guesser gets as many tries from each.

    A secret that was right of late is let through even from an address that failed too often, so that
    one broken app does not lock out others behind the same address.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._right: OrderedDict[str, float] = OrderedDict()

    def failed(self, address: str) -> None:
        """A wrong key came from there."""
        place = _place(address)
        level = self._level(place) + 1
        self._levels[place] = (level, self._now())
        self._levels.move_to_end(place)
        if len(self._levels) > ADDRESSES:
            self._levels.popitem(last=False)

    def wait(self, address: str) -> int:
        """Seconds until another wrong key is looked at; 0 for now."""
        over = self._level(_place(address)) + 1 - MOST
        return max(0, ceil(over * 60 / PER_MINUTE))

    def right(self, digest: str) -> None:
        """A secret was right just now."""
        self._right[digest] = self._now()
        self._right.move_to_end(digest)
        if len(self._right) > TRUSTED:
            self._right.popitem(last=False)

    def trusted(self, digest: str) -> bool:
        """Whether it was right of late."""
        return self._right.get(digest, -TRUSTED_SECONDS) > self._now() - TRUSTED_SECONDS

    def _level(self, place: str) -> float:
        level, since = self._levels.get(place, (0.0, self._now()))
        return max(0.0, level - (self._now() - since) * PER_MINUTE / 60)


def _place(address: str) -> str:
    """Of IPv6 the network: a single client has all of a /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)
