"""What carries the messages of a channel: a WebSocket, or the calls of a client without one."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, ClassVar

import msgspec
import structlog
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

from handlers.channel import close_codes, limits
from handlers.channel.messages import Bye, ErrorMessage, Ping, Pong, encode
from handlers.channel.services import ChannelServices
from widget_gateway.domain.attempts.devices import Device
from widget_gateway.domain.errors import GatewayError, StorageError

_log = structlog.get_logger(__name__)

_PONG = encode(Pong())


class Carrier(ABC):
    """Sends messages and refusals, and ends with a close code. It implements Drainable.

    `origin` is that of the page, if a browser told it, and `own_origin` is the gateway's. `device`
    is the kind of device at the other end. Nothing is sent any more once the carrier `is_closing`.
    """

    services: ChannelServices
    origin: str | None
    own_origin: str
    device: Device | None
    is_closing: bool

    max_unacknowledged: ClassVar[int] = limits.MAX_UNACKNOWLEDGED
    """Answers that may wait to be stored before the next one is looked at."""

    is_followed: ClassVar[bool] = True
    """Whether news of the attempt can be sent at any time after its `open`."""

    @abstractmethod
    def send(self, text: str) -> None:
        """Send a message."""

    @abstractmethod
    def leave(self, code: int) -> None:
        """End with a code of handlers/channel/close_codes.py."""

    @abstractmethod
    def wait_for_opening(self) -> None:
        """End, unless the client soon says who it is."""

    @abstractmethod
    def stop_waiting(self) -> None:
        """Let the client be silent from now on, since it has said who it is."""

    @abstractmethod
    def release(self) -> None:
        """Stop waiting for news, since another call of the same client waits for them now."""

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`. Errors that it raises are sent to the client."""
        try:
            await work
        except asyncio.CancelledError:
            if not self.is_closing:
                raise
        except Exception as fault:  # noqa: BLE001 - nothing escapes to Tornado
            self.refuse(fault)

    def drain(self) -> None:
        """Send `bye` and end: the client comes back and repeats what was not acknowledged."""
        self.send(encode(Bye(limits.DRAIN_SPREAD_MS)))
        self.leave(close_codes.GOING_AWAY)

    def refuse(
        self, fault: Exception, seq: int | None = None, generation: int | None = None
    ) -> None:
        """Send an error, and end if the error has a close code.

        `seq` is that of the answer that the error is about; `generation` is None if that is the
        current one. The error's own data takes precedence over both.
        """
        if isinstance(fault, WebSocketClosedError | StreamClosedError):
            return
        if not isinstance(fault, GatewayError):
            _log.error("channel_failed", exc_info=fault)
            fault = GatewayError()
        if isinstance(fault, StorageError):
            self.services.metrics.storage_refusals.labels("channel").inc()
        code = close_codes.close_code_of(fault)
        known_seq = fault.data.get("seq", seq)
        known_generation = fault.data.get("generation", generation)
        if fault.reason != "session_superseded":
            self.send(
                encode(
                    ErrorMessage(
                        code=fault.reason,
                        message=fault.message,
                        fatal=code is not None,
                        seq=_told(known_seq),
                        generation=_told(known_generation),
                    )
                )
            )
        if code is not None:
            self.leave(code)

    def pong(self, ping: Ping) -> None:
        """Answer a `ping`."""
        self.send(encode(Pong(time.time_ns() // 10**6)) if ping.clock else _PONG)


def _told(number: object) -> int | msgspec.UnsetType:
    return number if isinstance(number, int) else msgspec.UNSET
