"""`python -m service usage` and `projects`: what people read, by day, key, project, model and tag."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
import redis
from click.testing import CliRunner, Result

from adapters.store.client import connect
from service.__main__ import cli
from service.export import cell, whole_file
from service.key_records import KeyRecords
from service.keys import Keys
from service.keyspace import Keyspace
from service.usage_views import Views
from tests.service.conftest import PEPPER
from tests.stores import Valkey, start_valkey

NAMES: Final = Keyspace("org-default")
DAYS: Final = 5
ROWS: Final = (  # project, key, model, operation, speed; what one day of it came to
    (("proj_a", "key_1", "ideogram-v3", "generate", "TURBO"), (30_000, 1, 1, 0, 0, 0, 1, 0)),
    (("proj_b", "key_2", "ideogram-v3", "generate", "DEFAULT"), (120_000, 2, 1, 1, 60_000, 0, 1, 0)),
    (("proj_b", "key_2", "ideogram-describe", "describe", ""), (10_000, 1, 1, 0, 0, 0, 0, 0)),
)  # fmt: skip


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        fill(redis.Redis(unix_socket_path=str(server.place)))
        yield server


def fill(store: Any) -> None:
    """Two projects, each with a key, which have drawn every day at 22:30 UTC."""
    for project, name, tags in (
        ("proj_a", "Ada's", {"team": "red"}),
        ("proj_b", "Bob\x1b[31m", {}),
    ):
        fields = {"name": name, "created": "1790000000", "tags": json.dumps(tags)}
        store.hset(NAMES.project(project), mapping=fields)
        store.zadd(NAMES.projects, {project: 1_790_000_000})
    for key, project in (("key_1", "proj_a"), ("key_2", "proj_b")):
        record = {"kind": "project", "project": project, "name": f"app of {project}"}
        more = {"shown": "sk-ig-...abcd", "created": "1790000000", "digests": "d"}
        store.hset(NAMES.key(key), mapping=record | more)
        store.zadd(NAMES.keys, {key: 1_790_000_000})
    for ago in range(DAYS):
        day = today() - timedelta(days=ago)
        late = int(datetime(day.year, day.month, day.day, 22, tzinfo=UTC).timestamp())
        for row, counts in ROWS:
            store.hset(NAMES.costs(day.isoformat()), json.dumps([*row, ""]), json.dumps(counts))
            field = json.dumps([*row, "1024x1024", "image.generation", "", ""])
            store.hset(NAMES.usage("hour", late), field, json.dumps(counts))


def today() -> date:
    return datetime.now(UTC).date()


def ask(valkey: Valkey, *words: str) -> Result:
    env = {
        "IDEOGATE_STORE_URL": valkey.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
    }
    return CliRunner().invoke(cli, words, env=env)


def told(valkey: Valkey, *words: str) -> dict[str, int]:
    """Micro-USD by label."""
    result = ask(valkey, "usage", "--json", *words)
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)["rows"]
    return {next(iter(row.values())): row["microusd"] for row in rows}


def test_a_week_is_shown_day_by_day_with_its_sum(valkey: Valkey) -> None:
    days = told(valkey)
    assert list(days) == [(today() - timedelta(days=ago)).isoformat() for ago in range(6, -1, -1)]
    assert list(days.values()) == [0, 0, *[160_000] * DAYS]
    shown = ask(valkey, "usage").output
    assert "$0.800000" in shown and "UTC" in shown and "█" in shown


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("key", {"key_2 app of proj_b": 130_000, "key_1 app of proj_a": 30_000}),
        ("project", {"proj_b Bob\x1b[31m": 130_000, "proj_a Ada's": 30_000}),
        (
            "model",
            {
                "ideogram-v3, DEFAULT, generate": 120_000,
                "ideogram-v3, TURBO, generate": 30_000,
                "ideogram-describe, describe": 10_000,
            },
        ),
        ("tag:team", {"(no tag)": 130_000, "red": 30_000}),
    ],
    ids=str,
)
def test_it_is_summed_by_what_is_asked_for(valkey: Valkey, by: str, rows: dict[str, int]) -> None:
    found = told(valkey, "--by", by)
    assert found == {label: DAYS * microusd for label, microusd in rows.items()}
    assert list(found) == list(rows)  # the dearest first
    shown = ask(valkey, "usage", "--by", by)
    assert shown.exit_code == 0 and "\x1b" not in shown.output


def test_days_of_another_zone_are_put_together_of_hours(valkey: Valkey) -> None:
    india = told(valkey, "--tz", "Asia/Kolkata", "--from", str(today() - timedelta(days=DAYS)))
    assert sum(india.values()) >= (DAYS - 1) * 160_000
    assert india[(today() - timedelta(days=1)).isoformat()] == 160_000  # drawn the evening before
    assert set(told(valkey, "--project", "proj_a", "--key", "key_1").values()) == {0, 30_000}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--by", "colour"), "--by takes day, key, project, model or tag:NAME"),
        (("--by", "key", "--tz", "Asia/Kolkata"), "--tz is for --by day"),
        (("--tz", "Mars/Base"), "not a time zone"),
        (("--tz", "../../etc/passwd"), "not a time zone"),
        (("--tz", "Asia/Kolkata", "--from", "2020-01-01", "--to", "2020-01-02"), "60 days"),
        (("--from", "2026-02-02", "--to", "2026-02-01"), "is later than"),
        (("--from", "2000-01-01"), "more than"),
        (("--tz", "Asia/Kolkata", "--month", "2020-01"), "60 days"),
        (("--from", "9999-12-25", "--to", "9999-12-31"), "of the years"),
        (("--to", "0001-01-03"), "of the years"),
        (("--month", "2026-13"), "not a month"),
        (("--month", "9999-12"), "not a month"),
        (("--month", "2026-11", "--from", "2026-11-01"), "exclude each other"),
        (("--statement", "x"), "needs --month"),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_said(valkey: Valkey, words: tuple[str, ...], says: str) -> None:
    result = ask(valkey, "usage", *words)
    assert result.exit_code in (1, 2) and says in result.output, result.output


def test_what_a_sum_leaves_out_is_told_with_it(valkey: Valkey) -> None:
    assert "without corrections" in ask(valkey, "usage", "--tz", "Asia/Kolkata").output
    shown = ask(valkey, "usage").output
    assert "corrections" not in shown and "nobody published" not in shown


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Asia/Kolkata", date(2026, 10, 25), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23),  # of 23 hours and a half
        ("Pacific/Kiritimati", date(2026, 12, 31), 24),  # 14 hours ahead
    ],
    ids=str,
)
async def test_every_hour_counts_in_one_day_of_a_zone(zone: str, day: date, hours: int) -> None:
    with start_valkey() as server:
        store = redis.Redis(unix_socket_path=str(server.place))
        noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
        field = json.dumps([*ROWS[0][0], "1024x1024", "image.generation", "", ""])
        for hour in range(noon - 72 * 3600, noon + 72 * 3600, 3600):
            store.hset(NAMES.usage("hour", hour), field, "[1,1,1,0,0,0,1]")
        connected = await connect(server.url, timeout=5.0, slot_key=NAMES.root)
        try:
            records = KeyRecords(connected, NAMES, Keys(connected, NAMES, (b"x" * 32,)))
            views = Views(connected, NAMES, records)
            around = (day - timedelta(days=1), day + timedelta(days=1))
            rows = await views.by_day(*around, {}, ZoneInfo(zone))
            alone = await views.by_day(day, day, {}, ZoneInfo(zone))
        finally:
            await connected.aclose()
    assert [row.label for row in rows] == [str(around[0]), str(day), str(around[1])]
    assert rows[1].counts.microusd == hours and alone == rows[1:2]


def test_projects_are_listed(valkey: Valkey) -> None:
    shown = ask(valkey, "projects", "list").output
    assert "proj_a" in shown and "team=red" in shown and "\x1b" not in shown


def test_an_empty_month_is_a_statement_too(valkey: Valkey, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "2001"
    result = ask(valkey, "usage", "--month", "2001-01", "--statement", str(folder))
    assert "2001-01: $0.000000 in 2 files" in result.output
    assert {path.name for path in folder.iterdir()} == {"total.csv", "manifest.json"}
    assert json.loads((folder / "manifest.json").read_text())["journal"] is None


def test_no_cell_is_a_formula() -> None:
    assert [cell(text) for text in ("=1+1", "+1x", "-x", "@a", "\tb")] == [
        "'=1+1",
        "'+1x",
        "'-x",
        "'@a",
        "'\tb",
    ]
    assert [cell(value) for value in (-5, "-0.060000", "a=b", True)] == [
        "-5",
        "-0.060000",
        "a=b",
        "true",
    ]


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with pytest.raises(TypeError), whole_file(file, replace=False) as out:
        out.write(b"no text")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    with whole_file(file, replace=False) as out:
        out.write("whole")
    with pytest.raises(FileExistsError), whole_file(file, replace=False) as out:
        out.write("another")
    assert file.read_text() == "whole" and file.stat().st_mode & 0o777 == 0o600


def test_an_export_goes_on_behind_an_entry(valkey: Valkey, tmp_path: Path) -> None:
    store = redis.Redis(unix_socket_path=str(valkey.place))
    ids = [
        store.xadd(NAMES.journal, {"verb": "adjust", "posted": str(n), "order": f"o{n}"}, f"{n}-0")
        for n in range(1, 1_203)
    ]
    first = ask(valkey, "ledger", "export", "--format", "jsonl", "--output", str(tmp_path / "a"))
    assert "1202 entries; go on with --after 1202-0" in first.output
    rest = ask(valkey, "ledger", "export", "--after", "1200-0")
    assert rest.output.count("adjust") == 2 and "1201-0" in rest.output
    lines = [json.loads(line) for line in (tmp_path / "a").read_text().splitlines()]
    assert [line["id"] for line in lines] == [one.decode() for one in ids]
    assert sum(line["posted"] for line in lines) == sum(range(1_203))
    for words, says in (
        (("--after", "x"), "an entry's id"),
        (("--output", str(tmp_path / "a")), "--force"),
        (("--output", str(tmp_path / "no" / "a")), "No such file"),
    ):
        result = ask(valkey, "ledger", "export", *words)
        assert result.exit_code in (1, 2) and says in result.output, result.output
    store.delete(NAMES.journal)
