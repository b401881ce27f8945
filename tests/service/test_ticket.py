"""What of a request says that it is a repeat."""

import pytest

from adapters.openai.errors import ApiError
from service.ticket import Ticket, ticket_of
from service.vault import drawer
from service.visit import Visit

DRAWER = drawer("sk-ig-one", b"pepper")


def ticket(**told: str) -> Ticket:
    headers = {
        name.replace("_", "-").encode(): text.encode("latin-1") for name, text in told.items()
    }
    visit = Visit(request_id="r", began=0.0, method="POST", path="/", headers=headers)
    return ticket_of(visit, [DRAWER], b"digest")


def test_the_store_is_told_hmacs_and_ids_of_ours() -> None:
    keyed = ticket(idempotency_key="my secret key")
    assert keyed.word == f"{DRAWER.named('my secret key')},{DRAWER.printed(b'digest')},"
    assert "secret" not in keyed.word


def test_during_a_rotation_it_is_found_under_either_pepper_and_kept_under_the_new_one() -> None:
    visit = Visit(
        request_id="r",
        began=0.0,
        method="POST",
        path="/",
        headers={b"idempotency-key": b"k"},
    )
    before = drawer("sk-ig-one", b"the pepper before")
    found = ticket_of(visit, [DRAWER, before], b"digest")
    ours, theirs = (ticket_of(visit, [one], b"digest").word for one in (DRAWER, before))
    assert (found.word, found.own_word) == (f"{ours};{theirs}", ours)
    assert found.prints == [DRAWER.printed(b"digest"), before.printed(b"digest")]


@pytest.mark.parametrize("count", ["1", "2", "007"])
def test_a_retry_of_an_sdk_may_claim(count: str) -> None:
    name, _, token = ticket(x_stainless_retry_count=count).word.split(",")
    assert (name, len(token)) == ("", 26)


@pytest.mark.parametrize("count", ["", "0", "-1", "1.0", "one", "\xb2", "1" * 400])
def test_a_first_attempt_or_nonsense_claims_nothing(count: str) -> None:
    assert ticket(x_stainless_retry_count=count).token == ""


def test_with_a_key_the_count_says_nothing() -> None:
    assert ticket(idempotency_key="k", x_stainless_retry_count="1").token == ""


def test_an_empty_key_is_none() -> None:
    assert ticket(idempotency_key=" ").name == ""


@pytest.mark.parametrize("text", ["k" * 255, "~ !", "a,b"])
def test_a_key_may_be_any_printable_text(text: str) -> None:
    assert len(ticket(idempotency_key=text).name) == 64


@pytest.mark.parametrize("text", ["k" * 256, "a\x00b", "a\x7f", "\xe4"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        ticket(idempotency_key=text)
    assert (refused.value.code, refused.value.param) == ("invalid_value", "Idempotency-Key")
