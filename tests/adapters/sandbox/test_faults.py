"""Faults: which plays when, from the script and from the prompt."""

import pytest

from adapters.sandbox.delivery import refused
from adapters.sandbox.faults import BODIES, STATUSES, Fault, Faults, triggers
from adapters.sandbox.refusal import Refusal


def kinds(faults: Faults, path: str = "/generate", prompt: str = "a fox") -> list[str]:
    return [fault.kind for fault in faults.take(path, prompt)]


def test_scripted_faults_play_one_a_submit_in_order_and_as_often_as_they_count() -> None:
    faults = Faults()
    faults.order([Fault(kind="429", count=2), Fault(kind="500")])
    assert [kinds(faults) for _ in range(4)] == [["429"], ["429"], ["500"], []]


def test_a_scripted_fault_waits_for_its_path_and_its_prompt() -> None:
    faults = Faults()
    faults.order([Fault(kind="500", path="/remix"), Fault(kind="422", prompt="cat")])
    assert kinds(faults) == []
    assert kinds(faults, prompt="a cat") == ["422"]
    assert kinds(faults, path="/v1/ideogram-v3/remix") == ["500"]
    assert kinds(faults, path="/remix") == []


def test_a_reset_before_the_body_is_the_next_for_its_path_or_waits() -> None:
    faults = Faults()
    assert not faults.before_body("/generate")
    faults.order([Fault(kind="reset_before", path="/remix")])
    assert not faults.before_body("/generate")
    assert faults.before_body("/remix")
    assert not faults.before_body("/remix")
    faults.order([Fault(kind="500"), Fault(kind="reset_before")])
    assert not faults.before_body("/generate")
    assert kinds(faults) == ["500"]
    faults.reset()
    faults.order([Fault(kind="reset_before", prompt="cat")])
    assert not faults.before_body("/generate")


def test_a_prompt_carries_its_own_faults_and_they_play_every_time() -> None:
    faults = Faults()
    prompt = "a fox [[fault:slow:seconds=1.5]] [[fault:unsafe:images=0,2]]"
    for _ in range(2):
        slow, unsafe = faults.take("/generate", prompt)
        assert slow.seconds == 1.5
        assert [unsafe.hits(index) for index in range(4)] == [True, False, True, False]
    assert Fault(kind="unsafe").hits(5)


def test_a_counted_fault_of_a_prompt_plays_so_often_for_that_prompt() -> None:
    faults = Faults()
    once = "a fox [[fault:429:count=1:retry_after=7]]"
    (fault,) = faults.take("/generate", once)
    assert fault.retry_after == "7"
    assert faults.take("/generate", once) == []
    assert kinds(faults, prompt="another " + once) == ["429"]
    faults.reset()
    assert kinds(faults, prompt=once) == ["429"]


@pytest.mark.parametrize("text", ["[[fault:meteor]]", "[[fault:429:count=x]]", "[[fault:429:x=1]]"])
def test_a_fault_that_cannot_be_read_is_a_400_that_quotes_it(text: str) -> None:
    with pytest.raises(Refusal) as no:
        triggers(f"a fox {text}")
    assert no.value.status == 400 and text in no.value.body["error"]


def test_every_status_fault_has_a_body() -> None:
    assert {*BODIES, "429"} == STATUSES


def test_a_429_says_what_the_document_says_and_waits_only_when_told() -> None:
    plain = refused(Fault(kind="429"), 10)
    assert b'"reject_reason":"inflight_limit","max_inflight_requests":10' in plain.content
    assert plain.headers == ()
    assert refused(Fault(kind="429", retry_after="7"), 10).headers == (("retry-after", "7"),)
    assert refused(Fault(kind="502", body="<html>"), 10).content == b"<html>"
    assert refused(Fault(kind="402"), 10).status == 402
