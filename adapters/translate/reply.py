"""What came back, read for the caller: rewritten prompts, the end of links, whose field was meant."""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

_LONGEST_MOMENT: Final = 11  # digits of unix seconds, up to the year 5138

# What the upstream calls our fields (ideogram-upstream 1.2, 1.4); the others have one name.
_OURS: Final = {
    "num_images": "n",
    "magic_prompt_option": "magic_prompt",
    "image_file": "image",
}
_TELLING: Final = (  # names that are no English words
    "num_images|magic_prompt_option|magic_prompt|image_file|aspect_ratio|rendering_speed"
    "|negative_prompt|style_type|style_preset|style_codes|style_reference_images|color_palette"
    "|image_weight|describe_model_version"
)
_PLAIN: Final = "prompt|model|seed|resolution|image|mask|resemblance|detail"
_FIELD: Final = re.compile(
    rf"(?<!\w)({_TELLING})(?!\w)"  # anywhere
    rf"|[\"'`.\[]({_PLAIN})[\"'`\]]"  # an English word only where it is marked as a name
    rf"|\A({_PLAIN})\s*:",
)


def rewritten(drawn: str | None, asked: str) -> str | None:
    """The prompt that was drawn, where magic prompt changed it; None where it is the asked one."""
    return drawn if drawn and drawn != asked else None


def expiry(link: str) -> int | None:
    """Unix seconds at which a link dies, from its `exp` (ideogram-upstream 0.9); None if unsaid."""
    try:
        said = parse_qs(urlsplit(link).query).get("exp", [""])[0]
    except ValueError:
        return None
    whole = said.isascii() and said.isdigit() and len(said) <= _LONGEST_MOMENT
    return int(said) if whole else None


def our_field(message: str) -> str | None:
    """The parameter an upstream's complaint speaks of, by the name that our callers use."""
    found = _FIELD.search(message)
    if found is None:
        return None
    name = str(found[1] or found[2] or found[3])
    return _OURS.get(name, name)
