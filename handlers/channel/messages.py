"""What the messages of all channels share: how they are read, and how they say what is wrong.

Messages are types, each with its `type` on the wire as tag. A channel reads those of a union, and
`/asyncapi.json` is made of the same types (handlers/reference/asyncapi.py).
"""

from typing import Any, Generic, TypeVar, get_args

import msgspec

from widget_gateway.domain.errors import GatewayError, RefusalError

Message = TypeVar("Message")


class Ping(msgspec.Struct, tag="ping", tag_field="type"):
    """Is anybody there?"""


class Pong(msgspec.Struct, tag="pong", tag_field="type"):
    """Yes."""


class ErrorMessage(msgspec.Struct, tag="error", tag_field="type"):
    """What went wrong; a fatal one is followed by a close.

    `seq` names the answer that it is about, `generation` where that is not the current one.
    """

    code: str
    message: str
    fatal: bool
    seq: int | msgspec.UnsetType = msgspec.UNSET
    generation: int | msgspec.UnsetType = msgspec.UNSET


class Bye(msgspec.Struct, tag="bye", tag_field="type"):
    """This node is draining: reconnect within so many milliseconds, nothing is lost."""

    retry_after_ms: int


class ProtocolViolationError(GatewayError):
    """A frame that is no message at all: the peer speaks another language (close 4000)."""

    reason = "bad_message"


class BadMessageError(RefusalError):
    """A message with fields that it can't have, or that does not fit the moment."""

    reason = "bad_message"


class UnknownTypeError(RefusalError):
    """A type that this version does not know."""

    reason = "unknown_type"
    default_message = "The type of the message is not known."


class MessageReader(Generic[Message]):
    """Reads the frames of one channel: the messages of a union of tagged Structs."""

    def __init__(self, union: Any) -> None:
        self._decode = msgspec.json.Decoder(union).decode
        self._types = {kind.__struct_config__.tag for kind in get_args(union)}

    def read(self, frame: str) -> Message:
        """Read a frame.

        Raises:
            ProtocolViolationError: not a JSON object.
            UnknownTypeError: its type is not known.
            BadMessageError: its fields are wrong; or what `diagnose` says of them.
        """
        try:
            message: Message = self._decode(frame)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise self._fault_of(frame, str(error)) from None
        return message

    def _fault_of(self, frame: str, why: str) -> GatewayError:
        """Say what is wrong with a frame that is no message; off the fast path."""
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
        """What is wrong with a message of a known type; channels override it to say more."""
        return BadMessageError(f"The message is not valid: {why}")


def encode(message: msgspec.Struct) -> str:
    """A message as the text of a frame."""
    return msgspec.json.encode(message).decode()
