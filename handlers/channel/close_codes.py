"""Close codes of the channels, which tell a client what went wrong and whether to reconnect."""

from handlers.channel.messages import ProtocolViolationError
from widget_gateway.domain.errors import ConnectionExpiredError, GatewayError

GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
"""The client's frames are not those of WebSocket (RFC 6455, 7.4.1)."""

NOT_UTF8 = 1007
TOO_LARGE = 1009
INTERNAL = 1011
ORIGIN_NOT_ALLOWED = 4003
NOT_FOUND = 4004
TAKEN_OVER = 4009
STORAGE_UNAVAILABLE = 4100
TOO_MANY = 4101
TOO_SLOW = 4102
NOT_OPENED = 4103
TOKEN_INVALID = 4301
PROTOCOL_VIOLATION = 4000

CLOSE_CODES: dict[str, int] = {
    "origin_not_allowed": ORIGIN_NOT_ALLOWED,
    "provider_not_found": NOT_FOUND,
    "test_not_found": NOT_FOUND,
    "session_not_found": NOT_FOUND,
    "token_invalid": TOKEN_INVALID,
    "session_superseded": TAKEN_OVER,
    "storage_unavailable": STORAGE_UNAVAILABLE,
    "rate_limited": TOO_MANY,
    "internal": INTERNAL,
}
"""The close codes of errors that end the connection, by the `reason` of the error."""

_BY_TYPE: dict[type[GatewayError], int] = {
    ProtocolViolationError: PROTOCOL_VIOLATION,
    ConnectionExpiredError: NOT_OPENED,
}
"""The close codes of errors that share their `reason` with errors that end nothing."""


def close_code_of(error: GatewayError) -> int | None:
    """The code with which an error ends the connection; None if it ends nothing."""
    return _BY_TYPE.get(type(error)) or CLOSE_CODES.get(error.reason)
