"""The sandbox's prices are those of the AiHubMix page (ideogram-upstream 4.1)."""

from typing import Any

import pytest

from adapters.sandbox.ask import Ask
from adapters.sandbox.bill import unit_price
from adapters.sandbox.endpoints import find

PAGE = """
V_3 TURBO generate 0.03 | V_3 TURBO remix 0.03 | V_3 TURBO edit 0.06 | V_3 TURBO reframe 0.06
V_3 TURBO replace-background 0.06 | V_3 DEFAULT generate 0.06 | V_3 DEFAULT remix 0.06
V_3 DEFAULT edit 0.06 | V_3 DEFAULT reframe 0.06 | V_3 DEFAULT replace-background 0.06
V_3 QUALITY generate 0.09 | V_3 QUALITY remix 0.09 | V_3 QUALITY edit 0.09
V_3 QUALITY reframe 0.09 | V_3 QUALITY replace-background 0.09
V_2A - generate 0.04 | V_2A - remix 0.04 | V_2A_TURBO - generate 0.025 | V_2A_TURBO - remix 0.025
V_2 - generate 0.08 | V_2 - remix 0.08 | V_2 - edit 0.08
V_2_TURBO - generate 0.05 | V_2_TURBO - remix 0.05 | V_2_TURBO - edit 0.05
V_1 - generate 0.06 | V_1 - remix 0.06 | V_1_TURBO - generate 0.02 | V_1_TURBO - remix 0.02
UPSCALE - upscale 0.06
"""
ROWS = [row.split() for row in PAGE.replace("\n", "|").split("|") if row.strip()]


def ask(path: str, **values: Any) -> Ask:
    endpoint = find(path)
    assert endpoint is not None
    return Ask(endpoint, values, {})


@pytest.mark.parametrize(("model", "speed", "operation", "usd"), ROWS)
def test_a_unit_costs_what_the_page_says(model: str, speed: str, operation: str, usd: str) -> None:
    if model == "V_3":
        asked = ask(f"/v1/ideogram-v3/{operation}", rendering_speed=speed)
    else:
        asked = ask(f"/{operation}", model=model)
    assert asked.model == model
    assert unit_price(asked) == round(float(usd) * 1_000_000)


def test_the_prices_that_nobody_published_are_assumed() -> None:
    assert unit_price(ask("/describe")) == 10_000
    assert unit_price(ask("/generate", model="AUTO")) == 80_000
    assert unit_price(ask("/v1/ideogram-v3/generate", rendering_speed="FLASH")) == 30_000
    character = ask("/v1/ideogram-v3/generate", character_reference_images=[object()])
    assert unit_price(character) == 150_000
