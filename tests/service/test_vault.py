"""What is sealed opens for its own caller only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.vault import drawer

OURS = drawer("sk-ig-one", b"pepper")


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_again_and_looks_like_nothing(text: bytes) -> None:
    sealed = OURS.seal(text, "order.0")
    assert OURS.unseal(sealed, "order.0") == text
    assert len(text) < 4 or text not in sealed
    assert OURS.seal(text, "order.0") != sealed


@pytest.mark.parametrize(
    "other", [drawer("sk-ig-two", b"pepper"), drawer("sk-ig-one", b"other pepper")]
)
def test_another_key_or_another_pepper_opens_nothing(other: object) -> None:
    theirs = drawer("sk-ig-two", b"pepper") if other is None else other
    assert theirs.unseal(OURS.seal(b"links", "order.0"), "order.0") is None  # type: ignore[attr-defined]


def test_what_was_moved_cut_or_changed_does_not_open() -> None:
    sealed = OURS.seal(b"links", "order.0")
    assert OURS.unseal(sealed, "order.1") is None
    assert OURS.unseal(sealed[:-1], "order.0") is None
    assert OURS.unseal(b"\x02" + sealed[1:], "order.0") is None
    assert OURS.unseal(b"", "order.0") is None
    assert OURS.unseal(sealed[:5], "order.0") is None


def test_names_tell_neither_the_text_nor_that_another_caller_uses_it() -> None:
    theirs = drawer("sk-ig-two", b"pepper")
    names = {OURS.named("k"), OURS.named("K"), theirs.named("k")}
    prints = {OURS.printed(b"k"), theirs.printed(b"k")}
    assert len(names | prints) == 5
    assert OURS.named("k") == drawer("sk-ig-one", b"pepper").named("k")
