"""`check --diff` says for every product what a change of rows does to its price, and when."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from config.catalogue import BadCatalogue, Price
from config.files import shipped
from service.check import day, many
from service.check_diff import changes, described, diff, percent

START = "2026-01-01T00:00:00Z"
MARCH, JUNE = "2026-03-01T00:00:00Z", "2026-06-01T12:30:00Z"
ROW = {
    "upstream": "aihubmix",
    "model": "V_3",
    "speed": "TURBO",
    "operation": "generate",
    "unit": "output",
    "effective_from": START,
    "source": "a letter",
}


def price(microusd: int, **other: Any) -> Price:
    return Price(**{**ROW, "microusd": microusd, **other})


def told(old: list[Price], new: list[Price]) -> list[tuple[str, str | None, str]]:
    return [
        (day(c.start_ms), None if c.until_ms is None else day(c.until_ms), described(c))
        for c in changes(old, new)
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ([price(60_000)], [price(60_000)], []),
        ([price(60_000)], [price(60_000, source="another letter")], []),
        ([price(60_000)], [price(70_000)], [("2026-01-01", None, "up 16.7 %")]),
        ([price(60_000)], [price(30_000)], [("2026-01-01", None, "down 50.0 %")]),
        ([], [price(60_000)], [("2026-01-01", None, "added")]),
        ([price(60_000)], [], [("2026-01-01", None, "removed")]),
        (
            [price(60_000)],
            [price(60_000), price(66_000, effective_from=JUNE)],
            [("2026-06-01 12:30", None, "up 10.0 %")],
        ),
        (
            [price(60_000)],
            [
                price(60_000),
                price(50_000, effective_from=MARCH),
                price(60_000, effective_from=JUNE),
            ],
            [("2026-03-01", "2026-06-01 12:30", "down 16.7 %")],
        ),
        (
            [price(60_000), price(70_000, effective_from=MARCH)],
            [price(60_000), price(70_000, effective_from=JUNE)],
            [("2026-03-01", "2026-06-01 12:30", "down 14.3 %")],
        ),
        (
            [price(60_000, effective_from=MARCH)],
            [price(60_000)],
            [("2026-01-01", "2026-03-01", "added")],
        ),
        (
            [price(60_000)],
            [price(60_000, unit="input")],
            [("2026-01-01", None, "counts files, not images")],
        ),
        (
            [price(60_000, assumed=True)],
            [price(60_000)],
            [("2026-01-01", None, "no longer assumed")],
        ),
        (
            [price(60_000)],
            [price(90_000, assumed=True)],
            [("2026-01-01", None, "up 50.0 %, now assumed")],
        ),
    ],
)
def test_a_change_is_told_with_its_time_and_size(
    old: list[Price], new: list[Price], said: list[tuple[str, str | None, str]]
) -> None:
    assert told(old, new) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (60_000, 70_000, "16.7"),
        (3, 1, "66.7"),
        (1, 1_000_000_000, "99999999900.0"),
        (2000, 2001, "0.1"),
    ],
)
def test_percents_are_rounded_from_whole_numbers(old: int, new: int, said: str) -> None:
    assert percent(old, new) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 changes"), (1, "1 change"), (2, "2 changes")])
def test_a_count_agrees_with_its_noun(count: int, said: str) -> None:
    assert many(count, "change") == said


def toml(*rows: dict[str, Any]) -> str:
    def text(value: object) -> str:
        return str(value) if isinstance(value, int) else f'"{value}"'

    return "".join(
        "[[price]]\n" + "".join(f"{key} = {text(value)}\n" for key, value in row.items())
        for row in rows
    )


def shown(old: Path, new: Path, width: int = 160) -> tuple[int, str]:
    out = io.StringIO()
    count = diff(old, new, Console(file=out, width=width, color_system=None))
    return count, " ".join(out.getvalue().split())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text("", "utf-8")
    new.write_text("[defaults]\nsize_policy = 'exact'\n", "utf-8")
    return old, new


def test_operators_files_are_compared_over_the_shipped_rows(files: tuple[Path, Path]) -> None:
    old, new = files
    new.write_text(toml({**ROW, "microusd": 33_000}), "utf-8")
    count, text = shown(old, new)
    assert count == 1
    assert "2026-01-01 0.030000 0.033000 up 10.0 % aihubmix V_3 generate TURBO" in text
    assert "1 change; 87 products as before." in text
    assert f"Price table version {shipped().table_version} to " in text


def test_whole_tables_are_compared_as_they_stand(files: tuple[Path, Path]) -> None:
    old, new = files
    old.write_text("complete = true\n" + toml({**ROW, "microusd": 1}), "utf-8")
    new.write_text("complete = true\n" + toml({**ROW, "microusd": 2, "speed": "FLASH"}), "utf-8")
    count, text = shown(old, new)
    assert count == 2
    assert "0.000002 added aihubmix V_3 generate FLASH" in text
    assert "0.000001 removed aihubmix V_3 generate TURBO" in text
    assert "2 changes; 0 products as before." in text


def test_no_change_is_said_without_a_table(files: tuple[Path, Path]) -> None:
    count, text = shown(*files)
    assert count == 0
    assert text.startswith("0 changes; 88 products as before.")


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_is_cut_off_on_a_terminal(files: tuple[Path, Path], width: int) -> None:
    old, new = files
    rows = [{**ROW, "microusd": 33_000, "operation": "replace_background", "effective_from": JUNE}]
    new.write_text(toml(*rows), "utf-8")
    _, text = shown(old, new, width)
    assert "0.060000 0.033000 down 45.0 %" in text
    assert "replace_background" in text


def test_a_bad_file_is_refused_by_row(files: tuple[Path, Path]) -> None:
    old, new = files
    new.write_text(toml({**ROW, "microusd": 0}), "utf-8")
    with pytest.raises(BadCatalogue, match="price aihubmix V_3 generate TURBO from 2026"):
        shown(old, new)
