"""The README's tables say what the code says."""

import re
from fnmatch import fnmatch
from pathlib import Path
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
from config.settings import Settings
from config.variables import VARIABLES
from tests.house.readme import (
    GENERATIONS,
    NATIVE,
    OPENAI,
    README,
    codes,
    line,
    only,
    table,
    takers,
)
from tests.house.tree import ROOT, python

CATALOGUE: Final = shipped()
FIELDS: Final = GENERATE.fields


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


def test_settings_that_wait_for_their_part_are_those_that_nothing_reads() -> None:
    told = codes(line("- Read and checked, but waiting"))
    code = "".join(path.read_text("utf-8") for path in python("service", "adapters"))
    unread = [
        variable.name
        for variable in VARIABLES
        if variable.field in Settings.__struct_fields__
        and not re.search(rf"\.{variable.field}\b", code)
    ]
    assert told == unread


def test_every_header_of_ours_is_explained() -> None:
    name = re.compile(r"x-ideogate-[a-z]+(?:-[a-z]+)*")
    used = {found for path in python("service") for found in name.findall(path.read_text("utf-8"))}
    assert used == set(name.findall(README))


PAGES: Final = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/clients.md")


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_links_between_the_pages_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text("utf-8"))
    for path, anchor in links:
        there = page.parent / path if path else page
        assert there.is_file(), path
        assert not anchor or anchor in anchors(there), anchor
