"""Names nobody knows: which known name each may be meant for, and whether it is refused."""

from collections.abc import Iterable
from typing import Literal

from adapters.openai.errors import ApiError
from adapters.openai.fields import Route
from adapters.openai.wording import shown

UnknownRule = Literal["near", "refuse", "warn"]


def stranger(name: str, route: Route, rule: UnknownRule) -> str:
    """The name as a warning shows it. Raises ApiError where the rule refuses it.

    "near" refuses what was probably meant for a field that costs money to miss: a name within two
    edits of this route's fields, or within one of another operation's.
    """
    safe = shown(name)
    if rule == "warn":
        return safe
    bare = name.partition("[")[0]  # image[] and image[0] are image
    meant = None
    if name not in route.apart:
        meant = nearest(bare, route.fields, 1) or nearest(name, route.fields, 2)
    # One edit, not two: `image_size`, which real clients send, is two from `image_file`.
    elsewhere = nearest(bare, route.elsewhere, 0 if meant else 1)
    if elsewhere is not None:
        message = (
            f"`{safe}` is not a field of {route.path}: "
            f"`{elsewhere}` belongs to {route.elsewhere[elsewhere]}."
        )
    elif meant is not None:
        message = f"Unknown field `{safe}`: did you mean `{meant}`?"
    elif rule == "refuse":
        message = f"Unknown field `{safe}`: only known fields are taken here."
    else:
        return safe
    raise ApiError("unknown_parameter", message, param=safe)


def nearest(name: str, known: Iterable[str], most: int) -> str | None:
    """The first of the `known` names with the fewest edits, if `most` edits or fewer reach it.

    Case does not count. Names that share no letter are never near: else any two letters would be
    near to `n`.
    """
    best, fewest = None, most + 1
    lower = name.lower()
    letters = set(lower)
    for candidate in known:
        # One edit changes the length by one and the letters used by two at most: both are far
        # cheaper to count than edits, and rule nearly every name out.
        if abs(len(candidate) - len(lower)) > most or len(letters ^ set(candidate)) > 2 * most:
            continue
        distance = edits(lower, candidate)
        if distance < min(fewest, max(len(lower), len(candidate))):
            best, fewest = candidate, distance
    return best


def edits(one: str, other: str) -> int:
    """Letters to insert, drop or exchange until `one` reads as `other` (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]
