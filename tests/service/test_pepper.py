"""A changed pepper would lock everybody out: the start is refused, unless it is a rotation."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.pepper import BadPepper, check_pepper
from tests.money.books import Books
from tests.service.processes import run

pytest_plugins = ["tests.money.plugin"]
ONE, TWO, THREE = (f"pepper number {number}, of chance".encode() for number in range(3))


async def checked(books: Books, *peppers: bytes, made: bool = False) -> list[str]:
    """What the log says of a start with these."""
    with capture_logs() as lines:
        await check_pepper(books.store, books.names, peppers, made=made)
    return [line["event"] for line in lines]


async def test_the_first_pepper_is_remembered_without_being_told(books: Books) -> None:
    for _ in range(2):
        assert await checked(books, ONE) == []
    kept = await books.store.call("GET", books.names.pepper)
    assert len(kept) == 64 and ONE not in kept
    assert await books.store.call("PTTL", books.names.pepper) == -1


@pytest.mark.parametrize("peppers", [(TWO,), (TWO, THREE)], ids=["changed", "both wrong"])
@pytest.mark.parametrize("made", [False, True], ids=["set", "of the folder"])
async def test_another_pepper_is_refused_and_changes_nothing(
    books: Books, peppers: Sequence[bytes], made: bool
) -> None:
    await checked(books, ONE)
    with pytest.raises(BadPepper, match="set the new one there and the one before in") as refused:
        await checked(books, *peppers, made=made)
    assert str(refused.value).startswith(
        "The pepper in the store's folder is not" if made else "IDEOGATE_KEY_PEPPER is not"
    )
    assert not any(pepper.decode() in str(refused.value) for pepper in peppers)
    assert await checked(books, ONE) == []


async def test_a_rotation_moves_on_to_the_new_pepper_and_may_be_taken_back(books: Books) -> None:
    await checked(books, ONE)
    assert await checked(books, TWO, ONE) == ["pepper_changed"]
    assert await checked(books, TWO, ONE) == []
    assert await checked(books, TWO) == []
    with pytest.raises(BadPepper):
        await checked(books, ONE)
    assert await checked(books, ONE, TWO) == ["pepper_changed"]


def test_a_command_is_refused_too_before_it_makes_a_key_that_nobody_knows(tmp_path: Path) -> None:
    url = f"embedded:{tmp_path / 'store'}"
    assert run(tmp_path, "keys", "list", IDEOGATE_STORE_URL=url).returncode == 0
    told = run(tmp_path, "keys", "list", IDEOGATE_STORE_URL=url, IDEOGATE_KEY_PEPPER=THREE.decode())
    assert told.returncode == 1
    assert told.stderr.startswith(
        "Error: IDEOGATE_KEY_PEPPER is not the one that this store's keys"
    )
