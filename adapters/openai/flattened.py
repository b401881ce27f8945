"""A colour palette that an SDK flattened into form names: `color_palette[members][0][color_hex]`."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from adapters.openai.errors import ApiError

# As the SDKs write a nested object (openai-images 2a); lists come without indexes.
PATH: Final = re.compile(
    r"color_palette(?:\[(name)\]|\[members\]\[([0-9]{0,3})\]\[(color_hex|color_weight)\])", re.ASCII
)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)


def palette(field: str, named: Sequence[tuple[str, str]]) -> str:
    """The palette's JSON. `named`: form names and their texts, in order of arrival.

    Without indexes the n-th weight belongs to the n-th colour. ApiError names `field` when that
    leaves a doubt, or when a value comes twice.
    """
    whole: dict[str, object] = {}
    members: dict[tuple[bool, int], dict[str, object]] = {}
    unnumbered: Counter[str] = Counter()
    for name, text in named:
        found = PATH.fullmatch(name)
        if found is None:  # the object itself, beside pieces of it
            raise _unclear(field)
        key = found[3]
        if key is None:
            into, key = whole, "name"
        else:
            place = int(found[2]) if found[2] else unnumbered[key]
            unnumbered[key] += not found[2]
            into = members.setdefault((not found[2], place), {})
        if key in into:
            raise _unclear(field)
        into[key] = float(text) if key == "color_weight" and _NUMBER.fullmatch(text) else text
    if unnumbered["color_weight"] not in (0, unnumbered["color_hex"]):
        raise _unclear(field)
    if members:
        whole["members"] = [members[place] for place in sorted(members)]
    return msgspec.json.encode(whole).decode()


def _unclear(field: str) -> ApiError:
    return ApiError(
        "invalid_value",
        f"{field} came in pieces that do not fit together: send it once, as JSON text.",
        param=field,
    )
