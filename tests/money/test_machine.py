"""No order of events breaks the books: the machine (machine_rules.py) beside the model (model.py)."""

import pytest

from adapters.store.client import Script
from service import scripts
from tests.money.machine import play
from tests.money.machine_rules import Money
from tests.money.rewritten import CLOCKS, Edit, edited
from tests.stores import Valkey

pytest_plugins = ["tests.money.plugin"]
MONEY = ("START", "SENT", "SETTLE", "DROP", "BEAT", "SWEEP", "RECOVER", "RESOLVE", "ADJUST")


@pytest.mark.timeout(120)
def test_no_order_of_events_breaks_the_books(valkey: Valkey) -> None:
    class Machine(Money):
        server = valkey

    play(Machine, [None] * 8)


@pytest.mark.parametrize("name", MONEY)
def test_scripts_with_a_clock_that_is_turned_are_the_same_but_for_the_clock(name: str) -> None:
    script: Script = getattr(scripts, name)
    (clock,) = (edit for edit in CLOCKS if edit.old in script.source)
    turned = edited(script, CLOCKS).source
    assert script.source.count("TIME") == 1 and "TIME" not in turned
    before, after = script.source.split(clock.old)
    assert turned == before + clock.new + after


def test_a_text_that_is_not_there_exactly_once_is_no_edit() -> None:
    for old in ("redis.call('PING')", "local"):
        with pytest.raises(AssertionError, match="not exactly once"):
            edited(scripts.START, [Edit("start", old, "")])
