"""How a caller's own words are shown back: short, printable, never a secret-sized piece of them."""

from collections.abc import Iterable
from typing import Final

SHOWN: Final = 64  # characters of a caller's name or value that a message repeats

KINDS: Final = {
    ord('"'): "a string",
    ord("["): "an array",
    ord("{"): "an object",
    ord("t"): "true",
    ord("f"): "false",
    ord("n"): "null",
}


def shown(text: str) -> str:
    """The first 64 characters, with "?" for whatever could garble a log or a terminal."""
    cut = text[:SHOWN]
    safe = cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)
    return safe if len(text) <= SHOWN else f"{safe}…"


def kind_of(raw: bytes) -> str:
    """What a JSON value is, told by its first byte; numbers as they were written."""
    return KINDS.get(raw[0]) or shown(raw[: SHOWN + 1].decode("ascii"))


def listed(words: Iterable[str], *, last: str = ", ") -> str:
    """Words for the eye: `auto, low, medium`; `last` stands before the last one."""
    all_of_them = list(words)
    return last.join(filter(None, (", ".join(all_of_them[:-1]), *all_of_them[-1:])))
