"""How callers write Ideogram's words, and how Ideogram writes them."""

import difflib
import re
from collections.abc import Collection
from typing import Final

from adapters.openai.errors import ApiError
from adapters.openai.wording import listed, shown

# ideogram-upstream 1.3
STYLE_PRESETS: Final = frozenset(
    (
        "80S_ILLUSTRATION",
        "90S_NOSTALGIA",
        "ABSTRACT_ORGANIC",
        "ANALOG_NOSTALGIA",
        "ART_BRUT",
        "ART_DECO",
        "ART_POSTER",
        "AURA",
        "AVANT_GARDE",
        "BAUHAUS",
        "BLUEPRINT",
        "BLURRY_MOTION",
        "BRIGHT_ART",
        "C4D_CARTOON",
        "CHILDRENS_BOOK",
        "COLLAGE",
        "COLORING_BOOK_I",
        "COLORING_BOOK_II",
        "CUBISM",
        "DARK_AURA",
        "DOODLE",
        "DOUBLE_EXPOSURE",
        "DRAMATIC_CINEMA",
        "EDITORIAL",
        "EMOTIONAL_MINIMAL",
        "ETHEREAL_PARTY",
        "EXPIRED_FILM",
        "FLAT_ART",
        "FLAT_VECTOR",
        "FOREST_REVERIE",
        "GEO_MINIMALIST",
        "GLASS_PRISM",
        "GOLDEN_HOUR",
        "GRAFFITI_I",
        "GRAFFITI_II",
        "HALFTONE_PRINT",
        "HIGH_CONTRAST",
        "HIPPIE_ERA",
        "ICONIC",
        "JAPANDI_FUSION",
        "JAZZY",
        "LONG_EXPOSURE",
        "MAGAZINE_EDITORIAL",
        "MINIMAL_ILLUSTRATION",
        "MIXED_MEDIA",
        "MONOCHROME",
        "NIGHTLIFE",
        "OIL_PAINTING",
        "OLD_CARTOONS",
        "PAINT_GESTURE",
        "POP_ART",
        "RETRO_ETCHING",
        "RIVIERA_POP",
        "SPOTLIGHT_80S",
        "STYLIZED_RED",
        "SURREAL_COLLAGE",
        "TRAVEL_POSTER",
        "VINTAGE_GEO",
        "VINTAGE_POSTER",
        "WATERCOLOR",
        "WEIRD",
        "WOODBLOCK_PRINT",
    )
)
PALETTES: Final = frozenset(
    ("EMBER", "FRESH", "JUNGLE", "MAGIC", "MELON", "MOSAIC", "PASTEL", "ULTRAMARINE")
)
MAGIC_PROMPTS: Final = ("AUTO", "ON", "OFF")

_MISPRINTS: Final = {"SPECT_16_10": "ASPECT_16_10"}  # AiHubMix's page (ideogram-upstream 9.1)
_RATIO: Final = re.compile(r"(?:ASPECT_([0-9]{1,2})_([0-9]{1,2})|([0-9]{1,2})[X:]([0-9]{1,2}))")
_WXH: Final = re.compile(r"([1-9][0-9]{0,4})X([1-9][0-9]{0,4})")
_NAMED: Final = re.compile(r"RESOLUTION_([1-9][0-9]{0,4})_([1-9][0-9]{0,4})")

_SHOWN = 12  # a longer enumeration is answered with the words nearest to what was asked


def ratio(text: str) -> str | None:
    """`16x9`, `16:9`, `ASPECT_16_9` in any case -> "16x9"; None when it is no ratio."""
    word = text.strip().upper()
    found = _RATIO.fullmatch(_MISPRINTS.get(word, word))
    if found is None:
        return None
    width, height = found[1] or found[3], found[2] or found[4]
    return f"{int(width)}x{int(height)}"


def size(text: str) -> tuple[int, int] | None:
    """`1792x1024` in any case -> (1792, 1024); None when it is not two whole numbers above zero."""
    found = _WXH.fullmatch(text.strip().upper())
    return None if found is None else (int(found[1]), int(found[2]))


def pixels(text: str) -> tuple[int, int] | None:
    """A size, or `RESOLUTION_1344_768` in any case -> (1344, 768); None when it is neither."""
    found = _NAMED.fullmatch(text.strip().upper())
    return size(text) if found is None else (int(found[1]), int(found[2]))


def member(text: str, allowed: Collection[str], param: str, taker: str) -> str:
    """The official spelling of one word of an enumeration, asked in any case.

    ApiError invalid_value names what `taker` takes, or the nearest words of a long list.
    """
    word = text.strip().upper()
    if word in allowed:
        return word
    if len(allowed) <= _SHOWN:
        hint = f"{taker} takes {listed(allowed)}."
    else:
        near = difflib.get_close_matches(word, sorted(allowed), n=3, cutoff=0.0)
        hint = f"{taker} takes {len(allowed)} values; nearest: {listed(near)}."
    raise ApiError("invalid_value", f'Invalid {param} "{shown(text)}": {hint}', param=param)
