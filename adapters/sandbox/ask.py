"""One submit, read and checked: body -> Ask, or a Refusal as the official rules have it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image

from adapters.sandbox import tables
from adapters.sandbox.endpoints import Endpoint
from adapters.sandbox.kinds import Picture, check_all, lift
from adapters.sandbox.refusal import bad
from adapters.sandbox.wire import Part, json_of, parts_of

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
REWRITTEN = "{}, rewritten by magic prompt: soft light, fine detail, a calm composition"


class Ask(NamedTuple):
    """A submit that Ideogram would take. `values` are flat; `sent` is what the bill shows."""

    endpoint: Endpoint
    values: Mapping[str, Any]
    sent: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        text: str = self.values.get("prompt", "")
        return text

    @property
    def final_prompt(self) -> str:
        """Magic prompt ON visibly rewrites; AUTO and OFF leave the text alone."""
        magic = self.values.get("magic_prompt", self.values.get("magic_prompt_option"))
        return REWRITTEN.format(self.prompt) if magic == "ON" and self.prompt else self.prompt

    @property
    def images(self) -> int:
        """Images in progress: a description counts as one."""
        count: int = self.values.get("num_images", 1)
        return count

    @property
    def model(self) -> str:
        if self.endpoint.operation in ("upscale", "describe"):
            return self.endpoint.operation.upper()
        model: str = "V_3" if self.endpoint.family == "v3" else self.values.get("model", "V_2")
        return model

    @property
    def speed(self) -> str | None:
        if self.endpoint.family == "legacy":
            return None
        speed: str = self.values.get("rendering_speed", "DEFAULT")
        return speed

    @property
    def style(self) -> str | None:
        """The style a reply names: none where codes or the first generation leave no choice."""
        if "style_codes" in self.values or self.model.startswith(("V_1", "UPSCALE")):
            return None
        style: str = self.values.get("style_type", "GENERAL")
        return style

    @property
    def picture(self) -> Image.Image:
        """The input; only asked for where the endpoint requires one."""
        picture: Image.Image = self.values.get("image") or self.values["image_file"]
        return picture

    @property
    def size(self) -> tables.Size:
        """Pixels of the output before any upscale."""
        if resolution := self.values.get("resolution"):
            return tables.size_of(resolution)
        if self.endpoint.operation not in ("generate", "remix"):
            return self.picture.size  # the output follows the input (ideogram-upstream 1.4)
        if self.endpoint.family == "v3":
            return tables.V3_RATIOS[self.values.get("aspect_ratio", "1x1")]
        ratios = tables.V1_RATIOS if self.model.startswith("V_1") else tables.LEGACY_RATIOS
        return ratios[self.values.get("aspect_ratio", "ASPECT_1_1")]


def read(endpoint: Endpoint, content_type: str, body: bytes) -> Ask:
    """CPU-bound (it decodes the pictures): called in a thread."""
    if endpoint.encoding == "json":
        document = json_of(content_type, body)
        if not isinstance(document, dict):
            raise bad("The body must be an object")
        raw, sent = document, document
    else:
        parts = parts_of(content_type, body)
        raw, sent = _grouped(endpoint, parts), _shown(parts)
    values = endpoint.flat(check_all(endpoint.fields, endpoint.required, raw))
    ask = Ask(endpoint, values, sent)
    _exclusions(ask)
    _legacy_rules(ask)
    _characters(ask)
    _mask(ask)
    return ask


def _grouped(endpoint: Endpoint, parts: Sequence[Part]) -> dict[str, Any]:
    named: dict[str, list[Part]] = {}
    for part in parts:
        named.setdefault(part.name, []).append(part)
    return {
        name: lift(name, endpoint.fields[name], found) if name in endpoint.fields else None
        for name, found in named.items()
    }


def _shown(parts: Sequence[Part]) -> dict[str, Any]:
    """The form as it came: texts as lists, files by name, type and length."""
    shown: dict[str, list[Any]] = {}
    for part in parts:
        file = {
            "filename": part.filename,
            "content_type": part.content_type,
            "bytes": len(part.content),
        }
        value = file if part.filename is not None else part.content.decode(errors="replace")
        shown.setdefault(part.name, []).append(value)
    return shown


def _exclusions(ask: Ask) -> None:
    for first, second in ask.endpoint.excludes:
        if first in ask.values and second in ask.values:
            raise bad(f"{first} cannot be used in conjunction with {second}")


def _legacy_rules(ask: Ask) -> None:
    """Fields that some models do not know (ideogram-upstream 1.4, 1.6)."""
    if ask.endpoint.family != "legacy":
        return
    first, third = ask.model.startswith("V_1"), ask.model.startswith("V_2A")
    forbidden = {
        "style_type": first,
        "negative_prompt": third,
        "color_palette": first or third,
        "resolution": (first or third) and ask.endpoint.operation != "reframe",
    }
    for name, never in forbidden.items():
        if never and name in ask.values:
            raise bad(f"{name} is not supported by {ask.model}")
    if ask.endpoint.operation == "edit" and ask.model not in ("V_2", "V_2_TURBO"):
        raise bad("model must be V_2 or V_2_TURBO on this endpoint")


def _characters(ask: Ask) -> None:
    references = ask.values.get("character_reference_images", [])
    masks = ask.values.get("character_reference_images_mask", [])
    if len(references) > 1:
        raise bad("character_reference_images takes exactly one picture")
    if masks and len(masks) != len(references):
        raise bad("character_reference_images_mask must match character_reference_images")
    for reference, mask in zip(references, masks, strict=False):
        if reference.size != mask.size:
            raise bad("character_reference_images_mask must have the size of its picture")


def _mask(ask: Ask) -> None:
    mask = ask.values.get("mask")
    if not isinstance(ask.endpoint.fields.get("mask"), Picture) or mask is None:
        return
    if mask.size != ask.picture.size:
        raise bad("mask must have the size of the image")
    colours = mask.convert("RGB").getcolors(2)
    if colours is None or not {colour for _, colour in colours} <= {BLACK, WHITE}:
        raise bad("mask must be black and white only")
    if ask.endpoint.family == "legacy" and BLACK not in {colour for _, colour in colours}:
        raise bad("mask selects nothing: some of it must be black")
