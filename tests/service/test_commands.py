"""`python -m service`: new keys, keys for a store, and the check."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.store.client import connect
from service.__main__ import cli
from service.keys import Keys, well_formed
from service.keyspace import Keyspace
from tests.service.conftest import PEPPER
from tests.service.processes import run
from tests.stores import start_valkey


@pytest.mark.parametrize(
    ("words", "prefix"), [(["--admin"], "sk-ig-admin-"), ([], "sk-ig-")], ids=["admin", "project"]
)
def test_a_new_key_is_printed_and_nothing_else(words: list[str], prefix: str) -> None:
    told = CliRunner().invoke(cli, ["keys", "new", *words])
    assert told.exit_code == 0
    assert told.output.startswith(prefix) and well_formed(told.output.strip())


def test_a_key_is_made_in_an_external_store() -> None:
    with start_valkey() as server:
        env = {
            "IDEOGATE_STORE_URL": server.url,
            "IDEOGATE_KEY_PEPPER": PEPPER,
            "IDEOGATE_UPSTREAM_URL": "sandbox:",
        }
        told = CliRunner().invoke(cli, ["keys", "create", "--admin", "--name", "ops"], env=env)
        assert told.exit_code == 0, told.output
        found = asyncio.run(_record(server.url, told.output.strip()))
    assert found == ("admin", "ops", False)


async def _record(url: str, key: str) -> tuple[str, str, bool] | None:
    store = await connect(url)
    try:
        found = await Keys(store, Keyspace("org-default"), [PEPPER.encode()]).find(key)
    finally:
        await store.aclose()
    return found and (found.kind, found.name, found.revoked)


@pytest.mark.parametrize(
    "env",
    [
        {"IDEOGATE_STORE_URL": "redis://u:canary-password@127.0.0.1:1"},
        {"IDEOGATE_STORE_URL": "memcached://x"},
        {"IDEOGATE_KEY_PEPPER": ""},
    ],
    ids=["silent", "no store", "no pepper"],
)
def test_a_command_that_cannot_says_so_in_a_sentence(env: dict[str, str]) -> None:
    always = {
        "IDEOGATE_STORE_URL": "redis://127.0.0.1:1",
        "IDEOGATE_KEY_PEPPER": PEPPER,
        "IDEOGATE_UPSTREAM_URL": "sandbox:",
    }
    told = CliRunner().invoke(cli, ["keys", "create"], env=always | env)
    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert "canary-password" not in told.output and "Traceback" not in told.output


def test_the_check_passes_with_nothing_set() -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = run(Path(folder), "check")
    assert told.returncode == 0, told.stderr
    assert "ideogram-v3" in told.stdout


def test_a_check_that_fails_says_what_is_wrong() -> None:
    told = CliRunner().invoke(cli, ["check"], env={"IDEOGATE_PORT": "many"})
    assert told.exit_code == 1
    assert "IDEOGATE_PORT" in told.output
