"""Every range that is not the open internet, by its edges."""

import pytest

from adapters.ideogram.addresses import is_public

PRIVATE = {
    "this network": ["0.0.0.0", "0.255.255.255"],
    "private 10": ["10.0.0.0", "10.255.255.255"],
    "carriers and clouds": ["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.255"],
    "link-local": ["169.254.0.0", "169.254.169.254", "169.254.255.255"],
    "private 172": ["172.16.0.0", "172.31.255.255"],
    "protocol assignments": ["192.0.0.0", "192.0.0.192", "192.0.0.255"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.255"],
    "6to4 relays": ["192.88.99.1"],
    "private 192": ["192.168.0.0", "192.168.255.255"],
    "benchmarks": ["198.18.0.0", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255"],
    "reserved": ["240.0.0.0", "255.255.255.254"],
    "broadcast": ["255.255.255.255"],
    "a cloud host's own agent": ["168.63.129.16"],
    "v6 unspecified and loopback": ["::", "::1"],
    "v4-compatible": ["::8.8.8.8", "::10.0.0.1"],
    "v4-mapped": ["::ffff:8.8.8.8", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1"],
    "v4-translated": ["::ffff:0:10.0.0.1"],
    "NAT64": ["64:ff9b::8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe"],
    "local NAT64": ["64:ff9b:1::10.0.0.1", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
    "discard": ["100::1", "100:0:0:1::1"],
    "Teredo": ["2001::1", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"],
    "v6 protocol assignments": ["2001:2::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::1"],
    "v6 documentation": ["2001:db8::1", "2001:db8:ffff::1", "3fff::1", "3fff:fff:ffff::1"],
    "6to4 of a private address": ["2002:a00:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1"],
    "6to4 of a public address": ["2002:808:808::1"],
    "segment routing": ["5f00::1"],
    "unassigned": ["1000::1", "4000::1", "8000::1", "e000::1"],
    "unique local": ["fc00::1", "fd00:ec2::254", "fdff:ffff::1"],
    "v6 link-local": ["fe80::1", "fe80::1%eth0", "febf:ffff::1"],
    "site-local": ["fec0::1", "feff::1"],
    "v6 multicast": ["ff00::", "ff02::1", "ff0e::1"],
    "a public address with a zone": ["2606:4700::1111%eth0"],
    "no address": ["", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "010.0.0.1", "8.8.8.8 "],
}
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("126.255.255.255", "128.0.0.0", "168.63.129.15", "169.253.255.255", "169.255.0.0"),
    *("172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.167.255.255"),
    *("192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
    *("2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1"),
    *("2003::1", "2606:4700::1111", "2a00:1450::1", "3ffe:ffff::1", "3fff:1000::1"),
]


@pytest.mark.parametrize("address", [one for some in PRIVATE.values() for one in some])
def test_an_address_that_is_not_global_unicast_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_neighbours_of_every_range_are_public(address: str) -> None:
    assert is_public(address)
