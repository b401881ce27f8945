"""Wrong keys by address, and whose word on the address counts."""

import pytest

from service.attempts import ADDRESSES, MOST, TRUSTED, TRUSTED_SECONDS, Attempts
from service.proxies import Proxies


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(now=clock)


def test_so_many_wrong_keys_are_looked_at_then_one_a_second(
    attempts: Attempts, clock: Clock
) -> None:
    for _ in range(MOST):
        assert attempts.wait("192.0.2.1") == 0
        attempts.failed("192.0.2.1")
    assert attempts.wait("192.0.2.1") == 1
    assert attempts.wait("192.0.2.2") == 0
    clock.now += 1
    assert attempts.wait("192.0.2.1") == 0
    attempts.failed("192.0.2.1")
    assert attempts.wait("192.0.2.1") == 1
    clock.now += 3600
    assert attempts.wait("192.0.2.1") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_of_ipv6_a_network_counts_as_one(
    attempts: Attempts, one: str, other: str, same: bool
) -> None:
    for _ in range(MOST):
        attempts.failed(one)
    assert (attempts.wait(other) > 0) is same


def test_a_right_key_is_trusted_for_a_while(attempts: Attempts, clock: Clock) -> None:
    attempts.right("digest")
    assert attempts.trusted("digest") and not attempts.trusted("other")
    clock.now += TRUSTED_SECONDS
    assert not attempts.trusted("digest")


def test_a_flood_stays_within_bounds(attempts: Attempts) -> None:
    for number in range(ADDRESSES + 50):
        attempts.failed(f"address {number}")
    for number in range(TRUSTED + 50):
        attempts.right(f"digest {number}")
    assert len(attempts._levels) == ADDRESSES and len(attempts._right) == TRUSTED
    assert not attempts.trusted("digest 0") and attempts.trusted(f"digest {TRUSTED}")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # not a proxy of ours
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),  # what it claims does not count
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3,10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("fd00::1", ["[2001:db8::5]:4711"], "2001:db8::5"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, "], "10.0.0.1"),
        ("", ["198.51.100.1"], ""),  # a unix socket
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert Proxies(("10.0.0.0/8", "fd00::/8")).client(peer, forwarded) == client


def test_without_trusted_proxies_the_header_counts_for_nothing() -> None:
    assert Proxies(()).client("10.0.0.1", ["198.51.100.1"]) == "10.0.0.1"
