"""The rows as shipped hold the suppliers' facts, written out here a second time."""

import pytest

from config.catalogue import Catalogue, Operation, Speed
from config.files import shipped, shipped_text
from config.merge import load

V3 = ("ideogram-v3", "ideogram-v3-turbo", "ideogram-v3-default", "ideogram-v3-quality")
V2 = ("ideogram-v2", "ideogram-v2-turbo")
V2A = ("ideogram-v2a", "ideogram-v2a-turbo")
V1 = ("ideogram-v1", "ideogram-v1-turbo")
OPERATIONS = ("ideogram-upscale", "ideogram-describe")

ALIASES = {
    "dall-e-2": "ideogram-v3",
    "dall-e-3": "ideogram-v3",
    "gpt-image-1": "ideogram-v3",
    "gpt-image-1-mini": "ideogram-v3",
    "gpt-image-1.5": "ideogram-v3",
    "gpt-image-2": "ideogram-v3",
    "gpt-image-2-2026-04-21": "ideogram-v3",
    "gpt-image-2.5-sunburst": "ideogram-v3",
    "gpt-image-2.5-sunburst-2026-09-08": "ideogram-v3",
    "gpt-image-2.5-flare": "ideogram-v3",
    "gpt-image-2.5-flare-2026-09-08": "ideogram-v3",
    "gpt-image-2.6-sunburst": "ideogram-v3",
    "gpt-image-2.6-flare": "ideogram-v3",
    "chatgpt-image-latest": "ideogram-v3",
    "V_3": "ideogram-v3",
    "ideogram/V_3": "ideogram-v3",
    "ideogram/V3": "ideogram-v3",
    "V_2": "ideogram-v2",
    "ideogram/V_2": "ideogram-v2",
    "V_2_TURBO": "ideogram-v2-turbo",
    "ideogram/V_2_TURBO": "ideogram-v2-turbo",
    "V_2A": "ideogram-v2a",
    "ideogram/V_2A": "ideogram-v2a",
    "V_2A_TURBO": "ideogram-v2a-turbo",
    "ideogram/V_2A_TURBO": "ideogram-v2a-turbo",
    "V_1": "ideogram-v1",
    "ideogram/V_1": "ideogram-v1",
    "V_1_TURBO": "ideogram-v1-turbo",
    "ideogram/V_1_TURBO": "ideogram-v1-turbo",
}

# Model, speed -> micro-USD by group of operations, as AiHubMix's page prints them.
AIHUBMIX: tuple[tuple[str, Speed | None, tuple[Operation, ...], int], ...] = (
    ("V_3", "TURBO", ("generate",), 30_000),
    ("V_3", "TURBO", ("remix",), 30_000),
    ("V_3", "TURBO", ("edit",), 60_000),
    ("V_3", "TURBO", ("reframe",), 60_000),
    ("V_3", "TURBO", ("replace_background",), 60_000),
    ("V_3", "DEFAULT", ("generate",), 60_000),
    ("V_3", "DEFAULT", ("remix",), 60_000),
    ("V_3", "DEFAULT", ("edit",), 60_000),
    ("V_3", "DEFAULT", ("reframe",), 60_000),
    ("V_3", "DEFAULT", ("replace_background",), 60_000),
    ("V_3", "QUALITY", ("generate",), 90_000),
    ("V_3", "QUALITY", ("remix",), 90_000),
    ("V_3", "QUALITY", ("edit",), 90_000),
    ("V_3", "QUALITY", ("reframe",), 90_000),
    ("V_3", "QUALITY", ("replace_background",), 90_000),
    ("V_2A", None, ("generate", "remix"), 40_000),
    ("V_2A_TURBO", None, ("generate", "remix"), 25_000),
    ("V_2", None, ("generate", "remix"), 80_000),
    ("V_2", None, ("edit",), 80_000),
    ("V_2_TURBO", None, ("generate", "remix"), 50_000),
    ("V_2_TURBO", None, ("edit",), 50_000),
    ("V_1", None, ("generate", "remix"), 60_000),
    ("V_1_TURBO", None, ("generate", "remix"), 20_000),
    ("UPSCALE", None, ("upscale",), 60_000),
)

