"""What an operator's TOML file may say, and how a mistake in it is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import BadSettings, load

LIVE = {"IDEOGATE_UPSTREAM_API_KEY": "ideogram-key-1234"}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """The environment that names a file with this text."""

    def write(text: str) -> dict[str, str]:
        path = tmp_path / "ideogate.toml"
        path.write_text(text, "utf-8")
        return {**LIVE, "IDEOGATE_CONFIG": str(path)}

    return write


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        load(environ)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_the_file_sets_defaults_and_the_environment_wins(
    written: Callable[[str], dict[str, str]],
) -> None:
    environ = written(
        '[defaults]\nsize_policy = "strict"\nunknown_parameters = "warn"\n'
        'max_ratio_error = 0.05\ndefault_model = "V_2"\n'
    )
    settings = load({**environ, "IDEOGATE_SIZE_POLICY": "exact"})
    assert settings.config == Path(environ["IDEOGATE_CONFIG"])
    assert (settings.size_policy, settings.unknown_parameters) == ("exact", "warn")
    assert settings.max_ratio_error == 0.05
    default = settings.catalogue.find(settings.catalogue.default_model)
    assert default is not None
    assert default.name == "ideogram-v2"


def test_the_file_adds_models_aliases_and_prices(
    written: Callable[[str], dict[str, str]],
) -> None:
    environ = written(
        '[[alias]]\nname = "poster"\nmodel = "ideogram-v3"\n'
        '[[model]]\nname = "ours"\nupstream_model = "V_3"\nfamily = "v3"\nsizes = "v3"\n'
        'operations = ["generate"]\nspeeds = ["TURBO"]\nspeed = "TURBO"\n'
        '[[price]]\nupstream = "aihubmix"\nmodel = "V_3"\nspeed = "FLASH"\noperation = "generate"\n'
        'microusd = 25_000\nunit = "output"\nsource = "a contract"\n'
        "effective_from = 2026-01-01T00:00:00Z\n"
    )
    before, catalogue = load(LIVE).catalogue, load(environ).catalogue
    assert catalogue.aliases["poster"] == "ideogram-v3"
    assert catalogue.models["ours"].speed == "TURBO"
    assert catalogue.schedule("aihubmix", "V_3", "generate", "FLASH")[0].microusd == 25_000
    assert catalogue.table_version != before.table_version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[default]\n", "unknown key default, did you mean defaults?"),
        ("[defaults]\nsize_polisy = 'exact'\n", "defaults: unknown key size_polisy, did you mean"),
        ("[defaults]\nsize_policy = 'best'\n", "defaults: size_policy: Invalid enum value 'best'"),
        ("[defaults]\nmax_ratio_error = 10\n", "max_ratio_error holds 10, may hold a fraction"),
        ("[defaults]\nmax_ratio_error = nan\n", "max_ratio_error holds nan, may hold a fraction"),
        ("[defaults]\ndefault_model = 'cat'\n", "default_model: no model is called cat"),
        ("defaults = 1\n", "defaults: Expected object, got int"),
        ("[[price]]\nmicrousd = 0.06\n", "price  from None: microusd: Expected int, got float"),
        ("[[alias]]\nname = 'a'\nmodel = 'cat'\n", "alias a: no model is called cat"),
        ("upstream = 1\n", "upstream: must be rows, written [[upstream]]"),
        ("[[upstream]\n", "which is not TOML"),
    ],
)
def test_a_bad_file_is_told_by_key_or_row(
    written: Callable[[str], dict[str, str]], text: str, said: str
) -> None:
    assert any(said in problem for problem in problems(written(text)))


def test_a_file_that_is_not_there_is_told() -> None:
    path = "/nowhere/ideogate.toml"
    said = problems({**LIVE, "IDEOGATE_CONFIG": path})
    assert said == (
        f"IDEOGATE_CONFIG holds {path!r}, which cannot be read: No such file or directory",
    )


def test_a_file_that_is_not_text_is_told(written: Callable[[str], dict[str, str]]) -> None:
    environ = written("")
    Path(environ["IDEOGATE_CONFIG"]).write_bytes(b"\xff\xfe")
    assert "is not TOML" in problems(environ)[0]


def test_loading_again_reads_the_file_again(written: Callable[[str], dict[str, str]]) -> None:
    environ = written("[defaults]\nsize_policy = 'exact'\n")
    first = load(environ)
    Path(environ["IDEOGATE_CONFIG"]).write_text("[defaults]\nsize_policy = 'strict'\n", "utf-8")
    assert (first.size_policy, load(environ).size_policy) == ("exact", "strict")
