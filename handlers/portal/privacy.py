"""`people/export` and `people/erase`: what the portal does when a person asks for it."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from handlers.contract.bodies import Body
from handlers.contract.errors import FieldsInvalidError
from handlers.contract.operations import Operation, Operations
from handlers.contract.streams import json_object
from handlers.portal.base import PortalCallbackHandler
from handlers.portal.people import PERSON
from handlers.portal.sign_ins import PortalMoment, Session, portal_time, shown_sign_in
from widget_gateway.domain.errors import PersonNotFoundError
from widget_gateway.domain.portal.audit import AuditEntry
from widget_gateway.domain.portal.events import PortalEvent
from widget_gateway.domain.privacy.erasures import ErasedPerson
from widget_gateway.services.privacy.person_exports import PersonExport

SUBJECT = Body(PERSON)

EVENTS, AUDIT = "events", "audit"


class ErasedCounts(msgspec.Struct):
    """How much was removed; `audit_entries` are those that have a pseudonym now."""

    people: int
    sign_ins: int
    guards: int
    events: int
    deliveries: int
    audit_entries: int


class PersonErasure(msgspec.Struct):
    """The answer of `people/erase`."""

    result: bool
    erased: ErasedCounts


class ExportedPerson(msgspec.Struct):
    """The person. The hash of the PIN is secret and left out."""

    id_phperson: str
    tab_no: str
    ad_login: str
    pin_created_at: PortalMoment


class ExportedEvent(msgspec.Struct):
    """An event that waits for the person."""

    id: int
    event_type: str
    title: str
    message: str
    data: Any
    created_at: PortalMoment


class ExportedEntry(msgspec.Struct):
    """An entry of the audit trail about the person."""

    at: PortalMoment
    action: str
    outcome: str
    login: str | None
    session: int | None
    ip_address: str
    user_agent: str


class PersonExportHead(msgspec.Struct):
    """What stands before the lists of an export."""

    result: bool
    exported_at: PortalMoment
    person: ExportedPerson
    sessions: list[Session]


class PersonExportAnswer(PersonExportHead):
    """The answer of `people/export`."""

    events: list[ExportedEvent]
    audit: list[ExportedEntry]


_EXAMPLE = {
    "result": True,
    "exported_at": "2026-05-05 09:00:00",
    "person": {
        "id_phperson": "381004a1-d925-11e8-9126-00155d640b22",
        "tab_no": "0000-01742",
        "ad_login": "ivanova@osnova.example",
        "pin_created_at": "2026-05-04 12:30:00",
    },
    "sessions": [],
    "events": [
        {
            "id": 17,
            "event_type": "push",
            "title": "Собрание",
            "message": "В 15:00",
            "data": {},
            "created_at": "2026-05-05 08:00:00",
        }
    ],
    "audit": [
        {
            "at": "2026-05-04 12:30:01",
            "action": "pin_update",
            "outcome": "done",
            "login": "ivanova@osnova.example",
            "session": None,
            "ip_address": "192.168.1.10",
            "user_agent": "portal",
        }
    ],
}


def person_export_document(export: PersonExport) -> AsyncIterator[bytes]:
    """Yield an export as JSON, in pieces. Nothing is read before it is needed."""
    person = export.person
    head = PersonExportHead(
        result=True,
        exported_at=portal_time(export.at),
        person=ExportedPerson(
            id_phperson=person.id,
            tab_no=person.tab_no,
            ad_login=person.login,
            pin_created_at=portal_time(person.pin_created_at),
        ),
        sessions=list(map(shown_sign_in, export.sign_ins)),
    )
    return json_object(
        head,
        {
            EVENTS: (_event(event) async for event in export.events),
            AUDIT: (_entry(entry) async for entry in export.audit),
        },
    )


def _event(event: PortalEvent) -> ExportedEvent:
    notice = event.notice
    return ExportedEvent(
        id=event.id,
        event_type=notice.type.value,
        title=notice.title,
        message=notice.message,
        data=msgspec.Raw(notice.data),
        created_at=portal_time(event.created_at),
    )


def _entry(entry: AuditEntry) -> ExportedEntry:
    return ExportedEntry(
        at=portal_time(entry.at),
        action=entry.action.value,
        outcome=entry.outcome.value,
        login=entry.login,
        session=entry.sign_in_id,
        ip_address=entry.remote.address,
        user_agent=entry.remote.user_agent,
    )


def erased_counts(erased: ErasedPerson) -> ErasedCounts:
    """Return the counts as answers name them."""
    return ErasedCounts(**{name: getattr(erased, name) for name in ErasedCounts.__struct_fields__})


class PersonExportHandler(PortalCallbackHandler):
    """Tell all that is stored of a person."""

    operations = Operations(
        post=Operation(
            summary="Export all that is stored of a person",
            about="The person, the sessions, the events that wait, and the entries of the audit "
            "trail. The PIN and the tokens are left out.",
            tag="portal",
            body=SUBJECT,
            answer=PersonExportAnswer,
            example=_EXAMPLE,
            refusals=(PersonNotFoundError, FieldsInvalidError),
        )
    )

    async def post(self) -> None:
        """Answer with the document."""
        body = await self.read_body(SUBJECT)
        export = await self.services.person_exports.open(body[PERSON], self.remote)
        await self.write_stream(person_export_document(export))


class PersonEraseHandler(PortalCallbackHandler):
    """Remove all that is stored of a person."""

    operations = Operations(
        post=Operation(
            summary="Erase a person",
            about="Removes the person with PIN, sessions and waiting events, on all nodes. The "
            "audit trail keeps what was done under a pseudonym. A repeat, and a person who is not "
            "known, are fine: nothing is counted then.",
            tag="portal",
            body=SUBJECT,
            answer=PersonErasure,
            example={
                "result": True,
                "erased": {
                    "people": 1,
                    "sign_ins": 2,
                    "guards": 1,
                    "events": 3,
                    "deliveries": 1,
                    "audit_entries": 12,
                },
            },
            refusals=(FieldsInvalidError,),
        )
    )

    async def post(self) -> None:
        """Answer with how much was removed."""
        body = await self.read_body(SUBJECT)
        erased = await self.services.erasures.erase_person(body[PERSON], self.remote)
        self.write_json(PersonErasure(result=True, erased=erased_counts(erased)))


ROUTES = [
    ("people/export", PersonExportHandler),
    ("people/erase", PersonEraseHandler),
]
