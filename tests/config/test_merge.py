"""What is sold has a price where it is drawn; an operator's rows lie over ours."""

from typing import Any

import pytest

from config.catalogue import BadCatalogue
from config.merge import load, price_table, table_version
from tests.config.zoo import BOTH, MODELS, OWL, PRICES, SIZES, START, complaint, made, row, toml


def test_every_fault_is_told_at_once() -> None:
    message = complaint(
        models=MODELS.replace('fields = ["seed"]', 'fields = ["sead"]') + OWL,
        prices=toml(row(microusd=0), row(speed="TURBO", microusd=-5)),
    )
    assert len(message.splitlines()) == 4


def test_a_sold_speed_that_nobody_prices_is_refused() -> None:
    message = complaint(prices=toml(BOTH[0]))
    assert message == "model fox: generate at TURBO has no price in any table"


def test_a_sold_row_without_speeds_that_nobody_prices_is_refused() -> None:
    assert complaint(models=MODELS + OWL) == "model owl: generate has no price in any table"


def test_flash_may_be_without_a_price() -> None:
    assert made().schedule("zoo", "F_1", "generate", "FLASH") == ()


def test_a_hole_in_the_table_of_an_upstream_in_use_is_refused() -> None:
    prices = toml(*BOTH, row(upstream="park"))
    with pytest.raises(BadCatalogue, match=r"^model fox: generate at TURBO has no price in park$"):
        load(MODELS, prices, SIZES, tables={"park"})
    assert load(MODELS, prices, SIZES, tables={"zoo"})
    assert load(MODELS, prices, SIZES, tables={"zoo", "park"})


def test_a_model_that_the_tables_in_use_leave_out_is_another_upstreams() -> None:
    owl = row(model="O_1", upstream="park")
    del owl["speed"]
    catalogue = load(MODELS + OWL, toml(*BOTH, owl), SIZES, tables={"zoo"})
    assert catalogue.schedule("zoo", "O_1", "generate", None) == ()


def test_the_default_model_must_have_a_price_where_it_is_drawn() -> None:
    owl = row(model="O_1", upstream="park")
    del owl["speed"]
    with pytest.raises(BadCatalogue, match="default_model: fox cannot generate at a price in park"):
        load(MODELS + OWL, toml(*BOTH, owl), SIZES, tables={"park"})


def test_a_price_table_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(BadCatalogue, match=r"price table zooo has no row, did you mean zoo\?"):
        load(MODELS, PRICES, SIZES, tables={"zooo", "zoo"})


def test_an_operators_rows_replace_ours_by_key_and_add_others() -> None:
    catalogue = made(
        alias=[{"name": "VIXEN", "model": "owl"}],
        model=[
            {
                "name": "owl",
                "upstream_model": "O_1",
                "family": "legacy",
                "operations": ["generate"],
                "sizes": "square",
            }
        ],
        price=[
            row(microusd=50_000),
            row(microusd=65_000, effective_from="2026-07-01T00:00:00Z"),
            {**row(model="O_1"), "speed": None},
        ],
        default_model="vixen",
    )
    steps = catalogue.schedule("zoo", "F_1", "generate", "DEFAULT")
    assert [step.microusd for step in steps] == [50_000, 65_000]
    assert catalogue.find("vixen") is catalogue.models["owl"]
    assert catalogue.default_model == "vixen"
    assert list(catalogue.models) == ["fox", "owl"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"upstream": "zooo"}, "no upstream uses the price table zooo, did you mean zoo?"),
        ({"model": "F_11"}, "no model is F_11 upstream, did you mean F_1?"),
        ({"operation": "generte"}, "prices nothing that is sold: F_1 has generate DEFAULT"),
        ({"speed": "QUALITY"}, "prices nothing that is sold: F_1 has generate DEFAULT"),
    ],
)
def test_an_operators_price_that_nothing_reads_is_refused(other: dict[str, Any], said: str) -> None:
    assert said in complaint(price=[row(**other)])


@pytest.mark.parametrize("rows", ["cheap", {"upstream": "zoo"}, ["cheap"]])
def test_an_operators_rows_that_are_no_rows_are_refused(rows: object) -> None:
    assert complaint(price=rows) == "price: must be rows, written [[price]]"


def test_moments_may_be_toml_dates_or_carry_an_offset() -> None:
    whole = "[[price]]\n" + "\n".join(
        line for line in toml(row()).replace("{ ", "").replace(" },", "").split(", ")
    ).removeprefix("price = [\n").removesuffix("\n]\n")
    plain = whole.replace(f'"{START}"', START)
    shifted = whole.replace(START, "2026-01-01T02:00:00+02:00")
    assert [price_table(text, "x.toml", ()) for text in (plain, shifted)] == [
        price_table(whole, "x.toml", ())
    ] * 2


def test_the_table_version_follows_the_rows_not_their_order() -> None:
    first = made(prices=toml(*BOTH)).table_version
    assert made(prices=toml(*reversed(BOTH))).table_version == first
    assert made(prices=toml(row(microusd=60_001), BOTH[1])).table_version != first
    assert made(prices=toml(row(source="another sign"), BOTH[1])).table_version != first
    assert table_version(made().prices) == first


def test_a_whole_table_stands_alone_and_an_operators_lies_over_another() -> None:
    under = made().prices
    over = toml(row(microusd=1))
    assert [row.microusd for row in price_table(over, "o.toml", under)] == [1, 30_000]
    assert [row.microusd for row in price_table(f"complete = true\n{over}", "p.toml", under)] == [1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("price = 1", "price: must be rows"),
        ("price =", "p.toml: not TOML"),
        (toml(row(microusd=0)), "holds 0"),
    ],
)
def test_a_price_table_of_bad_rows_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadCatalogue, match=said):
        price_table(text, "p.toml", ())
