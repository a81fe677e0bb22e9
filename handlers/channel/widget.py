"""The widget channel `/ws/v1/widget` (docs/protocol/widget-channel.md)."""

from collections.abc import Awaitable

from handlers.channel.connection import Channel
from handlers.channel.conversation import Conversation


class WidgetChannel(Channel):
    """A WebSocket that carries the conversation with one widget."""

    subprotocol = "widget-gateway.v1"
    kind = "widget"

    def on_open(self) -> None:
        """Begin without an attempt, which the first message opens."""
        self._conversation = Conversation(self)

    def on_end(self) -> None:
        """End the conversation. The attempt stays stored."""
        self._conversation.end()

    def allows(self, frame: str) -> bool:
        """Whether a frame may be as large as it is."""
        return self._conversation.allows(frame.encode())

    def receive(self, frame: str) -> Awaitable[None] | None:
        """Handle a message at once if that is possible, else after those before it."""
        return self._conversation.receive(frame)
