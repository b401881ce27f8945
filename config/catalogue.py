"""What we sell: models, prices and sizes as rows, checked before the first request."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from config.money import MicroUSD

Family = Literal["v3", "legacy"]
Speed = Literal["FLASH", "TURBO", "DEFAULT", "QUALITY"]
Operation = Literal[
    "generate", "remix", "edit", "reframe", "replace_background", "upscale", "describe"
]
Unit = Literal["output", "input"]
Kind = Literal["aihubmix", "ideogram"]


class BadCatalogue(Exception):
    """A row that cannot be sold: the message names the row and what is wrong with it."""


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our own rows: an unknown key is an error."""


class Model(_Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One name that callers may ask for.

    `upstream_model` is Ideogram's own name (V_3, V_2_TURBO, ... ; UPSCALE and DESCRIBE for the
    operation rows) and the key of the price rows. `speed` is set on rows whose speed is fixed;
    `speeds` lists what `quality` or `rendering_speed` may choose (empty on legacy rows).
    `fields` are the native fields that the model's generate takes (ideogram-upstream 1.2, 1.4).
    """

    name: str
    upstream_model: str
    family: Family
    operations: tuple[Operation, ...]
    sizes: str
    fields: tuple[str, ...] = ()
    speed: Speed | None = None
    speeds: tuple[Speed, ...] = ()
    created: int = 0  # unix seconds shown by /v1/models


class Price(_Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One price. `operation` also names operations that are priced but not offered yet.

    `upstream` is the price table ("aihubmix", "ideogram"); `speed` is None for legacy rows;
    `effective_from` is UTC, RFC 3339; `effective_until` None = until the next row.
    """

    upstream: str
    model: str
    operation: str
    microusd: int
    unit: Unit
    effective_from: str
    source: str
    speed: Speed | None = None
    effective_until: str | None = None
    assumed: bool = False


class Sizes(_Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model can draw: exact pixel sizes ("1344x768") and ratios with the pixels each yields.

    `resolutions` is empty where the model takes ratios only (V_1*, V_2A*).
    """

    name: str
    resolutions: tuple[str, ...]
    ratios: Mapping[str, str]


class PriceStep(NamedTuple):
    """A unit price (micro-USD) and the moment (unix milliseconds, UTC) from which it applies."""

    effective_from_ms: int
    microusd: MicroUSD
    assumed: bool


class Upstream(_Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account at a supplier (`[[upstream]]`).

    `prices` names the price table; `account` is the name under which places are shared.
    `max_file` in bytes. `fields_added/removed` are "operation.field" corrections of the kind's
    field table. `failed_is_free`: a complete HTTP 500 with a parseable error is not billed.
    """

    name: str
    base_url: str
    kind: Kind
    prices: str
    account: str
    slots: int = 10
    operations: tuple[Operation, ...] = (
        "generate",
        "remix",
        "edit",
        "reframe",
        "replace_background",
        "upscale",
        "describe",
    )
    fields_added: tuple[str, ...] = ()
    fields_removed: tuple[str, ...] = ()
    max_file: int = 10 * 1024 * 1024
    failed_is_free: bool = False


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The merged, checked rows. `aliases` map a name (lower case) to a model's name."""

    models: Mapping[str, Model]
    aliases: Mapping[str, str]
    prices: tuple[Price, ...]
    sizes: Mapping[str, Sizes]
    default_model: str
    table_version: str  # hash of the merged price rows, in every journal entry

    def find(self, name: str) -> Model | None:
        """The row behind a name or alias, in any case; None when nobody sells it."""
        raise NotImplementedError

    def schedule(
        self, prices: str, upstream_model: str, operation: str, speed: Speed | None
    ) -> tuple[PriceStep, ...]:
        """Price steps of one product, oldest first; empty when no row prices it."""
        raise NotImplementedError


V3_SPEEDS: Final[tuple[Speed, ...]] = ("FLASH", "TURBO", "DEFAULT", "QUALITY")
