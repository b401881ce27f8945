"""Which upstreams are used: the environment's one, the sandbox, or the file's rows."""

from pathlib import Path

import pytest

from config.catalogue import Upstream
from config.secret import Secret
from config.settings import BadSettings, Settings, load

KEY = {"IDEOGATE_UPSTREAM_API_KEY": "k-1"}
PEPPER = {"IDEOGATE_KEY_PEPPER": "a pepper of the tests"}
MIB = 1024 * 1024


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        load(environ)
    return caught.value.problems


def only(settings: Settings) -> Upstream:
    (row,) = settings.upstreams
    return row


def test_a_key_alone_draws_at_aihubmix() -> None:
    settings = load(KEY)
    assert only(settings) == Upstream(
        name="aihubmix",
        base_url="https://aihubmix.com/ideogram",
        kind="aihubmix",
        prices="aihubmix",
        account="aihubmix",
        slots=10,
        max_file=10 * MIB,
        failed_is_free=False,
    )
    assert settings.upstream_keys == {"aihubmix": (Secret("k-1"),)}
    assert not settings.sandbox


def test_ideograms_own_host_is_known_by_its_name() -> None:
    settings = load({**KEY, "IDEOGATE_UPSTREAM_URL": "https://api.ideogram.ai/"})
    row = only(settings)
    assert (row.name, row.kind, row.prices) == ("ideogram", "ideogram", "ideogram")
    assert row.base_url == "https://api.ideogram.ai"
    assert row.failed_is_free
    assert row.max_file == settings.max_file == 25 * MIB
    assert settings.image_hosts == ("ideogram.ai", "api.ideogram.ai")


def test_any_other_host_speaks_aihubmix_unless_the_kind_is_said() -> None:
    url = {
        "IDEOGATE_UPSTREAM_URL": "http://127.0.0.1:9000/ideogram",
        "IDEOGATE_UPSTREAM_SLOTS": "3",
    }
    assert only(load({**KEY, **url})).kind == "aihubmix"
    row = only(load({**KEY, **url, "IDEOGATE_UPSTREAM_KIND": "ideogram"}))
    assert (row.name, row.kind, row.slots) == ("ideogram", "ideogram", 3)


def test_a_key_of_ideograms_is_not_sent_to_the_default_reseller() -> None:
    (said,) = problems({**KEY, "IDEOGATE_UPSTREAM_KIND": "ideogram"})
    assert said.startswith("IDEOGATE_UPSTREAM_KIND holds 'ideogram', but IDEOGATE_UPSTREAM_URL is")
    assert "https://api.ideogram.ai" in said


def test_a_file_limit_may_be_set() -> None:
    assert only(load({**KEY, "IDEOGATE_MAX_FILE": "4"})).max_file == 4 * MIB


def test_nothing_set_is_the_sandbox() -> None:
    settings = load({})
    row = only(settings)
    assert settings.sandbox
    assert (row.name, row.base_url, row.kind, row.account) == (
        "sandbox", "sandbox:", "aihubmix", "sandbox",
    )  # fmt: skip
    assert settings.upstream_keys == {}
    assert settings.image_hosts == ("ideogram.ai", "127.0.0.1")


@pytest.mark.parametrize(
    "environ",
    [
        {"IDEOGATE_HOST": "0.0.0.0"},
        {"IDEOGATE_HOST": "draw.internal"},
        {"IDEOGATE_STORE_URL": "redis://store:6379", **PEPPER},
        {"IDEOGATE_UPSTREAM_URL": "https://api.ideogram.ai"},
        {"IDEOGATE_UPSTREAM_URL": "https://aihubmix.com/ideogram"},
    ],
)
def test_elsewhere_a_missing_key_refuses_the_start(environ: dict[str, str]) -> None:
    (said,) = problems(environ)
    assert said.startswith("IDEOGATE_UPSTREAM_API_KEY is not set: set it, or ask for the sandbox")


@pytest.mark.parametrize(
    "environ",
    [
        {"IDEOGATE_HOST": "0.0.0.0"},
        {"IDEOGATE_STORE_URL": "redis://store:6379", **PEPPER},
        {"IDEOGATE_PUBLIC_URL": "https://draw.example.com"},
        KEY,
    ],
)
def test_the_sandbox_may_be_asked_for_by_name_anywhere(environ: dict[str, str]) -> None:
    settings = load({**environ, "IDEOGATE_UPSTREAM_URL": "Sandbox:"})
    assert only(settings).name == "sandbox"
    assert settings.upstream_keys == {}
    host = "draw.example.com" if "IDEOGATE_PUBLIC_URL" in environ else "127.0.0.1"
    assert settings.image_hosts == ("ideogram.ai", host)


def test_the_sandbox_may_charge_the_official_prices() -> None:
    settings = load({"IDEOGATE_UPSTREAM_KIND": "ideogram"})
    assert (only(settings).name, only(settings).prices) == ("sandbox", "ideogram")


@pytest.mark.parametrize(
    "environ",
    [
        {"IDEOGATE_UPSTREAM_API_KEY": "k k"},
        {"IDEOGATE_UPSTREAM_API_KEY_FILE": "/nowhere/key"},
        {**KEY, "IDEOGATE_UPSTREAM_API_KEY_FILE": "/nowhere/key"},
        {**KEY, "IDEOGATE_UPSTREAM_URL": "ftp://x"},
    ],
)
def test_a_key_or_url_that_cannot_be_read_is_one_problem_not_two(environ: dict[str, str]) -> None:
    assert len(problems(environ)) == 1


