"""Colour palettes: a preset's name, or up to eight weighted colours."""

import re
from collections.abc import Mapping
from typing import Any, Final

from adapters.openai.errors import ApiError
from adapters.openai.wording import shown
from adapters.translate import spellings

MOST_MEMBERS: Final = 8  # ideogram-upstream 1.3
LEAST_WEIGHT, MOST_WEIGHT = 0.05, 1.0  # ideogram-upstream 1.3

_FIELD: Final = "color_palette"
_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")


def read(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """{"name": "EMBER"} or {"members": [{"color_hex", "color_weight"?}]}, spelled officially."""
    said = {key: value for key, value in asked.items() if value is not None}
    if said.keys() >= {"name", "members"}:
        raise ApiError(
            "mutually_exclusive_parameters",
            "color_palette.name and color_palette.members exclude each other: send one of them.",
            param=_FIELD,
        )
    match said:
        case {"name": str(name), **rest} if not rest:
            return {"name": spellings.member(name, spellings.PALETTES, _FIELD, "name")}
        case {"members": [*members], **rest} if not rest and 0 < len(members) <= MOST_MEMBERS:
            return {"members": [_member(one, place) for place, one in enumerate(members)]}
    raise _refused(
        'send {"name": "EMBER"} with a preset, or {"members": [...]} with one to'
        f" {MOST_MEMBERS} colours, and nothing else."
    )


def _member(asked: object, place: int) -> dict[str, Any]:
    said = asked if isinstance(asked, Mapping) else {}
    color, weight = said.get("color_hex"), said.get("color_weight")
    if not isinstance(color, str) or said.keys() - {"color_hex", "color_weight"}:
        raise _refused(f"members[{place}] must be {{color_hex, color_weight (optional)}}.")
    if not _HEX.fullmatch(color):
        raise _refused(f'members[{place}].color_hex must be #RGB or #RRGGBB, got "{shown(color)}".')
    if weight is None:
        return {"color_hex": color}
    if not _weighs(weight):
        raise _refused(
            f"members[{place}].color_weight must be a number from {LEAST_WEIGHT} to {MOST_WEIGHT}."
        )
    return {"color_hex": color, "color_weight": weight}


def _weighs(weight: object) -> bool:
    return (
        isinstance(weight, int | float)
        and not isinstance(weight, bool)
        and LEAST_WEIGHT <= weight <= MOST_WEIGHT
    )


def _refused(why: str) -> ApiError:
    return ApiError("invalid_value", f"Invalid color_palette: {why}", param=_FIELD)
