"""Addresses of the web: which the gateway may call on somebody's word, and whose they are."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Networks = tuple[IPv4Network | IPv6Network, ...]

MAX_URL = 2_000

_IPV6_PREFIX = 64
"""What one subscriber has of IPv6: any number of addresses."""

_TRANSLATED = (
    ip_network("64:ff9b::/96"),  # NAT64
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),  # 6to4
    ip_network("2001::/32"),  # Teredo
)
"""IPv6 that stands for an IPv4 address, which may be a private one."""


def may_be_called(address: IPv4Address | IPv6Address, private: Networks) -> bool:
    """Whether it is an address of the public internet, or in a private network that is allowed."""
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
    """What a URL lacks to be called, as far as it shows without asking DNS; None for nothing.

    Plain http is for private networks, unless said otherwise: on the internet, what is sent could
    be read and changed.
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
        return True  # a name: what it leads to is seen when it is called
    return may_be_called(literal, private)


def network_of(address: str) -> str:
    """The address, or of an IPv6 one the network that its subscriber has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed.packed, _IPV6_PREFIX), strict=False))
    return str(parsed)
