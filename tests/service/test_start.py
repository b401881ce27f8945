"""A start with nothing set, on a terminal and without one; and its first keys."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.keys import well_formed
from tests.contract.gateway import ROOT, key_of
from tests.service.processes import SECONDS, Screen, environment, on_a_terminal, run, start
from tests.stores import start_valkey

KEY = re.compile(r"sk-ig-(?:admin-)?[0-9A-Za-z]{38}")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since the store's socket lies in it."""
    with tempfile.TemporaryDirectory(prefix="ig-", dir="/tmp") as made:
        yield Path(made)


def answered(url: str, key: str) -> int:
    asked = urllib.request.Request(f"{url}/models", headers={"authorization": f"Bearer {key}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def drawn(url: str, key: str, form: str) -> str:
    """A picture's link or base64, drawn with nothing but what the start has said."""
    asked = urllib.request.Request(
        f"{url}/images/generations",
        data=json.dumps({"prompt": "a lighthouse", "response_format": form}).encode(),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=20) as answer:
        assert answer.headers["x-ideogate-sandbox"] == "true"
        return str(json.load(answer)["data"][0][form])


def fetched(link: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(link, timeout=5) as answer:
        assert answer.headers["content-type"] == "image/png"
        return bytes(answer.read())


def listening(screen: Screen) -> str:
    found = re.search(r"Listening +(http://\S+/v1)", screen.until("curl "))
    assert found
    return found[1]


def test_the_first_start_on_a_terminal_shows_keys_once_and_a_command_that_fits(
    folder: Path,
) -> None:
    with on_a_terminal(folder, "serve") as screen:
        url = listening(screen)
        said = screen.until("lighthouse in a storm")
        shown = KEY.findall(said)
        assert len(shown) == 3  # the key, the admin key, and the key in the command
        project, admin, pasted = shown
        assert project == pasted and well_formed(project) and well_formed(admin)
        assert max(len(line) for line in said.splitlines()) <= 80
        for words in ("Ideogate", "embedded Valkey in .ideogate", "sandbox", "shown once"):
            assert words in said
        assert f"curl {url}/images/generations" in said
        assert answered(url, project) == 200
        made = run(folder, "keys", "create", "--name", "beside")  # the store is shared
        assert (made.returncode, answered(url, made.stdout.strip())) == (0, 200)
    assert screen.process.returncode == 0
    assert not (folder / ".ideogate/first-keys").exists()
    with on_a_terminal(folder, "serve") as screen:
        url = listening(screen)
        said = screen.until("lighthouse in a storm")
        assert KEY.findall(said) == []
        assert f"sk-ig-...{project[-4:]}" in said and "$IDEOGATE_KEY" in said
        assert [answered(url, key) for key in (project, admin)] == [200, 401]


def test_without_a_terminal_the_keys_go_into_a_file_that_only_its_owner_reads(
    folder: Path,
) -> None:
    process = start(folder, "serve", FORCE_COLOR="1")  # which makes libraries see a terminal
    try:
        assert process.stderr is not None
        told = json.loads(process.stderr.readline())
        assert told["event"] == "started"
        file = folder / ".ideogate/first-keys"
        assert told["key"] == told["admin_key"] == "written to .ideogate/first-keys"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        names = dict(line.split("=", 1) for line in file.read_text().splitlines())
        assert set(names) == {"IDEOGATE_KEY", "IDEOGATE_ADMIN_KEY"}
        link = drawn(told["listening"], names["IDEOGATE_KEY"], "url")
        assert fetched(link).startswith(b"\x89PNG")
        assert drawn(told["listening"], names["IDEOGATE_KEY"], "b64_json").startswith("iVBOR")
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert KEY.findall(out + err) == []


def test_the_environment_s_keys_are_never_shown_and_ctrl_c_ends_it_without_a_traceback(
    folder: Path,
) -> None:
    ours = {
        "IDEOGATE_BOOTSTRAP_KEY": key_of("boot"),
        "IDEOGATE_ADMIN_KEY": key_of("admin", "sk-ig-admin-"),
    }
    with on_a_terminal(folder, "serve", **ours) as screen:
        url = listening(screen)
        said = screen.until("lighthouse in a storm")
        assert answered(url, key_of("boot")) == 200
        screen.process.send_signal(signal.SIGINT)
        assert screen.process.wait(SECONDS) == 0
        assert "Traceback" not in screen.until("Traceback")
    assert KEY.findall(said) == []
    assert "IDEOGATE_BOOTSTRAP_KEY" in said
    assert not (folder / ".ideogate/first-keys").exists()


# -- starts that are refused: each a sentence and exit code 2, never a traceback or a secret

PASSWORD = "canary-password-of-a-store"
ALL_OF_THEM = """
import contextlib, io, json, sys
from service.serve import main
told = {}
for name, env in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(env)
    told[name] = [code, out.getvalue(), err.getvalue()]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def refused() -> Iterator[dict[str, Any]]:
    """All of them in one process, since most of a start is loading the code."""
    with (
        tempfile.TemporaryDirectory(prefix="ig-", dir="/tmp") as made,
        socket.socket() as taken,
        start_valkey() as newer,
    ):
        folder = Path(made)
        (folder / "file").write_text("not a folder")
        (folder / "store").mkdir()
        (folder / "store/pictures").write_text("not a folder either")
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        _newer_schema(newer.place)
        free = {"IDEOGATE_PORT": "0", "IDEOGATE_STORE_URL": f"embedded:{folder / 'none'}"}
        external = free | {"IDEOGATE_KEY_PEPPER": PASSWORD, "IDEOGATE_UPSTREAM_URL": "sandbox:"}
        gone = f"redis://user:{PASSWORD}@127.0.0.1:1/0"
        cases = {
            "value": free | {"IDEOGATE_MAX_BODY": "much"},
            "bootstrap": external | {"IDEOGATE_STORE_URL": newer.url, "IDEOGATE_BOOTSTRAP_KEY": PASSWORD},
            "admin": external | {"IDEOGATE_STORE_URL": newer.url, "IDEOGATE_ADMIN_KEY": key_of("project")},
            "port": free | {"IDEOGATE_PORT": str(taken.getsockname()[1])},
            "host": external | {"IDEOGATE_HOST": "nobody.invalid"},
            "silent": external | {"IDEOGATE_STORE_URL": gone},
            "file": free | {"IDEOGATE_STORE_URL": f"embedded:{folder / 'file'}"},
            "pictures": free | {"IDEOGATE_STORE_URL": f"embedded:{folder / 'store'}"},
            "newer": external | {"IDEOGATE_STORE_URL": newer.url, "IDEOGATE_ORGANIZATION": "newer"},
            "pepper": external | {"IDEOGATE_STORE_URL": newer.url, "IDEOGATE_ORGANIZATION": "peppered"},
            "short": external | {"IDEOGATE_KEY_PEPPER": PASSWORD[:15]},
            "prices": free | {"IDEOGATE_CONFIG": str(folder / "file")},
        }  # fmt: skip
        told = subprocess.run(
            [sys.executable, "-c", ALL_OF_THEM],
            cwd=ROOT,
            env=environment({}),
            input=json.dumps(cases),
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stderr == ""
        yield json.loads(told.stdout)


def _newer_schema(place: object) -> None:
    import redis

    books = redis.Redis(unix_socket_path=str(place))
    books.set("ig:{newer}:schema", "99")
    books.set("ig:{peppered}:pepper", "an HMAC under another one")
    books.close()


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("value", "IDEOGATE_MAX_BODY"),
        ("admin", "python -m service keys new --admin`"),
        ("prices", "IDEOGATE_CONFIG"),
        ("bootstrap", "python -m service keys new`"),
        ("port", "IDEOGATE_PORT"),
        ("host", "nobody.invalid"),
        ("silent", "IDEOGATE_STORE_URL leads to redis://127.0.0.1:1: "),
        ("file", "file"),
        ("pictures", "pictures"),
        ("newer", "layout 99"),
        ("pepper", "IDEOGATE_KEY_PEPPER is not the one that this store's keys were made with"),
        ("short", "IDEOGATE_KEY_PEPPER is too short"),
    ],
)
def test_a_refused_start_says_why_and_nothing_else(
    case: str, words: str, refused: dict[str, Any]
) -> None:
    code, out, err = refused[case]
    assert (code, out) == (2, "")
    assert err.startswith("Ideogate does not start.\n")
    assert words in err
    assert "Traceback" not in err and PASSWORD not in err


def test_a_refused_start_ends_with_exit_code_2(folder: Path) -> None:
    told = run(folder, "serve", IDEOGATE_PORTT="1")
    assert (told.returncode, told.stdout) == (2, "")
    assert "IDEOGATE_PORTT: unknown variable, did you mean IDEOGATE_PORT?" in told.stderr
    assert "Traceback" not in told.stderr
