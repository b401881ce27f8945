"""`python -m service apply`: teams from a file, once and again, and nothing half done."""

import asyncio
import csv
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from click.testing import CliRunner, Result

from adapters.store.client import connect
from config.files import shipped
from service.__main__ import cli
from service.apply_files import read_file
from service.apply_secrets import Secret, SecretsFile, label
from service.apply_wanted import BadFile
from service.keys import Credential, Keys
from service.keyspace import Keyspace
from tests.contract.gateway import ROOT
from tests.service.conftest import PEPPER
from tests.service.processes import start
from tests.stores import Valkey, start_valkey

NAMES: Final = Keyspace("org-default")
TEAMS: Final = ROOT / "docs/teams.toml"
TABLE: Final = """\
project,key,tag:cost_center,project_spend_month,key_spend_day,expires,models
search,one,4711,50.00,5.00,30d,"ideogram-v3-turbo, ideogram-v3:edit"
search,two,,,1.00,,
design,one,4712,25.00,,,
"""


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with start_valkey() as server:
        yield server


@pytest.fixture
def store(valkey: Valkey) -> Any:
    link: Any = redis.Redis(unix_socket_path=str(valkey.place), decode_responses=True)
    link.flushall()
    return link


def env_of(valkey: Valkey) -> dict[str, str]:
    return {
        "IDEOGATE_STORE_URL": valkey.url,
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
    }


def apply(valkey: Valkey, file: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["apply", str(file), *words], env=env_of(valkey))


def dump(store: Any) -> dict[str, Any]:
    """All there is; what commands write at every start is left out."""
    kinds = {
        "string": store.get,
        "hash": store.hgetall,
        "zset": lambda name: store.zrange(name, 0, -1, withscores=True),
        "stream": store.xrange,
    }
    return {name: kinds[store.type(name)](name) for name in store.scan_iter()}


def secrets(file: Path) -> dict[tuple[str, str], str]:
    with file.open(newline="") as text:
        return {(row["project"], row["key"]): row["secret"] for row in csv.DictReader(text)}


def project(store: Any, name: str) -> dict[str, Any]:
    """The record, limits and id of a project by name."""
    for identity in store.zrange(NAMES.projects, 0, -1):
        record = store.hgetall(NAMES.project(identity))
        if record["name"] == name:
            limits = store.hgetall(NAMES.limits(f"project:{identity}"))
            return {"id": identity, "limits": limits, **record}
    raise AssertionError(name)


async def look(valkey: Valkey, secret: str) -> Credential | None:
    link = await connect(valkey.url)
    try:
        return await Keys(link, NAMES, [PEPPER.encode()]).find(secret)
    finally:
        await link.aclose()


def test_the_example_is_brought_about_once(valkey: Valkey, store: Any, tmp_path: Path) -> None:
    out = tmp_path / "teams.csv"
    first = apply(valkey, TEAMS, "--secrets-out", str(out))
    assert first.exit_code == 0, first.output
    assert "Adding 5, change 1, remove 0." in first.output and "Done." in first.output
    search, design = project(store, "search"), project(store, "design")
    assert search["limits"] == {
        "spend_month": "50000000",
        "requests_minute": "120",
        "images_request": "4",
        "contact": "search-leads@example.com",
    }
    assert search["models"] == '["ideogram-v3-turbo","ideogram-v3-turbo:edit"]'
    assert (design["charge_withheld"], design["unknown_parameters"]) == ("house", "warn")
    assert design["limits"] == {"speeds": "TURBO,DEFAULT"}
    rates = store.hgetall(NAMES.limits(f"project:{design['id']}:ideogram-v3"))
    assert rates == {"images_minute": "30"}
    assert store.hget(NAMES.limits("organization"), "spend_month") == "500000000"
    assert store.hlen(NAMES.alerts("organization")) == 1
    assert (
        store.zrange(NAMES.thresholds(f"project:{search['id']}"), 0, -1, withscores=True)[0][1]
        == 4e7
    )
    made = secrets(out)
    assert set(made) == {
        ("search", "search-production"),
        ("search", "search-staging"),
        ("design", "design-studio"),
    }
    for (owner, name), secret in made.items():
        found = asyncio.run(look(valkey, secret))
        assert found is not None and found.name == name and not found.ended
        assert found.project == project(store, owner)["id"]
        assert secret not in first.output and secret not in str(dump(store))
    assert out.stat().st_mode & 0o777 == 0o600
    assert [line["actor"] for _, line in store.xrange(NAMES.audit)] == ["command line"] * 6
    before = dump(store)
    for words in ((), ("--prune",), ("--dry-run",)):
        again = apply(valkey, TEAMS, *words)
        assert (again.exit_code, again.output) == (0, "Nothing to change.\n")
    assert dump(store) == before


