"""A month's statement in a folder: its files, their names, and what its manifest vouches for."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from tests.service.test_usage_command import NAMES, ask
from tests.stores import Valkey, start_valkey

MONTH: Final = "2026-10"
TURBO: Final = ("ideogram-v3", "generate", "TURBO", "")
HOSTILE: Final = "../../etc/x"
OVERLONG: Final = "p" * 300


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


def put(valkey: Valkey, day: str, *projects: str) -> Any:
    """Each has spent a dollar that day; says the store."""
    store = redis.Redis(unix_socket_path=str(valkey.place))
    for project in projects:
        store.hset(
            NAMES.costs(day), json.dumps([project, "key_1", *TURBO]), "[1000000,2,1,1,5,6,1]"
        )
    return store


def state(valkey: Valkey, month: str, folder: Path, *words: str) -> str:
    return ask(valkey, "usage", "--month", month, "--statement", str(folder), *words).output


def lines(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_every_project_has_a_file_whatever_it_is_called(valkey: Valkey, tmp_path: Path) -> None:
    put(valkey, f"{MONTH}-31", "", "none", "proj_a", HOSTILE, OVERLONG)
    folder = tmp_path / "s"
    state(valkey, MONTH, folder)
    long = hashlib.sha256(OVERLONG.encode()).hexdigest()
    names = {"no-project", "project-none", "project-proj_a", f"project-{long}"}
    hostile = "project-..%2F..%2Fetc%2Fx"
    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {f"{name}.csv" for name in names | {hostile, "total"}} | {"manifest.json"}
    *each, whole = lines(folder / "total.csv")
    assert {line["project_id"] for line in each} == {"", "none", "proj_a", HOSTILE, OVERLONG}
    assert (whole["microusd"], whole["usd"], whole["parked_microusd"]) == (
        "5000000",
        "5.000000",
        "25",
    )
    for name in names | {hostile}:
        line, last = lines(folder / f"{name}.csv")
        assert line["line_item"] == "ideogram-v3, TURBO, generate"
        assert (line["images_billed"], line["images_delivered"], line["images_withheld"]) == (
            "2",
            "1",
            "1",
        )
        assert (last["project_id"], last["microusd"]) == ("total", "1000000")


def test_names_of_others_are_no_formulas_in_it(valkey: Valkey, tmp_path: Path) -> None:
    store = put(valkey, f"{MONTH}-01", "proj_a")
    name = '=HYPERLINK("http://a","b"),\'"'
    tags = {"cost_center": "@4711", "team": "a,b"}
    fields = {"name": name, "created": "1", "tags": json.dumps(tags)}
    store.hset(NAMES.project("proj_a"), mapping=fields)
    store.zadd(NAMES.projects, {"proj_a": 1})
    record = {"kind": "project", "project": "proj_a", "name": "-1+1", "digests": "d"}
    store.hset(NAMES.key("key_1"), mapping={**record, "shown": "s", "created": "1"})
    state(valkey, MONTH, tmp_path)
    line, _ = lines(tmp_path / "project-proj_a.csv")
    assert (line["project"], line["key"]) == (f"'{name}", "'-1+1")
    assert line["tags"] == "cost_center=@4711 team=a,b"


def test_its_files_are_the_owners_alone_and_have_the_sums_of_the_manifest(
    valkey: Valkey, tmp_path: Path
) -> None:
    put(valkey, f"{MONTH}-01", "proj_a")
    state(valkey, MONTH, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["sha256"]) == {"project-proj_a.csv", "total.csv"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert (manifest["month"], manifest["zone"], manifest["over"]) == (MONTH, "UTC", True)


def test_books_that_differ_are_not_vouched_for(valkey: Valkey, tmp_path: Path) -> None:
    put(valkey, f"{MONTH}-01", "proj_a")  # nothing of it is in the journal
    words = ("usage", "--month", MONTH, "--statement", str(tmp_path))
    result = ask(valkey, *words)
    assert result.exit_code == 1 and "cannot be vouched for" in result.output
    assert json.loads((tmp_path / "manifest.json").read_text())["verify"]


def test_one_month_has_one_folder(valkey: Valkey, tmp_path: Path) -> None:
    put(valkey, "2026-09-30", "proj_gone")
    put(valkey, f"{MONTH}-01", "proj_a")
    state(valkey, "2026-09", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for words in ((), ("--force",)):
        assert "another month" in state(valkey, MONTH, tmp_path, *words)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert "--force writes over it" in state(valkey, "2026-09", tmp_path)
    assert "2026-09: $1.000000 in 3 files" in state(valkey, "2026-09", tmp_path, "--force")


def book(store: Any, at: str, table: str) -> None:
    """An entry of the month that changes nothing."""
    words = {"verb": "void", "period": MONTH, "table": table, "key": "", "project": ""}
    store.xadd(NAMES.journal, words | dict.fromkeys(("held", "posted", "parked", "house"), 0), at)


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_journal_that_lost_its_beginning_is_told(
    valkey: Valkey, tmp_path: Path, *, forgotten: bool
) -> None:
    store = redis.Redis(unix_socket_path=str(valkey.place))
    book(store, "1791000000000-0", "t1")  # in October
    book(store, "1791000000000-1", "t2")
    if forgotten:
        store.xtrim(NAMES.journal, maxlen=1, approximate=False)
    (tmp_path / "manifest.json").write_text("no JSON")  # of nobody's statement
    state(valkey, MONTH, tmp_path, "--force")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    first = f"1791000000000-{int(forgotten)}"
    assert manifest["journal"] == {
        "first": first,
        "last": "1791000000000-1",
        "whole": not forgotten,
    }
    assert manifest["price_tables"] == (["t2"] if forgotten else ["t1", "t2"])
