"""Web addresses: which ones the gateway may call, and which network an address belongs to."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Networks = tuple[IPv4Network | IPv6Network, ...]

MAX_URL = 2_000
"""Most characters of a URL that is stored; browsers and servers of every kind accept so many."""

_IPV6_PREFIX = 64
"""Bits of the IPv6 network that one subscriber has; all addresses in it are the subscriber's."""

_TRANSLATED = (
    ip_network("64:ff9b::/96"),  # NAT64
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),  # 6to4
    ip_network("2001::/32"),  # Teredo
)
"""IPv6 networks whose addresses stand for IPv4 addresses, which may be private ones."""


def may_be_called(address: IPv4Address | IPv6Address, private: Networks) -> bool:
    """Whether the address is public, or belongs to one of the allowed private networks."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in private):
        return True
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _TRANSLATED)
    )


def url_fault(url: str, private: Networks, *, plain: bool | None = None) -> str | None:
    """Say why a URL may not be called, as far as it shows without DNS; None if it may be.

    Plain http is allowed if private networks are, unless `plain` says otherwise: on the internet,
    others could read and change what is sent.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return f"it has at most {MAX_URL} printable ASCII characters, and no space."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is no URL."
    may_be_plain = bool(private) if plain is None else plain
    asked_for = "it begins with http:// or https://." if plain else "it begins with https://."
    checks = {
        asked_for: parts.scheme == "https" or (parts.scheme == "http" and may_be_plain),
        "it names a host.": bool(host) and port != 0,
        "it has neither a user name nor a fragment.": parts.username is None and not parts.fragment,
        "its address is public.": _may_be_host(host or "", private),
    }
    return next((asked for asked, holds in checks.items() if not holds), None)


def _may_be_host(host: str, private: Networks) -> bool:
    try:
        literal = ip_address(host)
    except ValueError:
        return True  # It is a name; its addresses are checked when it is called.
    return may_be_called(literal, private)


def network_of(address: str) -> str:
    """The network of an IPv6 address's subscriber; any other address as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed.packed, _IPV6_PREFIX), strict=False))
    return str(parsed)
