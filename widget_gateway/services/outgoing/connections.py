"""Connections to servers whose addresses are checked when they are called.

The addresses that are checked are those that are connected to, so no later DNS answer changes them.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult

from aiohappyeyeballs import AddrInfoType, start_connection

from widget_gateway.services.outgoing.failures import CallFailedError
from widget_gateway.services.outgoing.lookups import Lookups

PORTS = {"http": 80, "https": 443}

NEXT_ADDRESS_S = 0.25
"""Seconds that an address has alone before the next one is tried as well (RFC 8305)."""

RECEIVED_BYTES = 32 * 2**10
"""Bytes that the system keeps of what a server has sent; Linux doubles it. TLS decrypts all of them
in one step. With one byte in each record that takes 4 ms, and took 170 ms without this bound. From
a server at a distance of 100 ms, a page of 2 MiB comes in some four seconds."""


@cache
def tls_context() -> ssl.SSLContext:
    """Certificates and host names are verified. Loading the authorities takes some 20 ms."""
    return ssl.create_default_context()


@asynccontextmanager
async def connected(
    url: SplitResult,
    lookups: Lookups,
    may_call: Callable[[IPv4Address | IPv6Address], bool],
    refusal: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to the server of a URL, and drop the connection in the end.

    Raises:
        CallFailedError: there is no address, none may be called (`refusal`), or none answers.
        OSError: TLS failed.
    """
    sock = await _connect(url, lookups, may_call, refusal)
    host = (url.hostname or "").rstrip(".")
    is_tls = url.scheme == "https"
    reader, writer = await asyncio.open_connection(
        sock=sock,
        ssl=tls_context() if is_tls else None,
        server_hostname=host if is_tls else None,
    )
    try:
        yield reader, writer
    finally:
        # Whatever the server still sends is not read, which a polite end of TLS would do.
        writer.transport.abort()


async def _connect(
    url: SplitResult,
    lookups: Lookups,
    may_call: Callable[[IPv4Address | IPv6Address], bool],
    refusal: str,
) -> socket.socket:
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    addresses = _of_literal(host, port) or await lookups.find(host, port)
    if not addresses:
        raise CallFailedError("the name can't be resolved")
    allowed = [address for address in addresses if may_call(_ip_of(address))]
    if not allowed:
        raise CallFailedError(refusal)
    try:
        return await start_connection(
            allowed, happy_eyeballs_delay=NEXT_ADDRESS_S, socket_factory=_new_socket
        )
    except (OSError, RuntimeError) as error:  # uvloop raises both
        raise CallFailedError("the connection was refused") from error


def _of_literal(host: str, port: int) -> Sequence[AddrInfoType]:
    """Return the address that a host is written as, which needs no thread; none for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return []
    tcp = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    if isinstance(address, IPv6Address):
        return [(socket.AF_INET6, *tcp, (str(address), port, 0, 0))]
    return [(socket.AF_INET, *tcp, (str(address), port))]


def _new_socket(address: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
    return opened


def _ip_of(address: AddrInfoType) -> IPv4Address | IPv6Address:
    return ip_address(address[4][0].partition("%")[0])
