"""On the ways of money there is no fraction: no float, no true division, no float command."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, shown

PYTHON = (ROOT / "config/money.py", ROOT / "service/ledger.py")
LUA = [path for path in files() if path.suffix == ".lua"]
# A line that reckons with fractions of something else says so: `-- not money: seconds`.
NOT_MONEY = re.compile(r"--\s*not money: \w+")
# Lua 5.1 has no whole division: math.floor(a / b) is it. Innermost parentheses first.
PARENTHESES = re.compile(r"(math\.floor)?\s*\(([^()]*)\)")
STRINGS = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def fractions(tree: ast.AST) -> list[int]:
    """Lines that make a fraction; a constant that is named as seconds may be one."""
    seconds = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign | ast.Assign) and _names_seconds(node)
        for inner in ast.walk(node)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.expr | ast.stmt) and node not in seconds and _makes_one(node)
    ]


def _names_seconds(node: ast.AnnAssign | ast.Assign) -> bool:
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
    return all(isinstance(to, ast.Name) and to.id.endswith("_SECONDS") for to in targets)


def _makes_one(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case ast.Constant(value=float()):
            return True
        case ast.Name(id="float") | ast.Attribute(attr="incrbyfloat" | "hincrbyfloat"):
            return True
        case _:
            return False


def lua_fractions(text: str) -> list[int]:
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if not NOT_MONEY.search(line) and _line_makes_one(line)
    ]


def _line_makes_one(line: str) -> bool:
    said = line.split("--", maxsplit=1)[0]
    code = STRINGS.sub("text", said)
    if "INCRBYFLOAT" in said.upper() or re.search(r"\d\.\d", code):
        return True
    while (folded := PARENTHESES.sub(_fold, code)) != code:
        code = folded
    return "/" in code


def _fold(found: re.Match[str]) -> str:
    return " / " if "/" in found[2] and not found[1] else " whole "


@pytest.mark.parametrize("path", PYTHON, ids=shown)
def test_python_counts_money_in_whole_numbers(path: Path) -> None:
    assert fractions(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", LUA, ids=shown)
def test_scripts_count_money_in_whole_numbers(path: Path) -> None:
    assert lua_fractions(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line", ["a = b / 2", "a /= 2", "a = 0.06", "a = float(b)", "store.incrbyfloat(k, 1)"]
)
def test_the_rule_sees_a_fraction_in_python(line: str) -> None:
    assert fractions(ast.parse(line)) != []


@pytest.mark.parametrize(
    "line", ["a = b // 2", "a, b = divmod(c, 2)", "a = '0.06'", "BEAT_SECONDS: Final = 5.0"]
)
def test_the_rule_leaves_whole_numbers_in_python(line: str) -> None:
    assert fractions(ast.parse(line)) == []


@pytest.mark.parametrize(
    ("line", "fraction"),
    [
        ("local a = b / 2", True),
        ("local a = 0.5", True),
        ("redis.call('hincrbyfloat', k, f, 1)", True),
        ("local a = (b + 1) / 2", True),
        ("local a = f(b / 2)", True),
        ("local a = math.floor(b) / 2", True),
        ("local a = math.floor((b + f(c)) / 2)", False),
        ("local a = f(math.floor(b / 2), c)", False),
        ("local a = math.floor(b * 0.8)", True),
        ("local a = math.floor(b * 0.8)  -- not money: milliseconds", False),
        ("redis.call('INCRBY', 'a/b', 1)  -- half / half", False),
    ],
)
def test_the_rule_reads_lua(line: str, fraction: bool) -> None:
    assert bool(lua_fractions(line)) is fraction


def test_there_are_scripts_to_read() -> None:
    assert {path.parent for path in LUA} == {ROOT / "service/lua"}
