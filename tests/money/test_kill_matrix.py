"""Where gateway, store or a master may die on the way of an order, and the test that plays it there.

An order's first calls are marked sent with their hold, so of these nothing is "held and not sent". The
upstream answers at once or never: no call has an id that could be asked for later, so what a dead gateway
had not read is unknown at every point between the bytes and the answer.
"""

from importlib import import_module
from typing import Final

import pytest

from tests.money.test_kill_edges import LOST as LOST_ANSWERS
from tests.money.test_kills import POINTS

GATEWAY: Final = "money.test_kills:test_what_a_killed_gateway_left_is_ended_by_any_other"
STORE: Final = (
    "money.test_kills:test_a_store_that_is_killed_at_any_point_gets_its_books_as_soon_as_it_is_back"
)
LOST: Final = (
    "money.test_kill_edges:test_what_was_written_before_the_store_died_is_not_written_again"
)
RING: Final = (
    "service.test_recovery:test_a_store_that_comes_back_with_an_old_snapshot_is_told_what_it_missed"
)
UNDER_WAY: Final = (
    "service.test_recovery:test_a_call_that_was_under_way_while_the_store_lost_its_hold_is_booked"
)
DROPPED: Final = (
    "money.test_kill_edges:"
    "test_a_hold_that_was_taken_back_and_comes_back_with_a_failover_is_taken_back_again"
)
# Point: gateway killed, store killed, failover that lost the last write. "": nothing can be lost there.
MATRIX: Final = {
    "before the hold": (f"{GATEWAY}[before_start]", f"{STORE}[before_start]", ""),
    "held": (
        f"{GATEWAY}[held]",
        f"{LOST}[start]",
        DROPPED,
    ),
    "a turn is granted": (
        f"{GATEWAY}[settled]",
        f"{LOST}[settle]",
        "service.test_rehold:test_a_turn_whose_hold_was_lost_is_held_again_and_drawn",
    ),
    "marked sent, no byte out": (
        f"{GATEWAY}[sent]",
        f"{LOST}[sent]",
        "money.test_other_stores:test_without_its_replicas_nothing_is_sent_and_nothing_stays_held",
    ),
    "bytes out, no answer": (
        "money.test_kill_edges:test_a_gateway_that_dies_while_its_call_is_drawn_leaves_it_to_the_house",
        f"{STORE}[submit]",
        UNDER_WAY,
    ),
    "answer read": (f"{GATEWAY}[answered]", f"{STORE}[answered]", UNDER_WAY),
    "posted, the store's answer lost": (f"{GATEWAY}[settled]", f"{LOST}[settle]", RING),
    "posted, the client not answered": (
        "money.test_replay:test_a_result_outlives_its_gateway",
        f"{STORE}[settled]",
        RING,
    ),
    "half of the body out": (
        "money.test_kill_edges:test_a_gateway_that_dies_in_the_middle_of_an_answer_owes_it_to_the_retry",
        "",
        "",
    ),
    "in the middle of a void": (
        f"{GATEWAY}[answered]",
        f"{LOST}[settle, refused]",
        DROPPED,
    ),
    "in the middle of a sweep": (
        "service.test_sweeper:test_ten_sweepers_at_once_do_what_one_does",
        "money.test_kill_edges:test_a_sweep_that_its_store_cut_off_is_done_once",
        "",
    ),
    "resolved by hand": (
        "service.test_corrections:test_a_parked_call_is_resolved_once_with_a_reason",
        "money.test_kill_edges:test_a_call_that_was_resolved_while_the_store_died_is_resolved_once",
        "",
    ),
    "between two pages of a checkpoint": (
        "service.test_retention:test_a_checkpoint_that_was_not_finished_does_not_count",
        "service.test_retention:test_a_checkpoint_that_was_not_finished_does_not_count",
        "",
    ),
    "anywhere": (
        "money.test_crashes:test_a_killed_gateway_leaves_books_that_add_up",
        "money.test_crashes:test_a_killed_store_comes_back_with_every_post",
        "money.test_other_stores:test_a_failover_loses_no_bill_and_holds_nothing_for_ever",
    ),
}


@pytest.mark.parametrize("point", MATRIX)
def test_every_point_has_its_tests(point: str) -> None:
    for place in filter(None, MATRIX[point]):
        where, _, case = place.removesuffix("]").partition("[")
        module, _, name = where.partition(":")
        assert callable(getattr(import_module(f"tests.{module}"), name))
        assert case in {"", *POINTS, *LOST_ANSWERS}
