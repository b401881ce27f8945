"""Names come from the glossary, and no file hides a library."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import CODE, python, shown

BANNED = frozenset(
    word + ending
    for word in ("manager", "helper", "util", "common", "base", "handler", "processor")
    for ending in ("", "s")
) | {"data", "info", "utilities"}
# The standard's, asyncio's or the SDK's own words: a data: URL, data_received, base_url, base64.
STANDARD_TERMS = re.compile(r"data_?urls?|data_received|base_?urls?|base_?64", re.IGNORECASE)
# A test tool brings the library; no code of ours may import it, and the field's word is "request".
TEST_TOOLS_BRING = {"requests"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(STANDARD_TERMS.sub("", name))}


def named(path: Path) -> list[str]:
    """The names a module gives: its own and its folders', classes and functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    inside = [node.name for node in ast.walk(tree) if isinstance(node, kinds)]
    return [*shown(path).removesuffix(".py").split("/"), *inside]


@pytest.mark.parametrize("path", python(*CODE), ids=shown)
def test_a_name_says_what_it_is(path: Path) -> None:
    assert [name for name in named(path) if words(name) & BANNED] == []


@pytest.mark.parametrize(
    ("name", "banned"),
    [
        ("OrderManager", True),
        ("read_data", True),
        ("http_helpers", True),
        ("exception_handler", True),
        ("DataURL", False),
        ("read_data_url", False),
        ("metadata", False),
        ("database", False),
        ("rebased", False),
        ("b64_to_base64", False),
    ],
)
def test_the_ban_reads_words_not_letters(name: str, banned: bool) -> None:
    assert bool(words(name) & BANNED) is banned


def test_no_file_is_named_after_a_library_or_a_standard_module() -> None:
    taken = set(sys.stdlib_module_names) | set(packages_distributions()) - TEST_TOOLS_BRING
    ours = {
        path: path.stem
        for path in python(*CODE, "tests")
        if path.stem not in {"__init__", "__main__"}
    }
    assert [shown(path) for path, name in ours.items() if name in taken] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in python(*CODE, "tests")}
    assert [shown(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
