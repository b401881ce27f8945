"""The README's tables, sections and samples, as tests ask for them."""

import re
from typing import Final, NamedTuple

from tests.house.tree import ROOT

NONE: Final = "\N{EN DASH}"  # the cell of what is not to be had
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
_CODE: Final = re.compile(r"`([^`]+)`")
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

Row = dict[str, str]


class Block(NamedTuple):
    """A piece of code on the page."""

    language: str
    text: str


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
    return _CODE.findall(cell)


def only(cell: str) -> str:
    [code] = codes(cell)
    return code


def line(start: str) -> str:
    """The one line that begins so."""
    [found] = [one for one in README.splitlines() if one.startswith(start)]
    return found


def blocks(language: str) -> list[str]:
    """The samples in a language, in the order of the page."""
    return [
        block.text
        for block in map(Block._make, _BLOCK.findall(README))
        if block.language == language
    ]


OPENAI: Final = {only(row["field"]): row for row in table("field", "becomes", "how")}
NATIVE: Final = {only(row["field"]): row for row in table("field", "takes", "on")}
EDITING: Final = {
    only(row["field of edits"]): row for row in table("field of edits", "takes", "becomes")
}

GENERATIONS: Final = {
    "3.0": "ideogram-v3",
    "2.0": "ideogram-v2",
    "2a": "ideogram-v2a",
    "1.0": "ideogram-v1",
}


def takers(cell: str) -> set[str]:
    """The generations of `all`, `all but 2a`, `3.0, 2.0`; none of NONE."""
    if cell.startswith("all"):
        return set(GENERATIONS) - set(cell.removeprefix("all").removeprefix(" but ").split(", "))
    return set() if cell == NONE else set(cell.split(", "))
