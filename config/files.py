"""The files beside this one, and those an operator names: the only reading of files in config."""

from functools import cache
from pathlib import Path
from typing import Final

from config.catalogue import Catalogue
from config.merge import load

_HERE: Final = Path(__file__).parent


@cache
def shipped_text() -> tuple[str, str, str]:
    """models.toml, prices.toml and sizes.toml as they came."""
    models, prices, sizes = (
        (_HERE / name).read_text("utf-8") for name in ("models.toml", "prices.toml", "sizes.toml")
    )
    return models, prices, sizes


@cache
def shipped() -> Catalogue:
    """The catalogue as it came, without an operator's rows."""
    return load(*shipped_text())
