"""Fields mixed at random: whatever we take, the upstream takes too, and the books agree with its bill."""

import random
from typing import Any, Final

import pytest

from tests.adapters.pixels.drawn import halves, saved
from tests.service.editing import (
    DESCRIPTIONS,
    EDITS,
    MASK,
    PICTURE,
    SQUARE,
    SQUARE_MASK,
    VARIATIONS,
    Editor,
)

pytest_plugins = ["tests.service.editors"]

ROUNDS: Final = 50
MODELS: Final = (
    "ideogram-v3", "ideogram-v3-turbo", "ideogram-v3-quality", "ideogram-v2", "ideogram-v2-turbo",
    "ideogram-v2a", "ideogram-v2a-turbo", "ideogram-v1", "ideogram-v1-turbo", "ideogram-upscale",
    "dall-e-2", "gpt-image-1",
)  # fmt: skip
VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "operation": ("edit", "remix", "reframe", "replace_background", "upscale"),
    "n": ("1", "2", "10"),
    "size": ("auto", "1024x1024", "1792x1024", "1536x512", "512x512"),
    "quality": ("low", "medium", "high", "standard"),
    "style": ("vivid", "natural"),
    "aspect_ratio": ("1x1", "16:9", "ASPECT_3_2", "1x2"),
    "resolution": ("1024x1024", "RESOLUTION_1344_768", "1280x720"),
    "rendering_speed": ("TURBO", "QUALITY", "FLASH"),
    "magic_prompt": ("AUTO", "ON", "OFF"),
    "negative_prompt": ("blur",),
    "seed": ("0", "2147483647", "77"),
    "style_type": ("AUTO", "REALISTIC", "FICTION", "ANIME", "DESIGN"),
    "style_preset": ("WATERCOLOR", "ART_DECO"),
    "style_codes": ("AAFF64E1",),
    "color_palette": ('{"name": "EMBER"}', '{"members": [{"color_hex": "#aabbcc"}]}'),
    "style_reference_images": (SQUARE, [SQUARE, PICTURE]),
    "image_weight": ("1", "100"),
    "input_fidelity": ("low", "high"),
    "resemblance": ("1", "100"),
    "detail": ("50",),
    "describe_model_version": ("V_2", "V_3"),
    "user": ("someone",),
    "background": ("auto", "opaque"),
    "moderation": ("low", "auto"),
    "output_compression": ("50",),
}


def mixed(dice: random.Random) -> tuple[str, dict[str, Any]]:
    """A route and fields that are right each by itself."""
    path = dice.choice([EDITS] * 6 + [VARIATIONS, DESCRIPTIONS])
    square = dice.random() < 0.5
    names = dice.sample(sorted(VALUES), dice.choice((0, 1, 1, 2, 2, 3)))
    fields = {name: dice.choice(VALUES[name]) for name in names}
    fields |= {"image": SQUARE if square else PICTURE, "response_format": "url"}
    if dice.random() < 0.7:
        fields["model"] = dice.choice(MODELS)
    if path == EDITS:
        fields["prompt"] = dice.choice(("a fox", "ein Fuchs, füchsisch \U0001f98a"))
        if dice.random() < 0.3:
            fields["mask"] = SQUARE_MASK if square else MASK
        if dice.random() < 0.15:
            fields["image[]"] = saved(halves(20, 20), "JPEG")
    if path == DESCRIPTIONS:
        del fields["response_format"]
    return path, fields


@pytest.mark.parametrize("kind", ["editor", "official"])
async def test_what_we_take_the_upstream_takes(kind: str, request: pytest.FixtureRequest) -> None:
    site: Editor = request.getfixturevalue(kind)
    site.upstream.reset()
    posted, taken = site.posted(), 0
    dice = random.Random(f"{kind} of today")
    for _ in range(ROUNDS):
        path, fields = mixed(dice)
        answer = await site.post(path, fields)
        told = {name: str(value)[:60] for name, value in fields.items()}
        assert answer.status in (200, 400), (told, answer.body)
        assert site.upstream.bill()["refusals"] == {}, (path, told, answer.body)
        if answer.status == 400:
            assert answer.error["param"] is not None, (told, answer.body)
        else:
            taken += answer.json["ideogate"]["cost_microusd"]
    assert site.posted() - posted == taken > 0
    assert site.held() == 0
    if kind == "editor":
        assert site.upstream.bill()["microusd"] == taken
