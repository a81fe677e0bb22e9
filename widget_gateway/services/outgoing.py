"""HTTP to addresses that somebody else named: only to where they may lead."""

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

import aiohttp

from widget_gateway.domain.web import Networks, may_be_called, url_fault

TIMEOUT_S = 15.0
MAX_REPLY_BYTES = 1_024
"""What is read of an answer, which nobody needs."""


class CallFailedError(Exception):
    """The other side could not be reached, or is none to be reached; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The status of an answer; redirects are not followed."""

    status: int


class OutgoingClient:
    """Checks each address at the moment of connecting: what a name led to before is no matter."""

    def __init__(self, private: Networks) -> None:
        self._private = private
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open it; the first call opens the sockets."""
        connector = aiohttp.TCPConnector(
            socket_factory=self._open_socket, use_dns_cache=False, limit=100
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def url_fault(self, url: str) -> str | None:
        """Why a URL can't be called; None where it can, as far as it shows without DNS."""
        return url_fault(url, self._private)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send a body.

        Raises:
            CallFailedError: no answer came in TIMEOUT_S, or the address may not be called.
        """
        if self._session is None or (fault := self.url_fault(url)):
            raise CallFailedError(fault or "closed")
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.content.read(MAX_REPLY_BYTES)
                return Reply(answer.status)
        except TimeoutError:
            raise CallFailedError("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CallFailedError(_short(error)) from error

    def _open_socket(self, address: Any) -> socket.socket:
        family, kind, protocol, _, place = address
        if not may_be_called(ip_address(place[0].partition("%")[0]), self._private):
            raise PermissionError(errno.EACCES, "the address is not public")
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)  # noqa: FBT003 - its only form
        return opened


def _short(error: BaseException) -> str:
    """A reason for the log that the partner reads: no addresses of ours, no trace."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the name can't be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "TLS failed"
    if "not public" in str(error):
        return "the address is not public"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the connection was refused"
    return "the connection failed"
