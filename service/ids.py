"""Ids of our own: made before any I/O, sorted by time."""

import secrets
import time
from typing import Final

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _text(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        letters.append(_CROCKFORD[rest])
    return "".join(reversed(letters))


def order_id() -> str:
    """A ULID: 48 bits of milliseconds, 80 bits of chance, 26 characters."""
    return _text(time.time_ns() // 1_000_000, 10) + _text(secrets.randbits(80), 16)


def request_id() -> str:
    """In the form OpenAI's have: "req_" and 32 hex digits."""
    return f"req_{secrets.token_hex(16)}"