def test_a_dry_run_shows_all_and_writes_nothing(valkey: Valkey, store: Any) -> None:
    assert apply(valkey, TEAMS, "--dry-run").exit_code == 0
    before = dump(store)
    told = apply(valkey, TEAMS, "--dry-run")
    assert "Would add 5, change 1, remove 0." in told.output
    assert "+ project search: key search-staging" in told.output
    assert "spend_total: none -> $10.000000" in told.output
    assert dump(store) == before


def test_what_changed_is_shown_and_changed_alone(
    valkey: Valkey, store: Any, tmp_path: Path
) -> None:
    file, out = tmp_path / "t.csv", tmp_path / "out.csv"
    file.write_text(TABLE)
    assert apply(valkey, file, "--secrets-out", str(out)).exit_code == 0
    search = project(store, "search")
    store.hset(NAMES.limits(f"project:{search['id']}"), "images_request", "3")  # by someone else
    file.write_text(TABLE.replace("50.00", "60.00").replace("30d", "").replace(",1.00", ","))
    told = apply(valkey, file)
    assert "~ project search" in told.output and "$50.000000 -> $60.000000" in told.output
    assert "Adding 0, change 1, remove 0." in told.output
    limits = project(store, "search")["limits"]
    assert limits == {"spend_month": "60000000", "images_request": "3"}
    toml = tmp_path / "t.toml"
    toml.write_text(
        '[[project]]\nname="search"\nspend_month=""\nmodels=[]\ntags={}\nalerts=[]\n'
        '[[project.key]]\nname="one"\nmodels=["dall-e-3"]\nmodels_mode="deny_list"\n'
        'scopes=["api.all.read"]\nspend_day=""\n'
    )
    told = apply(valkey, toml)
    assert told.exit_code == 0, told.output
    changed = project(store, "search")
    assert changed["limits"] == {"images_request": "3"}
    assert (changed["models_mode"], changed["models"], changed["tags"]) == ("", "[]", "{}")
    found = asyncio.run(look(valkey, secrets(out)["search", "one"]))
    assert found is not None and found.scopes == ("api.all.read",)
    assert [(p.whose, p.mode, p.entries) for p in found.permits] == [
        ("key", "deny_list", ("dall-e-3",))
    ]


