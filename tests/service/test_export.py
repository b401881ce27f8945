"""`python -m service ledger export`: every entry once, part by part, and no gap that nobody hears of."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from tests.contract.gateway import ROOT
from tests.service.conftest import PEPPER
from tests.service.test_usage_command import NAMES, ask
from tests.stores import Valkey, start_valkey

DAY_MS: Final = 86_400_000
FIRST_MS: Final = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1000
ENTRIES: Final = 1_203  # more than two pages


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        store = client(server)
        for n in range(ENTRIES):  # three days of November, 401 entries each
            at = FIRST_MS + n // 401 * DAY_MS + n % 401
            entry = {"verb": "adjust", "order": f"o{n}", "posted": str(n), "reason": "=1+1"}
            store.xadd(NAMES.journal, entry, f"{at}-7")
        yield server


def client(valkey: Valkey) -> Any:
    return redis.Redis(unix_socket_path=str(valkey.place))


def orders(text: str) -> list[str]:
    return [row["order"] for row in csv.DictReader(io.StringIO(text))]


def test_parts_that_go_on_behind_one_another_are_the_whole(valkey: Valkey, tmp_path: Path) -> None:
    seen, after = [], ()
    for part in range(3):
        file, until = tmp_path / f"{part}.csv", ("--to", f"2026-11-0{part + 1}")
        told = ask(valkey, "ledger", "export", *after, *until, "--output", str(file))
        assert told.exit_code == 0 and "401 entries; go on with --after" in told.output
        after = ("--after", told.output.split()[-1])
        seen += orders(file.read_text())
        assert file.stat().st_mode & 0o777 == 0o600
    assert seen == [f"o{n}" for n in range(ENTRIES)]
    nothing = ask(valkey, "ledger", "export", *after)
    assert "0 entries" in nothing.output and after[1] in nothing.output


def test_days_are_utc_and_both_are_in_it(valkey: Valkey) -> None:
    day = ask(valkey, "ledger", "export", "--from", "2026-11-02", "--to", "2026-11-02")
    assert [row for row in orders(day.stdout) if row] == [f"o{n}" for n in range(401, 802)]
    both = ("--from", "2026-11-03", "--after", f"{FIRST_MS}-7")
    assert orders(ask(valkey, "ledger", "export", *both).stdout)[0] == "o802"


def test_a_reason_is_no_formula_in_a_csv_and_itself_in_json(valkey: Valkey) -> None:
    one = ("--to", "2026-11-01", "--after", f"{FIRST_MS + 399}-7")
    (row,) = csv.DictReader(io.StringIO(ask(valkey, "ledger", "export", *one).stdout))
    assert (row["reason"], row["posted"], row["assumed"]) == ("'=1+1", "400", "false")
    line = json.loads(ask(valkey, "ledger", "export", "--format", "jsonl", *one).stdout)
    assert (line["reason"], line["posted"], line["assumed"]) == ("=1+1", 400, False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "2026-11-03", "--to", "2026-11-02"), "is later than"),
        (("--from", "0001-01-01"), "of the years"),
        (("--to", "9999-12-31"), "of the years"),
        (("--after", "1-1; FLUSHALL"), "an entry's id"),
        (("--after", "-"), "an entry's id"),
        (("--format", "xml"), "xml"),
        (("--output", "/proc/version"), "--force"),
    ],
    ids=str,
)
def test_what_cannot_be_exported_is_said(valkey: Valkey, words: tuple[str, ...], says: str) -> None:
    result = ask(valkey, "ledger", "export", *words)
    assert result.exit_code in (1, 2) and says in result.output, result.output


def test_a_reader_who_leaves_ends_it_without_a_traceback(valkey: Valkey) -> None:
    env = {"IDEOGATE_STORE_URL": valkey.url, "IDEOGATE_KEY_PEPPER": PEPPER}
    with subprocess.Popen(
        [sys.executable, "-m", "service", "ledger", "export"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "IDEOGATE_UPSTREAM_URL": "sandbox:", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read().decode()
        assert process.wait(30) != 0
    assert "Traceback" not in told


def test_an_export_does_not_begin_behind_a_gap() -> None:
    with start_valkey() as server:
        store = client(server)
        for n in range(1, 11):
            store.xadd(NAMES.journal, {"verb": "adjust", "order": f"o{n}"}, f"{n}-0")
        whole = ask(server, "ledger", "export", "--after", "0-0")
        assert orders(whole.stdout)[0] == "o1"  # nothing was ever forgotten
        store.xtrim(NAMES.journal, minid="5-0", approximate=False)
        for after in ("0-0", "3-0"):
            refused = ask(server, "ledger", "export", "--after", after)
            assert refused.exit_code == 1 and "behind a gap" in refused.output
        assert orders(ask(server, "ledger", "export", "--after", "5-0").stdout)[0] == "o6"
        assert orders(ask(server, "ledger", "export").stdout)[0] == "o5"
