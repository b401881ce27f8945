"""The report of `check` says all that is sold, priced and missing, and fits a terminal."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from config.settings import BadSettings, load
from service import check

KEY = "sk-upstream-hunter2"
FUTURE = """
[[upstream]]
name = "main"
base_url = "http://[::1]:9000/ideogram"
api_key_env = ["KEY_ONE", "KEY_TWO"]
prices = "house"
max_file = "1536KiB"
[defaults]
default_model = "V_3"
[[price]]
upstream = "house"
model = "V_3"
speed = "TURBO"
operation = "generate"
microusd = 20_000
unit = "output"
source = "a contract"
effective_from = 2026-01-01T00:00:00Z
"""


def report(environ: dict[str, str], width: int = 200) -> str:
    out = io.StringIO()
    check.run(load(environ), Console(file=out, width=width, color_system=None))
    return out.getvalue()


def lines(text: str, title: str) -> list[str]:
    """The rows below a title, their blanks drawn together."""
    below = text[text.index(title) :].split("\n\n", maxsplit=1)[0].splitlines()
    return [" ".join(line.split()) for line in below[3:]]


@pytest.fixture(scope="module")
def shipped() -> str:
    return report({"IDEOGATE_UPSTREAM_API_KEY": KEY})


def test_the_upstream_is_shown_with_a_count_of_its_keys_only(shipped: str) -> None:
    assert lines(shipped, "Upstreams") == [
        "aihubmix aihubmix aihubmix 10 1 10 https://aihubmix.com/ideogram"
    ]
    assert "hunter2" not in shipped


def test_every_model_is_shown(shipped: str) -> None:
    rows = lines(shipped, "Models (ideogram-v3 when a request names none)")
    assert "ideogram-v2a V_2A legacy-2a generate remix" in rows
    assert "ideogram-v3-turbo V_3 v3 TURBO generate remix edit reframe replace_background" in rows
    assert len([row for row in rows if row.startswith("ideogram-")]) == 12


def test_other_names_stand_beside_their_model_patterns_last(shipped: str) -> None:
    assert "ideogram-v1-turbo v_1_turbo, ideogram/v_1_turbo" in lines(shipped, "Other names")
    assert "gpt-image-*" in shipped


def test_sizes_are_counted(shipped: str) -> None:
    rows = lines(shipped, "Sizes")
    assert any(row.startswith("legacy-2 78 11 1x3=512x1536 ") for row in rows)
    assert "none 0 0 the picture that comes in decides" in rows


def test_prices_are_grouped_and_assumed_ones_marked(shipped: str) -> None:
    assert lines(shipped, "Prices of an image at aihubmix") == [
        "V_3 DEFAULT 0.060000 2025-08-06 generate remix edit reframe replace_background",
        "V_3 QUALITY 0.090000 2025-08-06 generate remix edit reframe replace_background",
        "V_3 TURBO 0.030000 2025-08-06 generate remix",
        "V_3 TURBO 0.060000 2025-08-06 edit reframe replace_background",
        "V_2 0.080000 2025-08-06 generate remix edit",
        "V_2_TURBO 0.050000 2025-08-06 generate remix edit",
        "V_2A 0.040000 2025-08-06 generate remix",
        "V_2A_TURBO 0.025000 2025-08-06 generate remix",
        "V_1 0.060000 2025-08-06 generate remix",
        "V_1_TURBO 0.020000 2025-08-06 generate remix",
        "UPSCALE 0.060000 2025-08-06 upscale (per file)",
        "DESCRIBE 0.010000? 2025-08-06 describe (per file)",
    ]
    assert "? marks 2 assumed prices" in shipped


def test_a_table_that_no_upstream_uses_is_shown_as_such(shipped: str) -> None:
    assert "at ideogram, which no upstream here uses" in shipped
    later = lines(shipped, "Prices at ideogram of what is not sold yet")
    assert "V_4 TURBO 0.030000 2025-08-06 generate" in later
    assert "Prices at aihubmix of what is not sold yet" not in shipped


def test_what_has_no_price_is_named(shipped: str) -> None:
    assert lines(shipped, "Sold, but without a price at aihubmix") == [
        "V_3 FLASH generate remix edit reframe replace_background",
        "V_2 reframe",
        "V_2_TURBO reframe",
    ]


def test_the_end_counts_everything_and_names_the_version(shipped: str) -> None:
    version = load({}).catalogue.table_version
    assert shipped.splitlines()[-2:] == [
        "12 models, 29 other names, 1 pattern, 5 size lists, 88 prices, 2 price tables: all sound.",
        f"Price table version {version}",
    ]


def test_it_says_where_spend_alerts_go_without_the_path(shipped: str) -> None:
    assert "Spend alerts go to the log alone" in shipped
    told = report(
        {
            "IDEOGATE_ALERT_WEBHOOK_URL": "https://hooks.example.com:8443/services/hunter2?k=hunter2",
            "IDEOGATE_ALERT_WEBHOOK_SECRET": "hunter2",
        }
    )
    assert "Spend alerts go to https://hooks.example.com:8443, signed." in told
    assert "hunter2" not in told


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_is_cut_off_on_a_terminal(width: int) -> None:
    text = report({}, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    for whole in ("replace_background", "gpt-image-2.5-sunburst-2026-09-08",
                  "generate_with_character_reference", "16x10=1280x800"):  # fmt: skip
        assert whole in text


def test_an_operators_names_are_taken_literally(tmp_path: Path) -> None:
    path = tmp_path / "ideogate.toml"
    path.write_text(FUTURE, "utf-8")
    holes = {"IDEOGATE_CONFIG": str(path), "KEY_ONE": "one", "KEY_TWO": "two"}
    with pytest.raises(BadSettings, match="model ideogram-v3: generate at DEFAULT has no price"):
        load(holes)
    rows = FUTURE
    for speed in ("DEFAULT", "QUALITY"):
        rows += FUTURE[FUTURE.index("[[price]]") :].replace("TURBO", speed)
    path.write_text(rows + '[[alias]]\nname = "[red]"\nmodel = "ideogram-v3"\n', "utf-8")
    text = report(holes)
    assert lines(text, "Upstreams") == ["main aihubmix house 10 2 1.5 http://[::1]:9000/ideogram"]
    assert "[red]" in text
    assert "V_3 TURBO 0.020000 2026-01-01 generate" in lines(text, "Prices of an image at house")
    missing = lines(text, "Sold, but without a price at house")
    assert "V_3 TURBO remix edit reframe replace_background" in missing
    assert "UPSCALE upscale" in missing
