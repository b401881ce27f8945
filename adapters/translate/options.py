"""Speed, style, magic prompt: OpenAI's words and Ideogram's, which of them wins, which exclude."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from adapters.openai.errors import ApiError
from adapters.openai.requests import Edit, Generate
from adapters.openai.wording import shown
from adapters.translate import spellings
from adapters.translate.fields import Served
from adapters.translate.plan import Warn
from config.catalogue import V3_SPEEDS, Family, Model, Speed

QUALITIES: Final[Mapping[str, Speed | None]] = {  # None: no wish
    "auto": None,
    "low": "TURBO",
    "medium": "DEFAULT",
    "standard": "DEFAULT",
    "high": "QUALITY",
    "hd": "QUALITY",
    "xhigh": "QUALITY",
    "max": "QUALITY",
}
STYLE_TYPES: Final[Mapping[Family, tuple[str, ...]]] = {  # ideogram-upstream 1.2, 1.4
    "v3": ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION"),
    "legacy": ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION", "RENDER_3D", "ANIME"),
}

_STYLE_CODE: Final = re.compile(r"[0-9a-fA-F]{8}")
_EXCLUSIVE: Final = (  # ideogram-upstream 1.6
    ("aspect_ratio", "resolution"),
    ("style_codes", "style_type"),
    ("style_codes", "style_reference_images"),
)


def refuse_exclusive(given: tuple[str, ...]) -> None:
    """ApiError naming both, for two native fields that no upstream takes together."""
    for one, other in _EXCLUSIVE:
        if one in given and other in given:
            raise ApiError(
                "mutually_exclusive_parameters",
                f"{one} and {other} exclude each other: send one of them.",
                param=one,
            )


def own_speed(model: Model) -> Speed:
    """The speed that a legacy model has in its name."""
    return "TURBO" if model.upstream_model.endswith("_TURBO") else "DEFAULT"


def speed(ask: Generate, model: Model, warnings: list[Warn]) -> Speed | None:
    """The rendering speed to send; None on legacy. A native value wins over `quality`."""
    wish = QUALITIES[ask.quality or "auto"]
    if model.family == "legacy":
        why = f"{model.name} has one speed of its own"
        _warn_of_quality(ask, wish, own_speed(model), why, warnings)
        return None
    native = _native_speed(ask, model)
    chosen = model.speed or native or wish or "DEFAULT"
    if chosen not in model.speeds:
        param = "rendering_speed" if native else "quality"
        raise ApiError(
            "invalid_value", f"{model.name} is not sold at {param} {chosen}.", param=param
        )
    why = f"{model.name} always renders" if model.speed else "rendering_speed was given, so it ran"
    _warn_of_quality(ask, wish, chosen, f"{why} at {chosen}", warnings)
    return chosen


def _native_speed(ask: Generate, model: Model) -> Speed | None:
    if ask.rendering_speed is None:
        return None
    word = spellings.member(ask.rendering_speed, V3_SPEEDS, "rendering_speed", model.name)
    if model.speed not in (None, word):
        raise ApiError(
            "unsupported_parameter",
            f"{model.name} always renders at {model.speed}, so it does not take rendering_speed"
            f" {word}; a model without a speed in its name does.",
            param="rendering_speed",
        )
    return next(one for one in V3_SPEEDS if one == word)


def _warn_of_quality(
    ask: Generate, wish: Speed | None, ran: Speed, why: str, warnings: list[Warn]
) -> None:
    if wish not in (None, ran):
        message = f"quality {ask.quality} was not used: {why}."
        warnings.append(Warn("quality_ignored", "quality", message))


def style_type(ask: Generate, served: Served, warnings: list[Warn]) -> str | None:
    """The style to say. AUTO is said aloud, because the upstreams' defaults differ.

    Ideogram's is GENERAL, AiHubMix's AUTO (ideogram-upstream 9.18).
    """
    model, natural = served.model, ask.style == "natural"
    if ask.style_type is not None:
        allowed = STYLE_TYPES[model.family]
        native = spellings.member(ask.style_type, allowed, "style_type", model.name)
        if natural and native != "REALISTIC":
            _warn_of_style(ask, f"style_type {native} was given", warnings)
        return native
    if "style_type" not in served.fields:
        if natural or (ask.style is not None and not _styled(model)):
            taker = served.operation if _styled(model) else model.name
            _warn_of_style(ask, f"{taker} has no styles", warnings)
        return None
    if ask.style_codes:
        if natural:
            _warn_of_style(ask, "style_codes were given", warnings)
        return None
    return "REALISTIC" if natural else "AUTO"


def magic_prompt(ask: Generate, served: Served, warnings: list[Warn]) -> str | None:
    """AUTO, ON, OFF or None. `vivid` turns it on, where the model has styles at all."""
    vivid = ask.style == "vivid" and _styled(served.model)
    if ask.magic_prompt is not None:
        words = spellings.MAGIC_PROMPTS
        native = spellings.member(ask.magic_prompt, words, "magic_prompt", served.model.name)
        if vivid and native != "ON":
            _warn_of_style(ask, f"magic_prompt {native} was given", warnings)
        return native
    if vivid and "magic_prompt" not in served.fields:
        _warn_of_style(ask, f"{served.operation} does not take magic_prompt here", warnings)
        return None
    return "ON" if vivid else None


def _styled(model: Model) -> bool:
    return "style_type" in model.fields


def _warn_of_style(ask: Generate, why: str, warnings: list[Warn]) -> None:
    warnings.append(Warn("style_ignored", "style", f"style {ask.style} was not used: {why}."))


def style_preset(ask: Generate, wanted: Collection[str], warnings: list[Warn]) -> str | None:
    """One of the 62 presets, or None. `wanted`: the native fields that will be sent."""
    if ask.style_preset is None:
        return None
    presets = spellings.STYLE_PRESETS
    preset = spellings.member(ask.style_preset, presets, "style_preset", "Ideogram 3.0")
    for other in ("style_codes", "style_reference_images"):
        if other in wanted:  # the specification is silent here (ideogram-upstream 1.6)
            message = (
                f"style_preset was sent together with {other}; Ideogram does not say which of them"
                " decides the style."
            )
            warnings.append(Warn("combination_undocumented", "style_preset", message))
    return preset


def style_codes(ask: Generate) -> tuple[str, ...]:
    """Codes of 8 hex digits, as they were written."""
    codes = ask.style_codes or ()
    for place, code in enumerate(codes):
        if not _STYLE_CODE.fullmatch(code):
            raise ApiError(
                "invalid_value",
                f'style_codes[{place}] must be 8 hex digits, got "{shown(code)}".',
                param="style_codes",
            )
    return codes


FIDELITIES: Final[Mapping[str | None, int]] = {"low": 30, "high": 80}


def image_weight(ask: Edit, served: Served, unsaid: int, warnings: list[Warn]) -> int | None:
    """1..100, or None where nothing takes it. `unsaid`: when nobody wished for anything."""
    wish = FIDELITIES.get(ask.input_fidelity)
    if ask.image_weight is not None:
        if wish not in (None, ask.image_weight):
            _warn_of_fidelity(ask, f"image_weight {ask.image_weight} was given", warnings)
        return ask.image_weight
    if "image_weight" in served.fields:
        return unsaid if wish is None else wish
    if wish is not None:
        _warn_of_fidelity(ask, f"{served.operation} has no image_weight here", warnings)
    return None


def _warn_of_fidelity(ask: Edit, why: str, warnings: list[Warn]) -> None:
    message = f"input_fidelity {ask.input_fidelity} was not used: {why}."
    warnings.append(Warn("input_fidelity_ignored", "input_fidelity", message))
