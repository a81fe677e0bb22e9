"""Pushed events, and the people who have not acknowledged them yet.

An event is one document. Each of its people has a row in `push_deliveries` until they acknowledge
the event. That removes the row, so a repeated acknowledgement changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pymongo.read_concern import ReadConcern

from storage.changes import Changes
from storage.client import Client, Database, Document, translated
from storage.counters import CounterStore
from storage.transactions import Session, run
from widget_gateway.domain.portal.events import EventId, Notice, PortalEvent, PortalEventType, Push
from widget_gateway.domain.portal.people import PersonId

Acknowledgement = tuple[PersonId, EventId]


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events. The next page follows the id `more_after`, which is None on the last page."""

    events: list[PortalEvent]
    more_after: EventId | None


class PushStore:
    """Events by number in `push_events`, and deliveries by {person, n} in `push_deliveries`."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._counters = CounterStore(database)
        majority = ReadConcern("majority")
        self._events = database.get_collection("push_events", read_concern=majority)
        self._deliveries = database.get_collection("push_deliveries", read_concern=majority)

    async def append(
        self, notice: Notice, people: Sequence[PersonId], now: datetime
    ) -> PortalEvent:
        """Store an event for these people, each of whom is named once; atomic.

        The number is taken in the transaction that stores the event. Two transactions can't hold
        the counter at once, so events are committed, and streamed, in the order of their numbers.
        """

        async def work(session: Session) -> PortalEvent:
            number = await self._counters.next_within(session, "push")
            event = PortalEvent(EventId(number), notice, now)
            await self._events.insert_one(_document_of(Push(event, people)), session=session)
            await self._deliveries.insert_many(
                [{"_id": _row_key(person, event.id), "created_at": now} for person in people],
                session=session,
            )
            return event

        return await run(self._client, work)

    async def find_unacknowledged(self, person: PersonId, after: EventId, limit: int) -> EventPage:
        """Find a page of the person's events with ids above `after`, in the order of ids.

        It has all events that the change stream has told of, and none that could be rolled back.
        """
        beyond = {"$gt": _row_key(person, after), "$lte": _row_key(person, _LAST)}
        with translated():
            rows = await self._deliveries.find({"_id": beyond}).sort("_id", 1).to_list(limit)
            numbers = [row["_id"]["n"] for row in rows]
            # The TTL index may remove an event a moment before its deliveries.
            found = self._events.find({"_id": {"$in": numbers}}, {"users": 0}).sort("_id", 1)
            events = [_event_of(row) for row in await found.to_list(limit)]
        return EventPage(events, EventId(numbers[-1]) if len(numbers) == limit else None)

    async def acknowledge(self, acknowledged: Collection[Acknowledgement]) -> None:
        """Deliver these events no more. Pairs that are not stored are ignored."""
        keys = iter([_row_key(person, event) for person, event in acknowledged])
        with translated():
            while some := list(islice(keys, _KEYS_A_WRITE)):
                await self._deliveries.delete_many({"_id": {"$in": some}})

    async def remove_deliveries_within(self, session: Session, person: PersonId) -> int:
        """Remove what waits for the person in the caller's transaction; returns how many."""
        mine = {"_id": {"$gt": _row_key(person, EventId(0)), "$lte": _row_key(person, _LAST)}}
        return int((await self._deliveries.delete_many(mine, session=session)).deleted_count)

    async def forget(self, person: PersonId) -> int:
        """Remove the person from all events; returns of how many. It looks through all of them.

        An event that was for nobody else is removed. It may be repeated.
        """
        with translated():
            alone = await self._events.delete_many({"users": [person]})
            among = await self._events.update_many({"users": person}, {"$pull": {"users": person}})
        return int(alone.deleted_count + among.modified_count)


_KEYS_A_WRITE = 10_000
"""How many rows are removed with one command, which stays far below the limit of 16 MiB."""

_LAST = EventId(2**63 - 1)
"""The largest possible id, which is the largest signed integer of eight bytes."""


def _row_key(person: PersonId, event: EventId) -> Document:
    return {"person": person, "n": event}  # MongoDB compares keys with the order of their fields.


def _document_of(push: Push) -> Document:
    notice = push.event.notice
    return {
        "_id": push.event.id,
        "type": notice.type.value,
        "title": notice.title,
        "message": notice.message,
        "data": notice.data,
        "users": list(push.people),
        "created_at": push.event.created_at,
    }


def _event_of(document: Document) -> PortalEvent:
    notice = Notice(
        type=PortalEventType(document["type"]),
        title=document["title"],
        message=document["message"],
        data=document["data"],
    )
    return PortalEvent(EventId(document["_id"]), notice, document["created_at"])


def push_of(document: Document) -> Push:
    """Make an event and its people of a document of `push_events`."""
    return Push(_event_of(document), [PersonId(person) for person in document["users"]])


class PushChanges(Changes[Push]):
    """Events when they are stored, in the order of their ids."""

    collection = "push_events"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": "insert"}},
        {"$project": {"fullDocument": 1}},
    ]

    def read(self, row: Document) -> Push:
        """Read the event and its people."""
        return push_of(row["fullDocument"])
