"""How the answer is to look, and OpenAI's fields that nothing at Ideogram answers to."""

from typing import Final, Literal

from adapters.openai.errors import ApiError
from adapters.openai.requests import Generate
from adapters.translate.plan import Delivery, Warn
from config.catalogue import Speed

OutputFormat = Literal["png", "jpeg", "webp"]

LEVELS: Final[dict[Speed, Literal["low", "medium", "high"]]] = {
    "FLASH": "low",
    "TURBO": "low",
    "DEFAULT": "medium",
    "QUALITY": "high",
}
_FORMATS: Final[dict[str, OutputFormat]] = {"png": "png", "jpeg": "jpeg", "webp": "webp"}


def deliver(
    ask: Generate, asked_model: str, exact: tuple[int, int] | None, ran: Speed, warnings: list[Warn]
) -> Delivery:
    """`exact`: pixels to cut to. `ran`: the speed, reported in OpenAI's words."""
    response_format = _response_format(ask, asked_model, warnings)
    if exact is not None and response_format == "url":
        raise ApiError(
            "mutually_exclusive_parameters",
            "size_policy exact cuts the picture to size here, which a link cannot carry: send"
            " response_format b64_json, or another size_policy.",
            param="size_policy",
        )
    output_format = _output_format(ask, response_format, warnings)
    compression = 100 if ask.output_compression is None else ask.output_compression
    if output_format == "png" and compression != 100:  # noqa: PLR2004  per cent: nothing to lose
        message = f"output_compression {compression} was not used: the picture is a PNG."
        warnings.append(Warn("output_compression_ignored", "output_compression", message))
    return Delivery(
        response_format=response_format,
        output_format=output_format,
        compression=compression,
        exact=exact,
        stream=ask.stream,
        quality=LEVELS[ran],
    )


def _response_format(
    ask: Generate, asked_model: str, warnings: list[Warn]
) -> Literal["url", "b64_json"]:
    if ask.stream:
        if ask.response_format == "url":
            message = "response_format url was not used: a stream carries base64."
            warnings.append(Warn("response_format_ignored", "response_format", message))
        return "b64_json"
    # an app that asks for a DALL-E expects links when it says nothing (openai-images 1)
    unsaid = "url" if asked_model.lower().startswith("dall-e-") else "b64_json"
    return "url" if (ask.response_format or unsaid) == "url" else "b64_json"


def _output_format(
    ask: Generate, response_format: Literal["url", "b64_json"], warnings: list[Warn]
) -> OutputFormat:
    asked = _FORMATS[ask.output_format or "png"]
    if asked == "png" or response_format == "b64_json":
        return asked
    message = (
        f"output_format {asked} was not used: a link leads to the PNG that Ideogram drew; send"
        f" response_format b64_json to get {asked}."
    )
    warnings.append(Warn("output_format_ignored", "output_format", message))
    return "png"


def unanswered(ask: Generate) -> list[Warn]:
    """A warning for every field that was asked and has no counterpart."""
    found: list[Warn] = []
    if ask.moderation == "low":
        message = "moderation low was not used: Ideogram's safety check cannot be lowered."
        found.append(Warn("moderation_ignored", "moderation", message))
    if ask.partial_images:
        message = "partial_images was not used: Ideogram sends whole pictures only."
        found.append(Warn("partial_images_ignored", "partial_images", message))
    if ask.complexity is not None:
        message = "complexity was not used: Ideogram has nothing like it."
        found.append(Warn("complexity_ignored", "complexity", message))
    for name in ask.unknown:
        message = f"{name} was not used: nobody here knows that field."
        found.append(Warn("unknown_parameter", name, message))
    return found
