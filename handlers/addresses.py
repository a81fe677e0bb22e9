"""The client's address and the gateway's own origin, which trusted proxies may report."""

from ipaddress import IPv4Network, IPv6Network, ip_address

from tornado.httputil import HTTPServerRequest

from widget_gateway.domain.partners.providers import parse_origin

Networks = tuple[IPv4Network | IPv6Network, ...]


def is_within(address: str, networks: Networks) -> bool:
    """Whether the text is an IP address in one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def client_address(request: HTTPServerRequest, trusted: Networks) -> str:
    """The address of the nearest client that is not a trusted proxy.

    `X-Forwarded-For` is read from its end. An entry counts only if a trusted proxy has written it:
    anybody may have written the entries before.
    """
    address = request.remote_ip or ""
    hops = ",".join(request.headers.get_list("X-Forwarded-For")).split(",")
    while hops and is_within(address, trusted):
        hop = hops.pop().strip()
        try:
            address = str(ip_address(hop))
        except ValueError:
            break
    return address


def own_origin(request: HTTPServerRequest, public_url: str | None, trusted: Networks) -> str:
    """The gateway's own origin: that of `public_url` if set, else the one that the client used."""
    scheme, host = request.protocol, request.host
    if is_within(request.remote_ip or "", trusted):
        scheme = request.headers.get("X-Forwarded-Proto", scheme).rpartition(",")[2].strip()
        host = request.headers.get("X-Forwarded-Host", host).rpartition(",")[2].strip()
    return parse_origin(public_url or f"{scheme}://{host}") or ""
