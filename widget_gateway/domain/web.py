"""Web addresses: which ones the gateway may call, and which network an address belongs to."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Networks = tuple[IPv4Network | IPv6Network, ...]

_MOST_DIGITS = 9
"""Digits of a `Retry-After` that are read: 31 years and more are all the same."""

MAX_URL = 2_000
"""Most characters of a URL that is stored; browsers and servers of every kind accept so many."""

KEPT_ADDRESSES = 2**12
"""Texts of addresses whose meaning is cached. Each call asks for that of its client a few times."""

_IPV6_PREFIX = 64
"""Bits of the IPv6 network that one subscriber has; all addresses in it are the subscriber's."""

_UNICAST_IPV6 = IPv6Network("2000::/3")
"""The only part of IPv6 from which IANA has given out public addresses. All other parts are
reserved, local, or stand for IPv4 addresses."""

_SPECIAL = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4, which stands for IPv4 addresses
    IPv6Network("2620:4f:8000::/48"),  # AS112: answers for private addresses
    IPv6Network("3fff::/20"),  # documentation
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.31.196.0/24"),  # AS112
    IPv4Network("192.52.193.0/24"),  # relays of multicast
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("192.175.48.0/24"),  # AS112
)
"""Networks of IANA's registries of special-purpose addresses that Python's `is_global` takes, in
one version or another, for public ones."""


def may_be_called(address: IPv4Address | IPv6Address, private: Networks) -> bool:
    """Whether the address is public, or belongs to one of the allowed private networks."""
    return is_in(address, private) or _is_public(_unmapped(address))


def is_in(address: IPv4Address | IPv6Address, networks: Networks) -> bool:
    """Whether the address, or the IPv4 address that it maps, belongs to one of the networks."""
    return any(_unmapped(address) in network for network in networks)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST_IPV6:
        return False
    return address.is_global and not address.is_multicast and not is_in(address, _SPECIAL)


def url_fault(url: str, private: Networks, *, plain: bool = False) -> str | None:
    """Say why a URL may not be called, as far as it shows without DNS; None if it may be.

    Plain http is allowed to private networks only, since on the internet others could read and
    change what is sent. `plain` allows it to every address.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return f"it has at most {MAX_URL} printable ASCII characters, and no space."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is no URL."
    may_be_plain = plain or _may_be_private(host or "", private)
    asked_for = "it begins with http:// or https://." if plain else "it begins with https://."
    checks = {
        asked_for: parts.scheme == "https" or (parts.scheme == "http" and may_be_plain),
        "it names a host.": bool(host) and port != 0,
        "it has neither a user name nor a fragment.": parts.username is None and not parts.fragment,
        "its address is public.": _may_be_host(host or "", private),
    }
    return next((asked for asked, holds in checks.items() if not holds), None)


def _may_be_host(host: str, private: Networks) -> bool:
    literal = _literal(host)
    # The addresses of a name are checked when it is called.
    return literal is None or may_be_called(literal, private)


def _may_be_private(host: str, private: Networks) -> bool:
    literal = _literal(host)
    return bool(private) and (literal is None or is_in(literal, private))


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that the host is written as, or None if it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Read the value of a `Retry-After` header: seconds, or a date of HTTP.

    Returns None for an absent or unreadable value; a date that is past means no wait.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:_MOST_DIGITS]))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at - now, timedelta())


@lru_cache(KEPT_ADDRESSES)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a text names; None if it names none.

    Proxies write it with or without a port (`192.0.2.1:5555`, `[2001:db8::1]:443`). An IPv4 address
    inside an IPv6 one is the IPv4 address, and a zone of this host (`fe80::1%eth0`) is left out.
    """
    host = text.strip()
    if host.startswith("["):
        host, bracket, port = host[1:].partition("]")
        if not bracket or not _is_port(port):
            return None
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
        if not port.isdecimal():
            return None
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def _is_port(text: str) -> bool:
    return not text or (text.startswith(":") and text[1:].isdecimal())


def network_of(address: str) -> str:
    """The network of an IPv6 address's subscriber; any other address in its usual spelling.

    Whatever is counted for an address is counted for this.
    """
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed.packed, _IPV6_PREFIX), strict=False))
    return address if parsed is None else str(parsed)
