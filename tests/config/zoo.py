"""A small catalogue of two animals, for rows that must not be sold."""

from typing import Any

import pytest

from config.catalogue import BadCatalogue, Catalogue
from config.merge import load

SIZES = """
[[sizes]]
name = "square"
resolutions = ["1024x1024", "512x512"]
ratios = { 1x1 = "1024x1024", 16x9 = "1312x736" }
"""
MODELS = """
default_model = "fox"
alias = [{ name = "vixen", model = "fox" }, { name = "gpt-*", model = "fox" }]
[[model]]
name = "fox"
upstream_model = "F_1"
family = "v3"
operations = ["generate"]
sizes = "square"
fields = ["seed"]
speeds = ["FLASH", "TURBO", "DEFAULT"]
"""
OWL = """
[[model]]
name = "owl"
upstream_model = "O_1"
family = "legacy"
operations = ["generate"]
sizes = "square"
"""
START = "2026-01-01T00:00:00Z"


def row(**other: Any) -> dict[str, Any]:
    return {
        "upstream": "zoo",
        "model": "F_1",
        "operation": "generate",
        "speed": "DEFAULT",
        "microusd": 60_000,
        "unit": "output",
        "effective_from": START,
        "source": "a sign at the gate",
        **other,
    }


def toml(*rows: dict[str, Any]) -> str:
    def text(value: object) -> str:
        return str(value).lower() if isinstance(value, bool | int | float) else f'"{value}"'

    lines = ("{ " + ", ".join(f"{k} = {text(v)}" for k, v in row.items()) + " }," for row in rows)
    return "price = [\n" + "\n".join(lines) + "\n]\n"


BOTH = (row(), row(speed="TURBO", microusd=30_000))
PRICES = toml(*BOTH)


def made(models: str = MODELS, prices: str = PRICES, sizes: str = SIZES, **over: Any) -> Catalogue:
    return load(models, prices, sizes, over)


def complaint(**texts: Any) -> str:
    with pytest.raises(BadCatalogue) as caught:
        made(**texts)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return str(caught.value)
