"""Events that the portal pushes to people's devices, and how large they may be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from widget_gateway.domain.portal.people import PersonId

EventId = NewType("EventId", int)
"""Counts up with every push: the order of ids is the order of events, for each person too."""

LIFETIME = timedelta(days=30)
"""How long an event waits to be acknowledged."""

MAX_USERS = 10_000
"""Of one push."""

MAX_TITLE = 500
MAX_MESSAGE = 4_000
MAX_DATA_BYTES = 32 * 2**10
"""Of the data as JSON. With title and message, escaped at worst (six bytes a character), an event
fits into one frame of 64 KiB."""


class PortalEventType(StrEnum):
    """What has happened, as far as the portal tells kinds apart."""

    PUSH = "push"
    KIP_NEW = "kip_new"
    KIP_COMMENT = "kip_comment"
    KIP_UPDATE = "kip_update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the portal wants people to know. `data` is a JSON object, kept as its text.

    So nothing in it can mean something to the database, and a device gets what the portal sent.
    """

    type: PortalEventType
    title: str
    message: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PortalEvent:
    """A stored notice."""

    id: EventId
    notice: Notice
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """An event and all whom it was pushed to."""

    event: PortalEvent
    people: Sequence[PersonId]
