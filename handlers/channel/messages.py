"""Messages that all channels share, and the reader of messages.

Each message is a Struct whose tag is its `type` on the wire. A channel reads the messages of a
union; `/asyncapi.json` is made from the same types (handlers/reference/asyncapi.py).
"""

from typing import Any, Generic, TypeVar, get_args

import msgspec

from widget_gateway.domain.errors import GatewayError, RefusalError

Message = TypeVar("Message")


class Ping(msgspec.Struct, tag="ping", tag_field="type"):
    """Asks whether the gateway still answers and, with `clock`, for its time."""

    clock: bool = False


class Pong(msgspec.Struct, tag="pong", tag_field="type"):
    """Answers a `ping`; `now` is the gateway's time, in milliseconds, if the `ping` asks for it.

    The clock of a visitor's device may be put, and stands still in some devices while they sleep.
    """

    now: int | msgspec.UnsetType = msgspec.UNSET


class ErrorMessage(msgspec.Struct, tag="error", tag_field="type"):
    """Says what went wrong. The connection is closed after a fatal error.

    `seq` is that of the answer it is about, `generation` that of the answer if not the current one.
    """

    code: str
    message: str
    fatal: bool
    seq: int | msgspec.UnsetType = msgspec.UNSET
    generation: int | msgspec.UnsetType = msgspec.UNSET


class Bye(msgspec.Struct, tag="bye", tag_field="type"):
    """Says that the node is about to end: reconnect at a random time within `retry_after_ms`."""

    retry_after_ms: int


class ProtocolViolationError(GatewayError):
    """A frame is not a JSON object, so the connection is closed with 4000."""

    reason = "bad_message"


class BadMessageError(RefusalError):
    """A message has wrong fields, or does not fit the state of the connection."""

    reason = "bad_message"


class UnknownTypeError(RefusalError):
    """The type of a message is unknown to this version."""

    reason = "unknown_type"
    default_message = "The type of the message is not known."


class MessageReader(Generic[Message]):
    """Reads the messages of a channel, which are given as a union of tagged Structs."""

    def __init__(self, union: Any) -> None:
        self._decode = msgspec.json.Decoder(union).decode
        self._types = {kind.__struct_config__.tag for kind in get_args(union)}

    def read(self, frame: str) -> Message:
        """Read the message in a frame.

        Raises:
            ProtocolViolationError: the frame is not a JSON object.
            UnknownTypeError: its type is not known.
            BadMessageError, or what `diagnose` returns: its fields are wrong.
        """
        try:
            message: Message = self._decode(frame)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise self._fault_of(frame, str(error)) from None
        return message

    def _fault_of(self, frame: str, why: str) -> GatewayError:
        """Find out what is wrong with a frame. Valid messages never come here."""
        try:
            fields = msgspec.json.decode(frame, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return ProtocolViolationError("A frame holds one JSON object.")
        kind = fields.get("type")
        if not isinstance(kind, str):
            return BadMessageError('A message has a "type".')
        if kind not in self._types:
            return UnknownTypeError()
        return self.diagnose(kind, fields, why)

    def diagnose(self, kind: str, fields: dict[str, Any], why: str) -> GatewayError:  # noqa: ARG002
        """The error for a message of a known type with wrong fields. Channels may override it."""
        return BadMessageError(f"The message is not valid: {why}")


def encode(message: msgspec.Struct) -> str:
    """Encode a message as the text of a frame."""
    return msgspec.json.encode(message).decode()
