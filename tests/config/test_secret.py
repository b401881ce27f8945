"""A secret never shows, and comes from a variable or a file, not from both."""

import pickle
from pathlib import Path

import pytest

from config.secret import Secret
from config.settings import BadSettings, load
from config.variables import VARIABLES

HIDDEN = "hunter2-hunter2-hunter2"
LIVE = {"IDEOGATE_UPSTREAM_API_KEY": "k"}
PLAIN = [v for v in VARIABLES if v.secret and v.field not in {"store_url", "alert_webhook_url"}]


def problems(environ: dict[str, str]) -> str:
    with pytest.raises(BadSettings) as caught:
        load(environ)
    return str(caught.value)


def test_a_secret_prints_stars_however_it_is_printed() -> None:
    secret = Secret(HIDDEN)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>5}",
        f"{secret:.2}",
        f"{[secret]}",
    ]
    assert not any(HIDDEN in text for text in shown)
    assert repr(secret) == str(secret) == "***"
    assert secret.reveal() == HIDDEN


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(HIDDEN))


def test_equal_secrets_are_equal() -> None:
    assert Secret("ключ") == Secret("ключ")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


@pytest.mark.parametrize("variable", PLAIN, ids=lambda variable: variable.name)
def test_no_secret_stands_in_the_settings_text(variable) -> None:
    settings = load({**LIVE, variable.name: HIDDEN})
    assert HIDDEN not in repr(settings)


@pytest.mark.parametrize("variable", PLAIN, ids=lambda variable: variable.name)
def test_every_secret_may_lie_in_a_file(variable, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{HIDDEN}\n", "utf-8")
    settings = load({"IDEOGATE_UPSTREAM_URL": "sandbox:", f"{variable.name}_FILE": str(path)})
    if variable.field != "upstream_api_key":
        assert getattr(settings, variable.field) == Secret(HIDDEN)


@pytest.mark.parametrize("variable", [v for v in VARIABLES if v.secret], ids=lambda v: v.name)
def test_a_variable_and_its_file_exclude_each_other(variable, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(HIDDEN, "utf-8")
    said = problems({**LIVE, variable.name: HIDDEN, f"{variable.name}_FILE": str(path)})
    assert said == f"{variable.name} and {variable.name}_FILE are both set: unset one of them"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "which cannot be read: No such file or directory"),
        (b" \n", "a file that is empty"),
        (b"\xff\xfe\x00", "a file that is not UTF-8 text"),
        (b"hunter2\nhunter2\n", "holds a secret of 15 characters that cannot be used"),
    ],
)
def test_a_file_that_holds_no_secret_is_told(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    message = problems({**LIVE, "IDEOGATE_KEY_PEPPER_FILE": str(path)})
    assert message.startswith("IDEOGATE_KEY_PEPPER")
    assert said in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDEOGATE_UPSTREAM_API_KEY", "hunter2 hunter2"),
        ("IDEOGATE_UPSTREAM_API_KEY", "hunter2-ключ"),
        ("IDEOGATE_ADMIN_KEY", "hunter2\thunter2"),
        ("IDEOGATE_STORE_URL", "mysql://root:hunter2@db"),
        ("IDEOGATE_STORE_URL", "redis://"),
        ("IDEOGATE_ALERT_WEBHOOK_URL", "hooks.example.com/hunter2"),
        ("IDEOGATE_UPSTREAM_URL", "https://me:hunter2@proxy.example.com"),
        ("IDEOGATE_PUBLIC_URL", "https://me:hunter2@proxy.example.com"),
        ("IDEOGATE_ORGANIZATION", "//me:hunter2@" + "x" * 100),
    ],
)
def test_no_complaint_repeats_a_secret(name: str, value: str) -> None:
    message = problems({"IDEOGATE_UPSTREAM_API_KEY": "k", name: value})
    assert message.startswith(f"{name} holds ")
    assert "hunter2" not in message
    assert len(message.splitlines()) == 1
