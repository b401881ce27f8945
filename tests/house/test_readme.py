"""The README's tables say what the code says."""

import re
from fnmatch import fnmatch
from typing import Final

import pytest

from adapters.openai.errors import SHAPES
from adapters.openai.fields import GENERATE
from adapters.openai.kinds import Refused, Word
from adapters.openai.requests import Generate
from adapters.translate.plan import Rules
from adapters.translate.quote import plan
from config.catalogue import Upstream
from config.files import shipped
from config.variables import VARIABLES
from tests.house.tree import ROOT, python

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
CATALOGUE: Final = shipped()
FIELDS: Final = GENERATE.fields
CODE: Final = re.compile(r"`([^`]+)`")

Row = dict[str, str]


def table(*columns: str) -> list[Row]:
    """The rows of the one table that has these columns."""
    lines = README.splitlines()
    heads = [place for place, line in enumerate(lines) if cells(line) == list(columns)]
    assert len(heads) == 1, f"README has {len(heads)} tables with the columns {columns}"
    rows = []
    for line in lines[heads[0] + 2 :]:
        if not line.startswith("|"):
            break
        assert len(cells(line)) == len(columns), line
        rows.append(dict(zip(columns, cells(line), strict=True)))
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


def codes(cell: str) -> list[str]:
    """What stands in backquotes."""
    return CODE.findall(cell)


def only(cell: str) -> str:
    [code] = codes(cell)
    return code


OPENAI: Final = {only(row["field"]): row for row in table("field", "becomes", "how")}
NATIVE: Final = {only(row["field"]): row for row in table("field", "takes", "on")}


def test_every_field_stands_in_one_table() -> None:
    assert set(OPENAI) | set(NATIVE) == set(FIELDS)
    assert set(OPENAI) & set(NATIVE) == set()


def test_fields_that_are_refused_are_shown_as_refused() -> None:
    refused = {name for name, field in FIELDS.items() if isinstance(field.kind, Refused)}
    shown = {name for name, row in OPENAI.items() if row["becomes"] == "refused"}
    shown |= {name for name, row in NATIVE.items() if row["takes"].startswith("refused")}
    assert shown == refused


def test_other_fields_have_one_of_three_fates() -> None:
    assert {row["becomes"] for row in OPENAI.values()} == {
        "mapped",
        "accepted",
        "warned",
        "refused",
    }


@pytest.mark.parametrize(
    ("name", "word"),
    [(name, field.kind) for name, field in FIELDS.items() if isinstance(field.kind, Word)],
)
def test_words_and_refused_words_are_named(name: str, word: Word) -> None:
    row = OPENAI.get(name) or NATIVE[name]
    told = " ".join(row.values())
    assert set(word.reasons) <= set(codes(told))
    if name != "complexity":  # no word of it has an effect
        assert set(word.accepted) <= set(codes(told))
    assert not word.reasons or "refused" in told


GENERATIONS: Final = {
    "3.0": "ideogram-v3",
    "2.0": "ideogram-v2",
    "2a": "ideogram-v2a",
    "1.0": "ideogram-v1",
}


def takers(cell: str) -> set[str]:
    """`all`, `all but 2a` or `3.0, 2.0`."""
    if cell.startswith("all"):
        return set(GENERATIONS) - set(cell.removeprefix("all").removeprefix(" but ").split(", "))
    return set(cell.split(", "))


@pytest.mark.parametrize("name", [n for n, row in NATIVE.items() if row["on"]])
def test_native_fields_name_the_models_that_take_them(name: str) -> None:
    fills = FIELDS[name].fills
    takes = {
        shown for shown, row in GENERATIONS.items() if fills in CATALOGUE.models[row].fields
    } or set(GENERATIONS)  # OpenAI's own fields stand in no row
    assert takers(NATIVE[name]["on"]) == takes


def test_every_model_that_draws_is_listed() -> None:
    drawing = {model.name for model in CATALOGUE.models.values() if "generate" in model.operations}
    assert {only(row["model"]) for row in table("model", "draws with")} == drawing


ALIASES: Final = {
    alias: only(row["stands for"])
    for row in table("alias", "stands for")
    for alias in codes(row["alias"])
}


def test_every_alias_of_the_page_is_sold() -> None:
    for alias, model in ALIASES.items():
        found = CATALOGUE.find(alias.replace("*", "9"))
        assert found is not None, alias
        assert found.name == model


def test_every_alias_that_is_sold_is_on_the_page() -> None:
    shown = {alias.lower(): model for alias, model in ALIASES.items()}
    for alias, model in CATALOGUE.aliases.items():
        assert {to for pattern, to in shown.items() if fnmatch(alias, pattern)} == {model}, alias


@pytest.mark.parametrize("generation", GENERATIONS)
def test_sizes_come_out_as_the_page_says(generation: str) -> None:
    upstream = Upstream(
        name="here", base_url="http://127.0.0.1", kind="aihubmix", prices="aihubmix", account="one"
    )
    for row in table("asked", *GENERATIONS):
        ask = Generate(prompt="a fox", model=GENERATIONS[generation], size=only(row["asked"]))
        drawn = plan(ask, CATALOGUE, (upstream,), Rules()).delivery.expected_size
        assert (row["asked"], drawn) == (row["asked"], row[generation])


def test_every_error_is_listed_once_as_the_table_of_the_code_has_it() -> None:
    said = {None: "", True: "true", False: "false"}
    real = {(str(s.status), s.type, s.code or "null", said[s.retry]) for s in SHAPES.values()}
    rows = table("status", "type", "code", "retry", "when")
    shown = [(r["status"], only(r["type"]), r["code"].strip("`"), r["retry"]) for r in rows]
    assert set(shown) == real
    assert len(shown) == len(real)


def test_every_setting_is_listed_with_its_default() -> None:
    rows = {
        only(row["variable"]): row["default"] for row in table("variable", "default", "meaning")
    }
    assert set(rows) == {variable.name for variable in VARIABLES}
    wrong = [
        variable.name
        for variable in VARIABLES
        if variable.default is not None and codes(rows[variable.name]) != [variable.default]
    ]
    assert wrong == []


def test_settings_that_wait_for_their_part_are_still_unused() -> None:
    [told] = [line for line in README.splitlines() if line.startswith("- Read and checked, but")]
    waiting = {name.removeprefix("IDEOGATE_").lower() for name in codes(told)}
    code = "".join(path.read_text("utf-8") for path in python("service", "adapters"))
    assert {name for name in waiting if re.search(rf"\.{name}\b", code)} == set()


def test_every_header_of_ours_is_explained() -> None:
    name = re.compile(r"x-ideogate-[a-z]+(?:-[a-z]+)*")
    used = {found for path in python("service") for found in name.findall(path.read_text("utf-8"))}
    assert used == set(name.findall(README))
