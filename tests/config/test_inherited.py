"""`[defaults]` for those who have nothing of their own: typed, checked, and told by name."""

from pathlib import Path

import msgspec
import pytest

from config.inherited import NAMES, OF_LIMITS
from config.limits import LIMITS
from config.settings import BadSettings, load

LIVE = {"IDEOGATE_UPSTREAM_API_KEY": "k"}


def read(folder: Path, *lines: str) -> dict[str, str]:
    file = folder / "ideogate.toml"
    file.write_text("\n".join(("[defaults]", *lines)), "utf-8")
    return dict(load({**LIVE, "IDEOGATE_CONFIG": str(file)}).inherited)


def refused(folder: Path, *lines: str) -> str:
    with pytest.raises(BadSettings) as caught:
        read(folder, *lines)
    (problem,) = caught.value.problems
    return problem


def test_everything_is_kept_as_its_limit_keeps_it(tmp_path: Path) -> None:
    kept = read(
        tmp_path,
        'project_spend_month = "50.00"',
        "project_requests_minute = 60",
        "project_images_minute = 30",
        "project_images_request = 4",
        'key_spend_total = "$0.5"',
        "key_spend_day = 1",
        'key_speeds = ["turbo", "DEFAULT"]',
        'key_operations = "generate, edit"',
        'key_lifetime = "90d"',
        'models = ["ideogram-v3-turbo", "GPT-image-1:edit", "ideogram-v3-turbo"]',
    )
    assert kept == {
        "project_spend_month": "50000000",
        "project_requests_minute": "60",
        "project_images_minute": "30",
        "project_images_request": "4",
        "key_spend_total": "500000",
        "key_spend_day": "1000000",
        "key_speeds": "TURBO,DEFAULT",
        "key_operations": "generate,edit",
        "key_lifetime": str(90 * 86_400),
        "models_mode": "allow_list",
        "models": '["ideogram-v3-turbo","GPT-image-1:edit"]',
    }
    assert kept.keys() <= set(NAMES)


def test_every_limit_of_a_project_and_of_a_key_has_a_default() -> None:
    wanted = {
        f"{kind}_{limit.name}"
        for limit in LIMITS.values()
        for kind in {"project", "key"} & limit.scopes
    }
    assert set(OF_LIMITS) == wanted - {"project_contact"}


def test_models_may_be_those_that_are_not_for_them(tmp_path: Path) -> None:
    kept = read(tmp_path, 'models_mode = "deny_list"', "models = []")
    assert kept == {"models_mode": "deny_list", "models": "[]"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("project_spend_month = 50.0", "project_spend_month holds 50.0, may hold dollars"),
        ("project_spend_month = -1", "project_spend_month holds '-1', may hold dollars"),
        ('project_spend_month = "1e3"', "project_spend_month holds '1e3', may hold dollars"),
        ("project_spend_month = 1000000001", "may hold dollars from 0 to 1000000000"),
        ("project_spend_mouth = 1", "unknown key project_spend_mouth, did you mean"),
        ("key_requests_minute = 1", "unknown key key_requests_minute"),
        ('project_contact = "me"', "unknown key project_contact"),
        ("project_images_request = true", "project_images_request holds True, may hold a whole"),
        ("project_images_request = 1001", "may hold a whole number from 0 to 1000"),
        ('key_speeds = ["LUDICROUS"]', "key_speeds holds 'LUDICROUS', may hold some of FLASH"),
        ("key_speeds = [1]", "key_speeds holds [1], may hold some of FLASH"),
        ('key_lifetime = "90"', "key_lifetime holds '90', may hold a duration"),
        ('key_lifetime = "0d"', "key_lifetime holds '0d', may hold a duration"),
        ("key_lifetime = { d = 1 }", "key_lifetime holds {'d': 1}, may hold a duration"),
        ('models = "ideogram-v3"', "models must be a list of names"),
        ('models = ["ideogram-v4"]', "models holds 'ideogram-v4': no model is called ideogram-v4"),
        ('models_mode = "deny_list"', "models_mode says how to read models, which is not there"),
        ('models_mode = "some"\nmodels = []', "models_mode holds 'some', may hold allow_list or"),
    ],
)
def test_a_mistake_is_told_by_its_name(line: str, why: str, tmp_path: Path) -> None:
    problem = refused(tmp_path, line)
    assert problem.startswith("defaults: ")
    assert why in problem


def test_an_amount_without_quotes_is_told_to_have_some(tmp_path: Path) -> None:
    assert refused(tmp_path, "key_spend_day = 0.5").endswith("such as 10.00, in quotes")


def test_what_is_written_down_is_a_list_of_texts(tmp_path: Path) -> None:
    kept = read(tmp_path, 'models = ["ideogram-v3"]')
    assert msgspec.json.decode(kept["models"]) == ["ideogram-v3"]
