"""What we sell: models, prices and sizes as rows, checked before the first request."""

from collections.abc import Mapping
from datetime import UTC, datetime
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

V3_SPEEDS: Final[tuple[Speed, ...]] = ("FLASH", "TURBO", "DEFAULT", "QUALITY")
NATIVE_FIELDS: Final[tuple[str, ...]] = (  # Ideogram's own, in the spelling requests are folded to
    "aspect_ratio",
    "resolution",
    "rendering_speed",
    "magic_prompt",
    "negative_prompt",
    "seed",
    "style_type",
    "style_preset",
    "style_codes",
    "style_reference_images",
    "color_palette",
    "image_weight",
    "resemblance",
    "detail",
    "describe_model_version",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class BadCatalogue(Exception):
    """Rows that cannot be sold: one line a fault, each naming its row and what is wrong with it."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our own rows: an unknown key is an error."""


class Model(_Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One name that callers may ask for.

    `upstream_model` is Ideogram's own name (V_3, V_2_TURBO, ... ; UPSCALE and DESCRIBE for the
    operation rows) and the key of the price rows. `speed` is set on rows whose speed is fixed;
    `speeds` lists what `quality` or `rendering_speed` may choose (that one speed on such a row,
    empty on legacy rows).
    `fields` are the native fields that the model's generate takes, in the spelling that requests
    are folded to (ideogram-upstream 1.2, 1.4); on an operation row, those of that operation.
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

    `resolutions` is empty where the model takes ratios only (V_1*, V_2A*); both are empty where
    the input decides (upscale, describe). Ratio keys are written "16x9".
    """

    name: str
    resolutions: tuple[str, ...] = ()
    ratios: Mapping[str, str] = {}


class PriceStep(NamedTuple):
    """A unit price (micro-USD) and the moment (unix milliseconds, UTC) from which it applies."""

    effective_from_ms: int
    microusd: MicroUSD
    assumed: bool


class Product(NamedTuple):
    """What a price is for. `prices` is the price table, `model` Ideogram's own name."""

    prices: str
    model: str
    operation: str
    speed: str | None


class Offer(NamedTuple):
    """How a product is billed: what is counted, and its price steps, oldest first."""

    unit: Unit
    steps: tuple[PriceStep, ...]


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
    """The merged, checked rows. `config.merge.load` makes it.

    `models` and `aliases` are keyed by lower-case name; an alias leads to a model's name.
    `patterns` are aliases for names that begin so ("gpt-image-"), longest first; they are never
    listed. `offers` follows from `prices`.
    """

    models: Mapping[str, Model]
    aliases: Mapping[str, str]
    prices: tuple[Price, ...]
    sizes: Mapping[str, Sizes]
    default_model: str
    table_version: str  # hash of the merged price rows, in every journal entry
    patterns: tuple[tuple[str, str], ...] = ()
    offers: Mapping[Product, Offer] = {}

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "offers", offers(self.prices))

    def find(self, name: str) -> Model | None:
        """The row behind a name or alias, in any case; None when nobody sells it."""
        asked = name.lower()
        row = self.models.get(asked)
        if row is not None:
            return row
        target = self.aliases.get(asked)
        if target is None:
            target = next((to for stem, to in self.patterns if asked.startswith(stem)), "")
        return self.models.get(target.lower())

    def schedule(
        self, prices: str, upstream_model: str, operation: str, speed: Speed | None
    ) -> tuple[PriceStep, ...]:
        """Price steps of one product, oldest first; empty when no row prices it."""
        offer = self.offers.get(Product(prices, upstream_model, operation, speed))
        return offer.steps if offer else ()

    def unit(
        self, prices: str, upstream_model: str, operation: str, speed: Speed | None
    ) -> Unit | None:
        """What is counted for one product; None when no row prices it."""
        offer = self.offers.get(Product(prices, upstream_model, operation, speed))
        return offer.unit if offer else None


def product(price: Price) -> Product:
    """What a price row is for."""
    return Product(price.upstream, price.model, price.operation, price.speed)


def moment_ms(moment: str) -> int:
    """Unix milliseconds of an RFC 3339 moment that names its offset. Raises ValueError."""
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        raise ValueError("no time zone")
    since = read - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def offers(prices: tuple[Price, ...]) -> dict[Product, Offer]:
    """Every priced product with its steps, oldest first."""
    found: dict[Product, Offer] = {}
    for row in sorted(prices, key=lambda row: moment_ms(row.effective_from)):
        step = PriceStep(moment_ms(row.effective_from), MicroUSD(row.microusd), row.assumed)
        before = found.get(product(row), Offer(row.unit, ()))
        found[product(row)] = Offer(row.unit, (*before.steps, step))
    return found