FILE = """
[[upstream]]
name = "first"
base_url = "https://aihubmix.com/ideogram/"
api_key_env = ["FIRST_KEY", "IDEOGATE_SECOND_KEY"]
slots = 20
max_file = "512KiB"
operations = ["generate", "edit"]
fields_added = ["edit.negative_prompt"]

[[upstream]]
name = "backup"
base_url = "https://api.ideogram.ai"
account = "shared"
api_key_file = "KEYFILE"
failed_is_free = false
max_file = 7
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "key").write_text("k-3\n", "utf-8")
    path = tmp_path / "ideogate.toml"
    path.write_text(FILE.replace("KEYFILE", str(tmp_path / "key")), "utf-8")
    return {"IDEOGATE_CONFIG": str(path), "FIRST_KEY": "k-1", "IDEOGATE_SECOND_KEY": "k-2"}


def with_rows(environ: dict[str, str], old: str, new: str) -> dict[str, str]:
    path = Path(environ["IDEOGATE_CONFIG"])
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return environ


def test_rows_of_the_file_take_the_place_of_the_environments_upstream(
    environ: dict[str, str],
) -> None:
    settings = load({**environ, **KEY, "IDEOGATE_HOST": "0.0.0.0"})
    first, backup = settings.upstreams
    assert (first.name, first.kind, first.prices, first.account) == (
        "first", "aihubmix", "aihubmix", "first",
    )  # fmt: skip
    assert first.base_url == "https://aihubmix.com/ideogram"
    assert (first.slots, first.max_file) == (20, 512 * 1024)
    assert first.operations == ("generate", "edit")
    assert first.fields_added == ("edit.negative_prompt",)
    assert (backup.kind, backup.account, backup.slots) == ("ideogram", "shared", 10)
    assert (backup.failed_is_free, backup.max_file) == (False, 7 * MIB)
    assert settings.max_file == 7 * MIB
    assert settings.image_hosts == ("ideogram.ai", "aihubmix.com", "api.ideogram.ai")
    assert settings.upstream_keys == {
        "first": (Secret("k-1"), Secret("k-2")),
        "backup": (Secret("k-3"),),
    }


def test_a_row_may_be_the_sandbox(environ: dict[str, str]) -> None:
    rows = with_rows(environ, "https://api.ideogram.ai", "sandbox:")
    settings = load(with_rows(rows, '"backup"', '"sandbox"'))
    assert settings.sandbox
    assert settings.image_hosts == ("ideogram.ai", "aihubmix.com", "127.0.0.1")


def test_a_key_that_the_file_names_may_lie_in_a_file(
    environ: dict[str, str], tmp_path: Path
) -> None:
    del environ["IDEOGATE_SECOND_KEY"]
    settings = load({**environ, "IDEOGATE_SECOND_KEY_FILE": str(tmp_path / "key")})
    assert settings.upstream_keys["first"] == (Secret("k-1"), Secret("k-3"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"FIRST_KEY", ',
            '"NO_KEY", ',
            "upstream first: api_key_env names NO_KEY, which is not set",
        ),
        ("api_key_file = ", "api_key_file = '/nowhere' #", "upstream backup: api_key_file holds"),
        ("api_key_file = ", "#", "upstream backup: needs api_key_env or api_key_file"),
        ('"backup"', '"first"', "upstream first: written twice"),
        ('"shared"', '"first"', "upstream backup: 10 slots, but first has 20 on the same account"),
        (
            "slots = 20",
            "slots = 0",
            "upstream first: slots holds '0', may hold a whole number from",
        ),
        ("slots = 20", 'slots = "20"', "upstream first: slots: Expected int | null, got str"),
        ('"backup"', '"back up"', "upstream back up: name holds 'back up', may hold 1 to 64"),
        ('"shared"', '"{a}"', "upstream backup: account holds '{a}'"),
        ('"512KiB"', '"lots"', "upstream first: max_file holds 'lots', may hold a size such as"),
        ("https://api.", "ftp://api.", "upstream backup: base_url holds 'ftp://api.ideogram.ai'"),
        (
            "https://api.ideogram.ai",
            "sandbox:",
            "upstream backup: the name sandbox and base_url sandbox: go together",
        ),
        (
            '"backup"',
            '"sandbox"',
            "upstream sandbox: the name sandbox and base_url sandbox: go together",
        ),
        ("edit.negative_prompt", "negative_prompt", "is not written OPERATION.FIELD"),
        ("edit.negative_prompt", "edit.", "is not written OPERATION.FIELD"),
        (
            '"generate", "edit"',
            '"draw"',
            "upstream first: operations[0]: Invalid enum value 'draw'",
        ),
        ("slots", "slot", "upstream first: Object contains unknown field slot"),
        ('name = "first"\n', "", "upstream (no name): Object missing required field name"),
        ("slots = 20", 'prices = "aihubmx"', "price table aihubmx has no row, did you mean aihubm"),
        ("slots = 20", "kind = 'openai'", "upstream first: kind: Invalid enum value 'openai'"),
    ],
)
def test_a_bad_row_is_refused_by_name(
    environ: dict[str, str], old: str, new: str, said: str
) -> None:
    assert any(said in problem for problem in problems(with_rows(environ, old, new)))


@pytest.mark.parametrize("text", ["[upstream]\nname = 'a'\n", "upstream = ['a']\n"])
def test_rows_that_are_no_rows_are_refused(environ: dict[str, str], text: str) -> None:
    Path(environ["IDEOGATE_CONFIG"]).write_text(text, "utf-8")
    assert "upstream: must be rows, written [[upstream]]" in problems(environ)