def test_alerts_are_those_of_the_file(valkey: Valkey, store: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"

    def run(*alerts: tuple[str, str]) -> list[str]:
        rows = ", ".join(f'{{ at = "{at}", recipients = ["{mail}"] }}' for at, mail in alerts)
        file.write_text(f'[[project]]\nname = "a"\nalerts = [{rows}]\n')
        told = apply(valkey, file)
        assert told.exit_code == 0, told.output
        key = NAMES.alerts(f"project:{project(store, 'a')['id']}")
        return sorted(store.hkeys(key))

    (first,) = run(("10.00", "a@example.com"))
    assert run(("10.00", "b@example.com")) == [first]  # changed, and still the same alert
    two = run(("10.00", "b@example.com"), ("20.00", "b@example.com"))
    assert first in two and len(two) == 2
    assert run() == []


def test_only_what_apply_made_is_pruned(valkey: Valkey, store: Any, tmp_path: Path) -> None:
    file, out = tmp_path / "t.csv", tmp_path / "out.csv"
    runner = CliRunner()
    mine = runner.invoke(cli, ["keys", "create", "--project", "by_hand"], env=env_of(valkey))
    assert mine.exit_code == 0
    file.write_text(TABLE)
    assert apply(valkey, file, "--secrets-out", str(out)).exit_code == 0
    file.write_text("\n".join(TABLE.splitlines()[:2]) + "\n")
    assert apply(valkey, file).output == "Nothing to change.\n"
    told = apply(valkey, file, "--prune")
    assert "- project search: key two" in told.output and "- project design" in told.output
    kept = secrets(out)
    for secret, lives in (
        (mine.output.strip(), True),
        (kept["search", "one"], True),
        (kept["search", "two"], False),
        (kept["design", "one"], False),
    ):
        found = asyncio.run(look(valkey, secret))
        assert found is not None and (found.revoked or found.archived) is not lives
    assert apply(valkey, file, "--prune").output == "Nothing to change.\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[project]]\nname='a'\nspent=1", "project a: there is no 'spent'"),
        (
            "[[project]]\nname='a'\nspend_month=10.5",
            "project a.spend_month: amounts are written in quotes",
        ),
        ("[[project]]\nname='a'\nspend_month='-1'", "project a.spend_month"),
        ("[[project]]\nname='a'\nspend_day='1'", "project a: there is no 'spend_day'"),
        ("[[project]]\nname='a'\nmodels=['ideogram-v9']", "project a.models"),
        (
            "[[project]]\nname='a'\nmodels=['dall-e-3']\nmodels_mode='some'",
            "allow_list or deny_list",
        ),
        ("[[project]]\nname='a'\nrates={'v9'={images_minute=1}}", "there is no model 'v9'"),
        ("[[project]]\nname='a'\ntags={'A b'='x'}", "project a.tags"),
        ("[[project]]\nname='a'\nalerts=[{at='0.001'}]", "project a.alerts[0]"),
        ("[[project]]\nname='a'\nalerts=[{at='5'},{at='5.00'}]", "two alerts have the same amount"),
        ("[[project]]\nname='a'\ncharge_withheld='me'", "customer or house"),
        ("[[project]]\nname='a'\n[[project.key]]\nname='k'\nexpires='soon'", "key k.expires"),
        ("[[project]]\nname='a'\n[[project.key]]\nname='k'\nscopes=['x']", "key k.scopes"),
        (
            "[[project]]\nname='a'\n[[project.key]]\nname='k'\n[[project.key]]\nname='k'",
            "is there twice",
        ),
        ("[[project]]\nname='a'\n[[project]]\nname='a'", "project a: is there twice"),
        ('[[project]]\nname="a\\u001b"', "project.name"),
        ("[project]\nname='a'", "[[project]]"),
        ("[organization]\nspeeds=['FAST']", "organization.speeds"),
        ("[organisation]", "there is no 'organisation'"),
        ("x = ", "the file"),
    ],
    ids=str,
)
def test_every_fault_of_a_file_is_named(text: str, says: str) -> None:
    with pytest.raises(BadFile) as bad:
        read_file(text, shipped(), table=False)
    assert says in str(bad.value), str(bad.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("project\na\n", "project and key among them"),
        ("project,key,colour\na,b,c\n", "there is no column 'colour'"),
        ("project,key,key\na,b,c\n", "is there twice"),
        ("project,key\na\n", "line 2: it has another number of columns"),
        ("project,key,contact\na,b,x\na,c,y\n", "line 3: contact is 'y' here, but 'x' above"),
        ("project,key\n,b\n", "project.name"),
        ("project,key\na,\n", "key.name"),
        ('project,key\na,"b\n', "line"),
        ("project,key,key_spend_day\na,b,lots\n", "key b.spend_day"),
    ],
    ids=str,
)
def test_every_fault_of_a_table_is_named(text: str, says: str) -> None:
    with pytest.raises(BadFile) as bad:
        read_file(text, shipped(), table=True)
    assert says in str(bad.value), str(bad.value)


