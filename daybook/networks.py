"""Which addresses the service may call: those of the internet, and of networks that its operator names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that IANA has given out so far; `is_global` says yes to much that lies beyond, as site-local addresses."""
_NAT64: Final = IPv6Network("64:ff9b::/96")


class Networks:
    """Networks of the operator's own, from text such as `10.1.0.0/16,127.0.0.1/32,fd00::/8`, and back by `str`."""

    def __init__(self, text: str = "") -> None:
        """Raises ValueError that says what is wrong with which part."""
        self._all = tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())

    def __str__(self) -> str:
        """Write them as they are read."""
        return ",".join(map(str, self._all))

    def __eq__(self, other: object) -> bool:
        """The same networks in the same order."""
        return isinstance(other, Networks) and self._all == other._all

    def __hash__(self) -> int:
        """As they are compared."""
        return hash(self._all)

    def admit(self, text: str) -> bool:
        """Tell whether an address, as a resolver writes it, may be called."""
        address = ip_address(text)
        meant = _embedded(address) or address
        return _is_public(meant) or any(each in network for each in (address, meant) for network in self._all)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056)."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
