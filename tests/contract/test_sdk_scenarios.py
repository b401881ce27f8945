"""The yardstick of the SDK tests measures right."""

import re

import pytest

from tests.contract.gateway import key_of
from tests.contract.sdk.edits import EDITS
from tests.contract.sdk.scenarios import ALL, differences
from tests.contract.sdk.shapes import NODE_ONLY, PYTHON_ONLY
from tests.contract.sdk.varied import VARIED


@pytest.mark.parametrize(
    ("expected", "seen", "count"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, 0),
        ({"a": 1}, {"a": 2}, 1),
        ({"a": 1}, {}, 1),
        ({"a": {"b": None}}, {"a": {}}, 1),
        ({"a": 1}, {"a": True}, 1),
        ([1, 2], [1, 2], 0),
        ([1, 2], [1], 1),
        ([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}], 2),
        (int, 3, 0),
        (int, 3.5, 1),
        (re.compile("does not"), "it does not exist", 0),
        (re.compile("does not"), None, 1),
    ],
)
def test_every_difference_is_counted(expected: object, seen: object, count: int) -> None:
    assert len(differences(expected, seen)) == count


def test_a_scenario_is_found_by_its_name() -> None:
    every = (*ALL, *EDITS, *PYTHON_ONLY, *NODE_ONLY, *VARIED)
    assert len({scenario.name for scenario in every}) == len(every)


def test_keys_of_the_tests_have_the_right_form() -> None:
    assert re.fullmatch(r"sk-ig-[0-9A-Za-z]{32}[0-9A-Za-z]{6}", key_of("contract"))