WITH_CHARACTER = tuple(
    f"{operation}_with_character_reference" for operation in ("generate", "remix", "edit")
)
ALL_V3 = ("generate", "remix", "edit", "reframe", "replace_background")
OFFICIAL: tuple[tuple[str, Speed | None, tuple[str, ...], int], ...] = (
    ("V_3", "FLASH", ALL_V3, 30_000),
    ("V_3", "TURBO", ALL_V3, 30_000),
    ("V_3", "DEFAULT", ALL_V3, 60_000),
    ("V_3", "QUALITY", ALL_V3, 90_000),
    ("V_3", "TURBO", WITH_CHARACTER, 100_000),
    ("V_3", "DEFAULT", WITH_CHARACTER, 150_000),
    ("V_3", "QUALITY", WITH_CHARACTER, 200_000),
    ("V_3", "TURBO", ("generate_transparent",), 40_000),
    ("V_3", "DEFAULT", ("generate_transparent",), 70_000),
    ("V_3", "QUALITY", ("generate_transparent",), 100_000),
    ("V_4", "TURBO", ("generate",), 30_000),
    ("V_4", "DEFAULT", ("generate",), 60_000),
    ("V_4", "QUALITY", ("generate",), 100_000),
    ("V_2", None, ("generate", "remix", "edit", "reframe"), 80_000),
    ("V_2_TURBO", None, ("generate", "remix", "edit", "reframe"), 50_000),
    ("V_2A", None, ("generate", "remix"), 40_000),
    ("V_2A_TURBO", None, ("generate", "remix"), 25_000),
    ("V_1", None, ("generate", "remix"), 60_000),
    ("V_1_TURBO", None, ("generate", "remix"), 20_000),
    ("UPSCALE", None, ("upscale",), 60_000),
    ("REMOVE_BACKGROUND", None, ("remove_background",), 10_000),
    ("REMOVE_OBJECT", None, ("remove_object",), 30_000),
    ("LAYERIZE_TEXT", None, ("layerize_text",), 90_000),
    ("P_IMAGE", None, ("generate",), 10_000),
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return shipped()


def amounts(catalogue: Catalogue, table: str) -> dict[tuple[str, str, str | None], int]:
    return {
        (row.model, row.operation, row.speed): row.microusd
        for row in catalogue.prices
        if row.upstream == table and not row.assumed
    }


def test_every_model_of_the_design_is_a_row_and_nothing_else(catalogue: Catalogue) -> None:
    assert tuple(catalogue.models) == (*V3, *V2, *V2A, *V1, *OPERATIONS)
    assert catalogue.default_model == "ideogram-v3"


def test_aliases_are_those_of_openai_and_ideogram(catalogue: Catalogue) -> None:
    assert catalogue.aliases == {name.lower(): model for name, model in ALIASES.items()}


@pytest.mark.parametrize(("name", "model"), ALIASES.items())
def test_a_name_is_found_in_any_case(catalogue: Catalogue, name: str, model: str) -> None:
    for spelling in (name, name.upper(), name.lower(), name.title()):
        row = catalogue.find(spelling)
        assert row is not None
        assert row.name == model


@pytest.mark.parametrize("name", ["gpt-image-7", "GPT-Image-3-mini-2027-01-01", "gpt-image-"])
def test_any_gpt_image_name_is_found_but_not_listed(catalogue: Catalogue, name: str) -> None:
    row = catalogue.find(name)
    assert row is not None
    assert row.name == "ideogram-v3"
    assert name not in catalogue.aliases


@pytest.mark.parametrize("name", ["", "gpt-image", "dall-e-4", "V_4", "ideogram-v3 ", "*"])
def test_a_name_nobody_sells_is_not_found(catalogue: Catalogue, name: str) -> None:
    assert catalogue.find(name) is None


@pytest.mark.parametrize(
    ("list_name", "resolutions", "ratios"),
    [
        ("v3", 69, 15),
        ("legacy-2", 78, 11),
        ("legacy-2a", 0, 11),
        ("legacy-1", 0, 11),
        ("none", 0, 0),
    ],
)
def test_size_lists_are_whole(
    catalogue: Catalogue, list_name: str, resolutions: int, ratios: int
) -> None:
    row = catalogue.sizes[list_name]
    assert (len(row.resolutions), len(row.ratios)) == (resolutions, ratios)


def test_legacy_sizes_are_v3_sizes_less_one_and_ten_more(catalogue: Catalogue) -> None:
    v3, legacy = (set(catalogue.sizes[name].resolutions) for name in ("v3", "legacy-2"))
    assert v3 - legacy == {"800x1280"}
    assert legacy - v3 == {
        "640x1024", "720x1280", "768x1024", "768x1152", "768x1232",
        "1024x640", "1024x768", "1152x768", "1232x768", "1280x720",
    }  # fmt: skip


def test_only_the_landscape_half_of_16x10_is_a_legacy_size(catalogue: Catalogue) -> None:
    row = catalogue.sizes["legacy-2"]
    assert "1280x800" in row.resolutions
    assert "800x1280" not in row.resolutions
    assert row.ratios["10x16"] == "800x1280"


@pytest.mark.parametrize(
    ("list_name", "ratio", "pixels"),
    [
        ("v3", "16x9", "1312x736"),
        ("v3", "2x3", "832x1248"),
        ("v3", "5x4", "1120x896"),
        ("v3", "1x2", "704x1408"),
        ("legacy-2", "3x2", "1248x832"),
        ("legacy-2a", "9x16", "736x1312"),
        ("legacy-1", "9x16", "720x1280"),
        ("legacy-1", "16x10", "1232x768"),
        ("legacy-1", "3x4", "768x1024"),
        ("legacy-1", "1x3", "512x1536"),
    ],
)
def test_a_ratio_yields_the_pixels_of_its_family(
    catalogue: Catalogue, list_name: str, ratio: str, pixels: str
) -> None:
    assert catalogue.sizes[list_name].ratios[ratio] == pixels


def test_v3_sizes_mirror_each_other(catalogue: Catalogue) -> None:
    sizes = set(catalogue.sizes["v3"].resolutions)
    assert {"x".join(reversed(size.split("x"))) for size in sizes} == sizes


@pytest.mark.parametrize("name", V3)
def test_v3_sells_five_operations_at_its_speeds(catalogue: Catalogue, name: str) -> None:
    row = catalogue.models[name]
    fixed = name.removeprefix("ideogram-v3").removeprefix("-").upper()
    assert row.upstream_model == "V_3"
    assert row.operations == ALL_V3
    assert row.speed == (fixed or None)
    assert row.speeds == ((fixed,) if fixed else ("FLASH", "TURBO", "DEFAULT", "QUALITY"))
    assert "negative_prompt" in row.fields


@pytest.mark.parametrize(
    ("names", "operations", "never"),
    [
        (V2, ("generate", "remix", "edit", "reframe"), {"rendering_speed", "style_preset"}),
        (V2A, ("generate", "remix"), {"resolution", "negative_prompt", "color_palette"}),
        (V1, ("generate", "remix"), {"resolution", "style_type", "color_palette"}),
    ],
)
def test_legacy_rows_leave_out_what_their_models_refuse(
    catalogue: Catalogue, names: tuple[str, ...], operations: tuple[str, ...], never: set[str]
) -> None:
    for name in names:
        row = catalogue.models[name]
        assert (row.operations, row.speeds, row.speed) == (operations, (), None)
        assert not never & set(row.fields)
        assert {"aspect_ratio", "magic_prompt", "seed"} <= set(row.fields)


def test_aihubmix_prints_twenty_four_prices_and_each_is_a_row(catalogue: Catalogue) -> None:
    assert len(AIHUBMIX) == 24
    assert amounts(catalogue, "aihubmix") == {
        (model, operation, speed): amount
        for model, speed, operations, amount in AIHUBMIX
        for operation in operations
    }


def test_the_official_price_list_is_whole(catalogue: Catalogue) -> None:
    assert amounts(catalogue, "ideogram") == {
        (model, operation, speed): amount
        for model, speed, operations, amount in OFFICIAL
        for operation in operations
    }


def test_describe_alone_is_priced_by_assumption(catalogue: Catalogue) -> None:
    assumed = [row for row in catalogue.prices if row.assumed]
    assert [(row.upstream, row.operation, row.microusd) for row in assumed] == [
        ("aihubmix", "describe", 10_000),
        ("ideogram", "describe", 10_000),
    ]


def test_files_sent_in_are_counted_where_no_picture_is_bought(catalogue: Catalogue) -> None:
    by_input = {row.operation for row in catalogue.prices if row.unit == "input"}
    assert by_input == {"upscale", "describe", "remove_background"}


def test_flash_has_no_price_at_aihubmix(catalogue: Catalogue) -> None:
    assert catalogue.schedule("aihubmix", "V_3", "generate", "FLASH") == ()
    assert catalogue.unit("aihubmix", "V_3", "generate", "FLASH") is None
    assert catalogue.schedule("ideogram", "V_3", "generate", "FLASH")[0].microusd == 30_000
    assert catalogue.unit("ideogram", "V_3", "generate", "FLASH") == "output"


@pytest.mark.parametrize("tables", [{"aihubmix"}, {"ideogram"}, {"aihubmix", "ideogram"}])
def test_the_shipped_rows_serve_either_supplier(tables: set[str]) -> None:
    assert load(*shipped_text(), tables=tables).find("dall-e-3") is not None
