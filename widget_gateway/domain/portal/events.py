"""Events that the portal pushes to people's devices, and their limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from widget_gateway.domain.portal.people import PersonId

EventId = NewType("EventId", int)
"""The number of an event. It rises with each push, so ids are in the order of the events."""

LIFETIME = timedelta(days=30)
"""How long an event is kept for devices that have not acknowledged it."""

MAX_USERS = 10_000
"""Most people to whom a push may be addressed."""

MAX_TITLE = 500
MAX_MESSAGE = 4_000
"""Most characters of a title and of a message."""

MAX_DATA_BYTES = 32 * 2**10
"""Most bytes of the data as JSON. With a title and a message that are escaped in the worst way, six
bytes for each character, an event then fits into a frame of 64 KiB."""


class PortalEventType(StrEnum):
    """The kind of an event, as the portal names it."""

    PUSH = "push"
    KIP_NEW = "kip_new"
    KIP_COMMENT = "kip_comment"
    KIP_UPDATE = "kip_update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the portal wants to tell people; `data` is a JSON object.

    `data` is kept as text, so that the database interprets nothing in it and a device gets
    exactly what the portal sent.
    """

    type: PortalEventType
    title: str
    message: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PortalEvent:
    """A notice that is stored and has a number."""

    id: EventId
    notice: Notice
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """An event and all people to whom it was pushed."""

    event: PortalEvent
    people: Sequence[PersonId]