def test_secrets_are_never_lost_and_never_overwritten(
    valkey: Valkey, store: Any, tmp_path: Path
) -> None:
    file, out = tmp_path / "t.csv", tmp_path / "out.csv"
    file.write_text(TABLE)
    for words, says in (
        ((), "say where they go with --secrets-out"),
        (("--secrets-out", str(tmp_path / "no" / "x")), "No such file"),
    ):
        told = apply(valkey, file, *words)
        assert told.exit_code == 1 and says in told.output
    out.write_text("mine")
    assert "--force" in apply(valkey, file, "--secrets-out", str(out)).output
    link = tmp_path / "link.csv"
    link.symlink_to(out)
    assert apply(valkey, file, "--secrets-out", str(link), "--force").exit_code == 1
    assert out.read_text() == "mine" and not store.exists(NAMES.projects)
    done = apply(valkey, file, "--secrets-out", str(out), "--force")
    assert done.exit_code == 0 and len(secrets(out)) == 3
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_secret_whose_key_was_not_made_is_taken_out_again(tmp_path: Path) -> None:
    for ending, rest in (("csv", "project,key,id,secret\na,b,1,x\na,d,3,z\n"), ("yaml", None)):
        path = tmp_path / f"s.{ending}"
        with SecretsFile(path, replace=False) as kept:
            for name, identity, secret in (("b", "1", "x"), ("c", "2", "y")):
                kept.add(Secret("a", name, identity, secret))
            kept.take_back()
            kept.add(Secret("a", "d", "3", "z"))
        text = path.read_text()
        assert text == rest if rest else text.count("---") == 1 and '"y"' not in text
        assert path.stat().st_mode & 0o777 == 0o600 and len(list(tmp_path.glob(".*"))) == 0
    with SecretsFile(tmp_path / "none.csv", replace=False) as kept:
        kept.add(Secret("a", "b", "1", "x"))
        kept.take_back()
    assert not (tmp_path / "none.csv").exists()


def test_kubernetes_secrets_have_names_that_it_takes(
    valkey: Valkey, store: Any, tmp_path: Path
) -> None:
    assert label("Ünion & Co", "Prod_1") == "ideogate-nion-co-prod-1"
    assert len(label("x" * 90, "y")) == 63 and label("日本", "東京") == ""
    file, out = tmp_path / "t.csv", tmp_path / "out.yaml"
    file.write_text("project,key\na b,c\na,b c\n")
    told = apply(valkey, file, "--secrets-out", str(out))
    assert told.exit_code == 1 and "ideogate-a-b-c" in told.output and not out.exists()
    file.write_text("project,key\na,b\na,c\n")
    assert apply(valkey, file, "--secrets-out", str(out)).exit_code == 0
    first, second = out.read_text().split("---\n")
    assert "kind: Secret" in first and "  name: ideogate-a-b\n" in first
    assert '  OPENAI_API_KEY: "sk-ig-' in second and "  name: ideogate-a-c\n" in second
    assert store.exists(NAMES.projects)


def test_two_of_one_name_are_not_guessed_at(valkey: Valkey, store: Any, tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[[project]]\nname = "twin"\n')
    for identity in ("proj_1", "proj_2"):
        store.hset(
            NAMES.project(identity), mapping={"name": "twin", "created": "1", "archived": ""}
        )
        store.zadd(NAMES.projects, {identity: 1})
    told = apply(valkey, file)
    assert told.exit_code == 1 and "Two active projects are named 'twin'" in told.output


def test_a_run_that_is_killed_is_finished_by_the_next(
    valkey: Valkey, store: Any, tmp_path: Path
) -> None:
    rows = [f"team {number},app,{number}.00" for number in range(1, 61)]
    file = tmp_path / "many.csv"
    file.write_text("\n".join(["project,key,project_spend_month", *rows]) + "\n")
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    words = ("apply", str(file), "--secrets-out", str(first))
    running = start(tmp_path, *words, **env_of(valkey))
    end = time.monotonic() + 30
    while store.zcard(NAMES.projects) < 10 and running.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=10)
    done = apply(valkey, file, "--secrets-out", str(second))
    assert done.exit_code == 0, done.output
    assert apply(valkey, file).output == "Nothing to change.\n"
    assert store.zcard(NAMES.projects) == 60 and store.zcard(NAMES.keys) == 60
    early, late = secrets(first), secrets(second)
    assert len(early) + len(late) in (60, 61)  # one may have been on disk, but not made yet
    works = [
        pair
        for kept in (early, late)
        for pair, secret in kept.items()
        if asyncio.run(look(valkey, secret)) is not None
    ]
    assert len(works) == len(set(works)) == 60


def test_a_store_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "service", "apply", str(TEAMS), "--dry-run"],
        cwd=ROOT,
        env={
            "IDEOGATE_STORE_URL": "redis://127.0.0.1:1",
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": "sandbox:",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1 and done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
