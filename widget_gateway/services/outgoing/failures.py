"""Why a call to another server failed, in words that a partner may read."""

import ssl

import h11


class CallFailedError(Exception):
    """The other server could not be called, or may not be; the message says why."""


EXPECTED = (h11.RemoteProtocolError, OSError, ValueError)
"""What hostile or broken servers and networks cause: bad HTTP, lost connections, bad texts."""


def reason_of(error: BaseException) -> str:
    """Return a reason without addresses of the gateway's network."""
    return "TLS failed" if isinstance(error, ssl.SSLError) else "the connection failed"
