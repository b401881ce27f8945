"""The three TOML texts and an operator's rows -> one checked catalogue. Pure: text in, rows out."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from config import checks, rows
from config.catalogue import BadCatalogue, Catalogue, Model, Price, Sizes

VERSION_DIGITS: Final = 12  # hex digits of the table version: 48 bits tell price tables apart

_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "models.toml": frozenset({"default_model", "model", "alias"}),
    "prices.toml": frozenset({"complete", "price"}),
    "sizes.toml": frozenset({"sizes"}),
}


class _Rows(msgspec.Struct, frozen=True, kw_only=True):
    models: list[Model]
    aliases: list[rows.Alias]
    prices: list[Price]
    sizes: list[Sizes]
    default_model: str


def load(
    models: str,
    prices: str,
    sizes: str,
    override: Mapping[str, Any] | None = None,
    *,
    tables: Collection[str] = (),
) -> Catalogue:
    """The catalogue of three TOML texts, with an operator's rows over them.

    `override` may hold lists of rows under "model", "alias" and "price", and "default_model".
    A row replaces ours of the same key as a whole: name; name; or upstream, model, operation,
    speed and effective_from together. `tables` are the price tables of the upstreams in use; with
    none, every table counts. Raises BadCatalogue with a line for each fault.
    """
    problems: list[str] = []
    ours = _shipped(models, prices, sizes, problems)
    own = _own(override or {}, problems)
    _stop(problems)
    both = _Rows(
        models=rows.merged(ours.models, own.models),
        aliases=rows.merged(ours.aliases, own.aliases),
        prices=rows.merged(ours.prices, own.prices),
        sizes=ours.sizes,
        default_model=own.default_model or ours.default_model,
    )
    problems += checks.of_own_prices(own.prices, ours.prices, both.models, tables)
    problems += _faults(both, tables)
    _stop(problems)
    catalogue = _catalogue(both)
    default = catalogue.find(both.default_model)
    problems += checks.of_default(default, both.default_model, both.prices, tables)
    _stop(problems)
    return catalogue


def price_table(text: str, source: str, under: Sequence[Price]) -> list[Price]:
    """The checked price rows that one file comes to.

    A file that says `complete = true` is the whole table; any other is an operator's, whose rows
    lie over those of `under`. Keys beside the prices are left alone. Raises BadCatalogue.
    """
    problems: list[str] = []
    raw = rows.parse(source, text, problems)
    found = rows.prices(raw.get("price", []), problems)
    _stop(problems)
    table = found if raw.get("complete") is True else rows.merged(under, found)
    _stop(list(checks.of_prices(table)))
    return table


def table_version(prices: Sequence[Price]) -> str:
    """Twelve hex digits that change with any price row, in whatever order the rows stand."""
    ordered = sorted(prices, key=rows.label)
    written = msgspec.json.encode(ordered, order="sorted")
    return hashlib.sha256(written).hexdigest()[:VERSION_DIGITS]


def _shipped(models: str, prices: str, sizes: str, problems: list[str]) -> _Rows:
    texts = {"models.toml": models, "prices.toml": prices, "sizes.toml": sizes}
    parsed = {source: rows.parse(source, text, problems) for source, text in texts.items()}
    for source, raw in parsed.items():
        problems += [
            f"{source}: unknown key {key}{checks.near(key, _KEYS[source])}"
            for key in sorted(raw.keys() - _KEYS[source])
        ]
    names = parsed["models.toml"]
    return _Rows(
        models=rows.models(names.get("model", []), problems),
        aliases=rows.aliases(names.get("alias", []), problems),
        prices=rows.prices(parsed["prices.toml"].get("price", []), problems),
        sizes=rows.sizes(parsed["sizes.toml"].get("sizes", []), problems),
        default_model=str(names.get("default_model", "")),
    )


def _own(override: Mapping[str, Any], problems: list[str]) -> _Rows:
    return _Rows(
        models=rows.models(override.get("model", []), problems),
        aliases=rows.aliases(override.get("alias", []), problems),
        prices=rows.prices(override.get("price", []), problems),
        sizes=[],
        default_model=str(override.get("default_model", "")),
    )


def _faults(both: _Rows, tables: Collection[str]) -> list[str]:
    return [
        *checks.of_sizes(both.sizes),
        *checks.of_models(both.models, {row.name for row in both.sizes}),
        *checks.of_aliases(both.aliases, both.models),
        *checks.of_prices(both.prices),
        *checks.of_tables(both.prices, tables),
        *checks.of_unpriced(both.models, both.prices, tables),
    ]


def _catalogue(both: _Rows) -> Catalogue:
    patterns = [row for row in both.aliases if row.name.endswith("*")]
    stems = [(row.name.removesuffix("*").lower(), row.model) for row in patterns]
    return Catalogue(
        models={row.name.lower(): row for row in both.models},
        aliases={row.name.lower(): row.model for row in both.aliases if row not in patterns},
        prices=tuple(both.prices),
        sizes={row.name: row for row in both.sizes},
        default_model=both.default_model,
        table_version=table_version(both.prices),
        patterns=tuple(sorted(stems, key=lambda stem: (-len(stem[0]), stem))),
    )


def _stop(problems: list[str]) -> None:
    if problems:
        raise BadCatalogue(*problems)
