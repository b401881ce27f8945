"""Which addresses belong to the open internet: the rest is never visited for a caller."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

# A table of our own: the standard library's `is_global` differs between Python releases and takes
# multicast, 6to4, translated and site-local addresses for global ones.
_NOT_PUBLIC_4: Final[Sequence[IPv4Network]] = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network (RFC 791)
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # carriers' and clouds' inner addresses (RFC 6598)
            "127.0.0.0/8",  # loopback (RFC 1122)
            "168.63.129.16/32",  # looks public; on every Azure machine it is the host's own agent
            "169.254.0.0/16",  # link-local, with the clouds' metadata services (RFC 3927)
            "172.16.0.0/12",  # private (RFC 1918)
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.88.99.0/24",  # 6to4 relays (RFC 7526)
            "192.168.0.0/16",  # private (RFC 1918)
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation (RFC 5737)
            "203.0.113.0/24",  # documentation (RFC 5737)
            "224.0.0.0/4",  # multicast (RFC 5771)
            "240.0.0.0/4",  # reserved, and broadcast (RFC 1112, 919)
        ),
    )
)
# Global unicast. Outside lie loopback, IPv4 in IPv6 (::/96, ::ffff:0:0/96), NAT64 (64:ff9b::/96,
# 64:ff9b:1::/48), discard (100::/64), unique local, link-local, site-local, multicast.
_UNICAST_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final[Sequence[IPv6Network]] = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID (RFC 2928)
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4: an IPv4 address in disguise (RFC 3056)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether `address`, as a resolver or a socket writes it, is global unicast."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        plain = found.scope_id is None and found in _UNICAST_6
        return plain and not any(found in network for network in _NOT_PUBLIC_6)
    return not any(found in network for network in _NOT_PUBLIC_4)
