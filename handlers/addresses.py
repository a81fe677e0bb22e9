"""The client's address and the gateway's own origin, which trusted proxies may report.

Proxies report them in `X-Forwarded-For`, `-Proto` and `-Host`, or in `Forwarded` (RFC 7239). The
first are in use nearly everywhere, and a proxy that adds to them adds to what a client has sent. So
`Forwarded` is read only where there is no `X-Forwarded-*` header, else clients could write it.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network

from tornado.httputil import HTTPServerRequest

from widget_gateway.domain.partners.providers import parse_origin
from widget_gateway.domain.web import network_of, parse_address

Networks = tuple[IPv4Network | IPv6Network, ...]

_FORWARDED_PAIR = re.compile(
    r"""
    [ \t]* (?P<name>[!\#$%&'*+.^_`|~0-9A-Za-z-]+)
    =
    (?: (?P<token>[^",;\s]*) | "(?P<quoted>(?:[^"\\]|\\.)*)" )
    [ \t]* (?P<end>[;,]|$)
    """,
    re.VERBOSE,
)
"""A pair of `Forwarded`, such as `for="[2001:db8::1]:443"`, and what ends it: a semicolon before
the next pair of the same hop, a comma before the next hop."""

_UNESCAPED = re.compile(r"\\(.)")
"""A character of a quoted string that a backslash takes literally."""


def is_within(address: str, networks: Networks) -> bool:
    """Whether the text is an IP address in one of the networks."""
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


def client_address(request: HTTPServerRequest, trusted: Networks) -> str:
    """The address of the nearest client that is not a trusted proxy.

    The headers are read from their end. An entry counts only if a trusted proxy has written it:
    anybody may have written the entries before.
    """
    connected = parse_address(request.remote_ip or "")
    address = str(connected) if connected else request.remote_ip or ""
    if not is_within(address, trusted):
        return address
    hops = _hops(request)
    while hops and is_within(address, trusted):
        hop = parse_address(hops.pop())
        if hop is None:
            break
        address = str(hop)
    return address


def counted_address(request: HTTPServerRequest, trusted: Networks) -> str:
    """What a call is counted for if it shows no key: the network of the client's address."""
    return network_of(client_address(request, trusted))


def own_origin(request: HTTPServerRequest, public_url: str | None, trusted: Networks) -> str:
    """The gateway's own origin: that of `public_url` if set, else the one that the client used."""
    scheme, host = request.protocol, request.host
    if is_within(request.remote_ip or "", trusted):
        forwarded = _forwarded(request)
        last: Mapping[str, str] = forwarded[-1] if forwarded else {}
        scheme = _last(request, "X-Forwarded-Proto") or last.get("proto") or scheme
        host = _last(request, "X-Forwarded-Host") or last.get("host") or host
    return parse_origin(public_url or f"{scheme}://{host}") or ""


def _hops(request: HTTPServerRequest) -> list[str]:
    """The addresses that proxies report, the nearest last."""
    reported = request.headers.get_list("X-Forwarded-For")
    if reported:
        return ",".join(reported).split(",")
    return [hop.get("for", "") for hop in _forwarded(request)]


def _last(request: HTTPServerRequest, name: str) -> str:
    return request.headers.get(name, "").rpartition(",")[2].strip()


def _forwarded(request: HTTPServerRequest) -> list[dict[str, str]]:
    """The hops of `Forwarded` that count, the nearest last.

    Nothing before a header line that is not well formed counts, since nobody can tell where an
    entry of a client ends and that of a proxy begins.
    """
    if any(name.startswith("X-Forwarded-") for name in request.headers):
        return []
    hops: list[dict[str, str]] = []
    for line in request.headers.get_list("Forwarded"):
        read = _read_forwarded(line)
        hops = [] if read is None else [*hops, *read]
    return hops


def _read_forwarded(line: str) -> list[dict[str, str]] | None:
    """The hops of a line, each with its pairs by name; None if the line is not well formed."""
    hops: list[dict[str, str]] = [{}]
    at = 0
    while at < len(line):
        pair = _FORWARDED_PAIR.match(line, at)
        if pair is None:
            return None
        token, quoted = pair["token"], pair["quoted"]
        hops[-1][pair["name"].lower()] = token if quoted is None else _UNESCAPED.sub(r"\1", quoted)
        if pair["end"] == ",":
            hops.append({})
        at = pair.end()
    return hops
