"""Rows that cannot be sold refuse the start, and the complaint names the row."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalogue import Price, PriceStep, moment_ms, offers
from config.checks import of_prices
from tests.config.zoo import BOTH, MODELS, OWL, SIZES, START, complaint, made, row, toml


def test_a_small_catalogue_is_made() -> None:
    catalogue = made()
    fox = catalogue.models["fox"]
    assert catalogue.find("FOX") is catalogue.find("Vixen") is catalogue.find("gpt-5") is fox
    assert catalogue.schedule("zoo", "F_1", "generate", "TURBO") == (
        PriceStep(1_767_225_600_000, 30_000, assumed=False),  # type: ignore[arg-type]
    )
    assert len(catalogue.table_version) == 12


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"microusd": 0}, "microusd holds 0, must be a whole number from 1 to 1000000000"),
        ({"microusd": 0, "assumed": True}, "microusd holds 0"),
        ({"microusd": -1}, "microusd holds -1"),
        ({"microusd": 1_000_000_001}, "microusd holds 1000000001"),
        ({"microusd": 60_000.0}, "microusd: Expected int, got float"),
        ({"microusd": 0.06}, "microusd: Expected int, got float"),
        ({"microusd": True}, "microusd: Expected int, got bool"),
        ({"microusd": "60000"}, "microusd: Expected int, got str"),
        ({"unit": "pixel"}, "unit: Invalid enum value 'pixel'"),
        ({"speed": "FAST"}, "speed: Invalid enum value 'FAST'"),
        ({"currency": "EUR"}, "Object contains unknown field currency"),
        ({"effective_from": "2026-01-01"}, "must be a moment with its time zone"),
        ({"effective_from": "soon"}, "effective_from: holds soon"),
        ({"effective_from": "0001-01-01T00:00:00+09:00"}, "effective_from: holds 0001"),
        ({"effective_from": 2026}, "effective_from: holds 2026"),
        ({"effective_until": "later"}, "effective_until: holds later"),
        ({"effective_until": START}, "before it begins"),
        ({"effective_until": "2027-01-01T00:00:00Z"}, "gap: ends 2027-01-01T00:00:00Z and no row"),
    ],
)
def test_a_bad_price_is_refused_by_name(other: dict[str, Any], said: str) -> None:
    message = complaint(prices=toml(row(**other), BOTH[1]))
    assert said in message
    assert message.startswith("price zoo F_1 generate ")


def test_a_price_without_an_amount_is_refused_by_name() -> None:
    bare = row()
    del bare["microusd"]
    assert complaint(prices=toml(bare)) == (
        f"price zoo F_1 generate DEFAULT from {START}: Object missing required field microusd"
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(), row()], "overlap: two rows from this moment"),
        ([row(), row(effective_from="2026-01-01T01:00:00+01:00")], "overlap: two rows"),
        (
            [
                row(effective_until="2026-05-31T00:00:00Z"),
                row(effective_from="2026-06-01T00:00:00Z"),
            ],
            "gap: ends 2026-05-31T00:00:00Z, next 2026-06-01T00:00:00Z",
        ),
        (
            [
                row(effective_until="2026-06-02T00:00:00Z"),
                row(effective_from="2026-06-01T00:00:00Z"),
            ],
            "overlap: ends 2026-06-02T00:00:00Z, next 2026-06-01T00:00:00Z",
        ),
        (
            [row(), row(effective_from="2026-06-01T00:00:00Z", unit="input")],
            "counts input, the row before it counts output",
        ),
    ],
)
def test_prices_of_a_product_follow_each_other_without_gap_or_overlap(
    rows: list[dict[str, Any]], said: str
) -> None:
    message = complaint(prices=toml(*rows, BOTH[1]))
    assert said in message
    assert "price zoo F_1 generate DEFAULT from 2026-0" in message


def test_prices_that_meet_make_a_schedule_oldest_first() -> None:
    later = row(effective_from="2026-06-01T00:00:00Z", microusd=70_000)
    first = row(effective_until="2026-06-01T00:00:00Z")
    catalogue = made(prices=toml(later, BOTH[1], first))
    steps = catalogue.schedule("zoo", "F_1", "generate", "DEFAULT")
    assert [step.microusd for step in steps] == [60_000, 70_000]
    assert [step.effective_from_ms for step in steps] == [1_767_225_600_000, 1_780_272_000_000]


@given(
    st.lists(
        st.tuples(st.integers(1, 28), st.none() | st.integers(1, 28)),
        min_size=1,
        max_size=5,
        unique_by=lambda span: span[0],
    )
)
def test_every_moment_after_the_first_has_exactly_one_price_or_a_complaint(
    spans: list[tuple[int, int | None]],
) -> None:
    rows = [
        Price(
            upstream="zoo",
            model="F_1",
            operation="generate",
            microusd=1,
            unit="output",
            source="dice",
            effective_from=f"2026-01-{start:02}T00:00:00Z",
            effective_until=None if end is None else f"2026-01-{end:02}T00:00:00Z",
        )
        for start, end in spans
    ]
    starts = sorted(start for start, _ in spans)
    follows = dict(zip(starts, [*starts[1:], None], strict=True))
    sound = all(end is None or end == follows[start] for start, end in spans)
    assert (list(of_prices(rows)) == []) is sound
    steps = offers(tuple(rows)).popitem()[1].steps
    assert [step.effective_from_ms for step in steps] == [
        moment_ms(f"2026-01-{start:02}T00:00:00Z") for start in starts
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('sizes = "square"', 'sizes = "round"', "model fox: no size list is called round"),
        ('fields = ["seed"]', 'fields = ["sead"]', "no field is called sead, did you mean seed?"),
        ('operations = ["generate"]', "operations = []", "model fox: offers no operation"),
        (
            'operations = ["generate"]',
            'operations = ["draw"]',
            "model fox: operations[0]: Invalid enum value 'draw'",
        ),
        ('family = "v3"', 'family = "legacy"', "model fox: a v3 row needs speeds, a legacy row"),
        ('"FLASH", "TURBO", "DEFAULT"', "", "model fox: a v3 row needs speeds"),
        (
            'fields = ["seed"]',
            'speed = "TURBO"',
            "model fox: the speed is fixed, so speeds must be",
        ),
        ('name = "fox"', 'name = "fox"\ncolour = "red"', "contains unknown field colour"),
        ('name = "fox"\n', "", "model (no name): Object missing required field name"),
        ('model = "fox" }, {', 'model = "cat" }, {', "alias vixen: no model is called cat"),
        ('"vixen"', '"FOX"', "alias fox: a model has that name"),
        ('"vixen"', '"gp*t-*"', "alias gp*t-*: a pattern has one *, at the end of a name"),
        ('"gpt-*"', '"*"', "alias *: a pattern has one *"),
        ('"gpt-*"', '"Vixen"', "alias vixen: written twice"),
        ('default_model = "fox"', 'default_model = "cat"', "default_model: no model is called cat"),
        ("default_model", "defaultmodel", "models.toml: unknown key defaultmodel, did you mean de"),
        ('default_model = "fox"', "default_model =", "models.toml: not TOML:"),
        ("[[model]]", "[model]", "model: must be rows, written [[model]]"),
    ],
)
def test_a_bad_model_or_alias_is_refused_by_name(old: str, new: str, said: str) -> None:
    assert MODELS.count(old) == 1
    assert said in complaint(models=MODELS.replace(old, new))


def test_a_model_written_twice_is_refused() -> None:
    assert "model owl: written twice" in complaint(models=MODELS + OWL + OWL.replace("owl", "Owl"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"512x512"', '"512*512"', "sizes square: resolution 512*512 is not written 1024x768"),
        ('"512x512"', '"0x512"', "sizes square: resolution 0x512 is not written"),
        ('"512x512"', '"1024x1024"', "sizes square: resolution 1024x1024 is listed 2 times"),
        ("16x9", '"16:9"', "sizes square: ratio 16:9: is not written 16x9"),
        ('"1312x736"', '"wide"', "sizes square: ratio 16x9: wide is not written 1024x768"),
        ('"1312x736"', '"736x1312"', "sizes square: ratio 16x9: 736x1312 has another ratio"),
        ('"1312x736"', '"1332x736"', "sizes square: ratio 16x9: 1332x736 has another ratio"),
        ("ratios", "rations", "sizes square: Object contains unknown field rations"),
        ("[[sizes]]", "[[size]]", "sizes.toml: unknown key size, did you mean sizes?"),
    ],
)
def test_a_bad_size_is_refused_by_name(old: str, new: str, said: str) -> None:
    assert said in complaint(sizes=SIZES.replace(old, new))
