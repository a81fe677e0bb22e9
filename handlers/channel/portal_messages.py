"""The messages of the portal channel (docs/protocol/http.md, "Portal callback API")."""

from datetime import datetime
from typing import Annotated

import msgspec

from handlers.channel.frames import text_frame
from handlers.channel.messages import MessageReader, Ping, encode
from widget_gateway.domain.portal.events import PortalEvent, PortalEventType


class AckEvent(msgspec.Struct, tag="ack", tag_field="type"):
    """Says that the person has the event. No device gets it any more."""

    id: int


class EventMessage(msgspec.Struct, tag="event", tag_field="type"):
    """An event of the portal. `data` is the object that the portal sent."""

    id: int
    event_type: PortalEventType
    title: str
    message: str
    data: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
    created_at: datetime


Message = AckEvent | Ping

decode = MessageReader[Message](Message).read


class EventFrames:
    """Encodes an event once for all channels of the process, which send it one after another."""

    def __init__(self) -> None:
        self._last: tuple[PortalEvent | None, bytes] = (None, b"")

    def frame_of(self, event: PortalEvent) -> bytes:
        """The event as a frame."""
        if self._last[0] is not event:
            self._last = (event, text_frame(encode(_message_of(event))))
        return self._last[1]


def _message_of(event: PortalEvent) -> EventMessage:
    notice = event.notice
    return EventMessage(
        id=event.id,
        event_type=notice.type,
        title=notice.title,
        message=notice.message,
        data=msgspec.Raw(notice.data),
        created_at=event.created_at,
    )
