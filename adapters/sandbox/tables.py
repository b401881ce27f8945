"""Ideogram's enumerations and sizes, as its document lists them (ideogram-upstream 1.3, 1.4, 2)."""

from typing import Final

Size = tuple[int, int]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


V3_RESOLUTIONS: Final = _words("""
512x1536 576x1408 576x1472 576x1536 640x1344 640x1408 640x1472 640x1536 704x1152 704x1216
704x1280 704x1344 704x1408 704x1472 736x1312 768x1088 768x1216 768x1280 768x1344 800x1280
832x960 832x1024 832x1088 832x1152 832x1216 832x1248 864x1152 896x960 896x1024 896x1088
896x1120 896x1152 960x832 960x896 960x1024 960x1088 1024x832 1024x896 1024x960 1024x1024
1088x768 1088x832 1088x896 1088x960 1120x896 1152x704 1152x832 1152x864 1152x896 1216x704
1216x768 1216x832 1248x832 1280x704 1280x768 1280x800 1312x736 1344x640 1344x704 1344x768
1408x576 1408x640 1408x704 1472x576 1472x640 1472x704 1536x512 1536x576 1536x640
""")

V3_RATIOS: Final[dict[str, Size]] = {
    "1x3": (512, 1536),
    "3x1": (1536, 512),
    "1x2": (704, 1408),
    "2x1": (1408, 704),
    "9x16": (736, 1312),
    "16x9": (1312, 736),
    "10x16": (800, 1280),
    "16x10": (1280, 800),
    "2x3": (832, 1248),
    "3x2": (1248, 832),
    "3x4": (864, 1152),
    "4x3": (1152, 864),
    "4x5": (896, 1120),
    "5x4": (1120, 896),
    "1x1": (1024, 1024),
}

# 800x1280 is missing while 1280x800 is there: the official list is not symmetric (2.3).
_LEGACY_ADDED: Final = _words("""
640x1024 720x1280 768x1024 768x1152 768x1232 1024x640 1024x768 1152x768 1232x768 1280x720
""")
LEGACY_RESOLUTIONS: Final = tuple(
    f"RESOLUTION_{size.replace('x', '_')}"
    for size in (*V3_RESOLUTIONS, *_LEGACY_ADDED)
    if size != "800x1280"
)

# The same name yields other pixels on the first generation (2.4).
LEGACY_RATIOS: Final[dict[str, Size]] = {
    "ASPECT_10_16": (800, 1280),
    "ASPECT_16_10": (1280, 800),
    "ASPECT_9_16": (736, 1312),
    "ASPECT_16_9": (1312, 736),
    "ASPECT_3_2": (1248, 832),
    "ASPECT_2_3": (832, 1248),
    "ASPECT_4_3": (1152, 864),
    "ASPECT_3_4": (864, 1152),
    "ASPECT_1_1": (1024, 1024),
    "ASPECT_1_3": (512, 1536),
    "ASPECT_3_1": (1536, 512),
}
V1_RATIOS: Final[dict[str, Size]] = LEGACY_RATIOS | {
    "ASPECT_10_16": (768, 1232),
    "ASPECT_16_10": (1232, 768),
    "ASPECT_9_16": (720, 1280),
    "ASPECT_16_9": (1280, 720),
    "ASPECT_3_2": (1152, 768),
    "ASPECT_2_3": (768, 1152),
    "ASPECT_4_3": (1024, 768),
    "ASPECT_3_4": (768, 1024),
}

SPEEDS: Final = ("FLASH", "TURBO", "DEFAULT", "QUALITY")
MAGIC: Final = ("AUTO", "ON", "OFF")
V3_STYLES: Final = ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION")
LEGACY_STYLES: Final = (*V3_STYLES, "RENDER_3D", "ANIME")
LEGACY_MODELS: Final = ("V_1", "V_1_TURBO", "V_2", "V_2_TURBO", "V_2A", "V_2A_TURBO", "AUTO")
DESCRIBERS: Final = ("V_2", "V_3", "V_4")

PRESETS: Final = _words("""
80S_ILLUSTRATION 90S_NOSTALGIA ABSTRACT_ORGANIC ANALOG_NOSTALGIA ART_BRUT ART_DECO ART_POSTER
AURA AVANT_GARDE BAUHAUS BLUEPRINT BLURRY_MOTION BRIGHT_ART C4D_CARTOON CHILDRENS_BOOK COLLAGE
COLORING_BOOK_I COLORING_BOOK_II CUBISM DARK_AURA DOODLE DOUBLE_EXPOSURE DRAMATIC_CINEMA
EDITORIAL EMOTIONAL_MINIMAL ETHEREAL_PARTY EXPIRED_FILM FLAT_ART FLAT_VECTOR FOREST_REVERIE
GEO_MINIMALIST GLASS_PRISM GOLDEN_HOUR GRAFFITI_I GRAFFITI_II HALFTONE_PRINT HIGH_CONTRAST
HIPPIE_ERA ICONIC JAPANDI_FUSION JAZZY LONG_EXPOSURE MAGAZINE_EDITORIAL MINIMAL_ILLUSTRATION
MIXED_MEDIA MONOCHROME NIGHTLIFE OIL_PAINTING OLD_CARTOONS PAINT_GESTURE POP_ART RETRO_ETCHING
RIVIERA_POP SPOTLIGHT_80S STYLIZED_RED SURREAL_COLLAGE TRAVEL_POSTER VINTAGE_GEO VINTAGE_POSTER
WATERCOLOR WEIRD WOODBLOCK_PRINT
""")

# The names are official; the colours are ours, so that a chosen palette can be seen.
PALETTES: Final[dict[str, tuple[str, ...]]] = {
    "EMBER": ("#2b0f0a", "#8c1c13", "#e4572e", "#ffb627"),
    "FRESH": ("#0b6e4f", "#21d19f", "#a8f0c6", "#f7fff7"),
    "JUNGLE": ("#0b2b1b", "#1f6b3a", "#7a9e3d", "#e3d26f"),
    "MAGIC": ("#1c0f3f", "#5b2a86", "#c34fd0", "#8be0ff"),
    "MELON": ("#1d5c3a", "#7bc67b", "#ff6f61", "#ffe3c9"),
    "MOSAIC": ("#173f5f", "#20639b", "#f6d55c", "#ed553b"),
    "PASTEL": ("#b5c7f2", "#f7c5d8", "#fdeac0", "#c6ead1"),
    "ULTRAMARINE": ("#0a0f4a", "#1b2cc1", "#4f7cff", "#cfe0ff"),
}

BIGGEST_SEED: Final = 2_147_483_647
MOST_IMAGES: Final = 8
MOST_MEMBERS: Final = 8  # palette members (ideogram-upstream 1.3)


def size_of(resolution: str) -> Size:
    """Pixels of "1344x768" or "RESOLUTION_1344_768"."""
    width, height = resolution.removeprefix("RESOLUTION_").replace("_", "x").split("x")
    return int(width), int(height)
