"""A file is short enough to see whole, and so is a function."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import CODE, ROOT, python, shown

FILE_LINES = 300
FUNCTION_LINES = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> list[Function]:
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def lines(function: Function) -> int:
    """Lines of its own, from `def` on: functions inside it are measured by themselves."""
    whole = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    inner = {
        line
        for nested in functions(function)
        if nested is not function
        for line in range(_top(nested), (nested.end_lineno or nested.lineno) + 1)
    }
    return len(set(whole) - inner)


def _top(function: Function) -> int:
    return min([function.lineno, *(mark.lineno for mark in function.decorator_list)])


@pytest.mark.parametrize("path", python(*CODE), ids=shown)
def test_a_file_and_its_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES
    long = {node.name: lines(node) for node in functions(ast.parse(text))}
    assert {name: count for name, count in long.items() if count > FUNCTION_LINES} == {}


def test_the_measure_leaves_functions_inside_out() -> None:
    tree = ast.parse(
        "def outer():\n    a = 1\n    @mark\n    def inner():\n        pass\n    b = 2\n"
    )
    outer, inner = functions(tree)
    assert (lines(outer), lines(inner)) == (3, 2)


def test_there_is_code_to_measure() -> None:
    assert {shown(path).split("/")[0] for path in python(*CODE)} == set(CODE)
    assert (ROOT / "pyproject.toml").is_file()
