"""The portal channel `/ws/v1/portal`: events of the intranet portal for one device of a person.

The access token comes in the handshake as a second subprotocol, since browsers can set no other
header there, and URLs are logged.
"""

import asyncio
from collections.abc import Awaitable

from handlers.channel import limits
from handlers.channel.connection import Channel
from handlers.channel.portal_messages import AckEvent, Message, decode
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.portal.events import EventId, PortalEvent
from widget_gateway.domain.portal.sign_ins import SignedIn

_BEARER = "bearer."

MAX_EVENT_ID = 2**63 - 1
"""The largest integer of the database, so no event has a larger id."""


class PortalChannel(Channel):
    """The connection of one device. It implements Listener of the push feed."""

    subprotocol = "widget-gateway.portal.v1"
    kind = "portal"
    signed_in: SignedIn

    async def prepare(self) -> None:
        """Keep the token, since `open` removes the headers of the handshake."""
        await super().prepare()
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        self._token = _bearer_token(offered)

    def on_open(self) -> None:
        """Authenticate. Only an open connection can be refused with a close code."""
        self._is_admitted = False
        self._decided = asyncio.Event()
        self._acknowledging = 0
        self.services.node.tasks.spawn(self.guarded(self._begin()))

    def on_end(self) -> None:
        """Leave the feed. Events that were not acknowledged stay stored."""
        self._decided.set()
        self.services.push_feed.leave(self)

    async def _begin(self) -> None:
        try:
            await self._admit()
        finally:
            self._decided.set()
        await self.services.push_feed.catch_up(self)

    async def _admit(self) -> None:
        feed, sign_ins = self.services.push_feed, self.services.sign_ins
        self.signed_in = await sign_ins.authenticate(self._token)
        if self.is_closing:
            return
        if feed.channels_of(self.signed_in.person) >= limits.MAX_CHANNELS_A_PERSON:
            raise limits.TooManyMessagesError
        feed.join(self)
        # Once more, since the sign-in may have ended before the feed knew of this channel.
        await sign_ins.authenticate(self._token)
        self.stop_waiting()
        self._is_admitted = True

    def receive(self, frame: str) -> Awaitable[None] | None:
        """Handle a message. Until the person is known it waits, and no other frame is read."""
        message = decode(frame)
        return self._handle(message) if self._is_admitted else self._handle_later(message)

    async def _handle_later(self, message: Message) -> None:
        await self._decided.wait()
        if self._is_admitted and not self.is_closing and (work := self._handle(message)):
            await work

    def _handle(self, message: Message) -> Awaitable[None] | None:
        """Handle a message of a known person. Up to MAX_UNACKNOWLEDGED acks are written at once."""
        if not isinstance(message, AckEvent):
            self.pong(message)
            return None
        if not 0 < message.id <= MAX_EVENT_ID:  # there is no such event
            return None
        self._acknowledging += 1
        work = self.guarded(self._acknowledge(EventId(message.id)))
        if self._acknowledging >= limits.MAX_UNACKNOWLEDGED:
            return work
        self.services.node.tasks.spawn(work)
        return None

    async def _acknowledge(self, event: EventId) -> None:
        try:
            await self.services.pushes.acknowledge(self.signed_in.person, event)
        finally:
            self._acknowledging -= 1

    def on_event(self, event: PortalEvent) -> None:
        """Send an event. All channels send the same frame."""
        self.send_frame(self.services.event_frames.frame_of(event))

    def on_gap(self) -> None:
        """Read the events that may have been missed."""
        self.services.node.tasks.spawn(self.guarded(self.services.push_feed.catch_up(self)))

    def on_sign_in_ended(self) -> None:
        """Close the channel, since the sign-in was deleted or has expired."""
        self.refuse(TokenInvalidError())


def _bearer_token(offered: str) -> str:
    """The token among the offered subprotocols; empty, so invalid, unless there is exactly one."""
    tokens = [
        protocol for protocol in map(str.strip, offered.split(",")) if protocol.startswith(_BEARER)
    ]
    return tokens[0].removeprefix(_BEARER) if len(tokens) == 1 else ""
