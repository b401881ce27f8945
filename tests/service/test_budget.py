"""Bytes in memory: first come, first served, and a lone taker always proceeds."""

import asyncio

from service.budget import ByteBudget


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_fits_goes_at_once_and_who_does_not_waits() -> None:
    budget = ByteBudget(10)
    await budget.take(6)
    second = asyncio.create_task(budget.take(6))
    await settled()
    assert (second.done(), budget.used) == (False, 6)
    budget.give(6)
    await second
    assert budget.used == 6


async def test_more_than_the_whole_budget_goes_when_it_is_alone() -> None:
    budget = ByteBudget(10)
    await budget.take(100)
    assert budget.used == 100


async def test_one_who_holds_everything_that_is_held_may_take_more() -> None:
    budget = ByteBudget(10)
    await budget.take(8)
    await budget.take(8, held=8)
    assert budget.used == 16


async def test_small_ones_do_not_overtake_a_large_one() -> None:
    budget = ByteBudget(10)
    await budget.take(6)
    large = asyncio.create_task(budget.take(9))
    await settled()
    small = asyncio.create_task(budget.take(1))
    await settled()
    assert not small.done()
    budget.give(6)
    await asyncio.gather(large, small)
    assert budget.used == 10


async def test_one_who_gives_up_waiting_takes_nothing_and_lets_others_by() -> None:
    budget = ByteBudget(10)
    await budget.take(6)
    large = asyncio.create_task(budget.take(9))
    await settled()
    small = asyncio.create_task(budget.take(4))
    await settled()
    large.cancel()
    await small
    assert budget.used == 10


async def test_one_cancelled_in_the_moment_of_its_turn_gives_it_back() -> None:
    budget = ByteBudget(10)
    await budget.take(10)
    waiting = asyncio.create_task(budget.take(5))
    await settled()
    budget.give(10)  # its turn, before it runs again
    waiting.cancel()
    await asyncio.wait({waiting})
    assert (waiting.cancelled(), budget.used) == (True, 0)


async def test_a_block_gives_back_what_it_held() -> None:
    budget = ByteBudget(10)
    async with budget.hold(7):
        assert budget.used == 7
    assert budget.used == 0
