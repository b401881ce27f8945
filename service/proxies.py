"""The client's address behind proxies: of x-forwarded-for only what those wrote that we trust. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


class Proxies:
    """`trusted`: addresses and networks of proxies that append to x-forwarded-for."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ip_network(one) for one in trusted]

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """The nearest address that is not a proxy of ours. `forwarded`: the lines of the header, in
        order; what stands left of the first untrusted address is the client's own invention.
        """
        hops = [hop.strip() for line in forwarded for hop in line.split(",")]
        address = peer
        while hops and self._trusts(address):
            hop = _bare(hops.pop())
            if not _is_address(hop):
                break
            address = hop
        return address

    def _trusts(self, text: str) -> bool:
        if not _is_address(text):
            return False
        address = ip_address(text)
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._trusted)


def _bare(hop: str) -> str:
    """Without a port, which some proxies write: "1.2.3.4:5", "[2001:db8::1]:5"."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
