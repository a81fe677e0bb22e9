"""`portal/push/events`: the portal tells people's devices what has happened."""

import json
from typing import Annotated, Any

import msgspec

from handlers.contract.bodies import Body, Field
from handlers.contract.errors import FieldFault, FieldsInvalidError
from handlers.contract.operations import Operation
from handlers.portal.base import PortalCallbackHandler
from handlers.portal.people import TEXT
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.portal.events import (
    MAX_DATA_BYTES,
    MAX_MESSAGE,
    MAX_TITLE,
    MAX_USERS,
    EventType,
    Notice,
)
from widget_gateway.domain.portal.people import PersonId

Users = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=256)]],
    msgspec.Meta(min_length=1, max_length=MAX_USERS),
]


def _data_fault(value: Any) -> FieldFault | None:
    try:
        size = len(_as_text(value))
    except (ValueError, RecursionError):  # such as 1e999, which is too large to be a number
        return FieldFault("not_object")
    return (
        FieldFault("too_large", {"limit": MAX_DATA_BYTES // 1024})
        if size > MAX_DATA_BYTES
        else None
    )


def _as_text(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


PUSH = Body(
    Field(
        name="type",
        about="What kind of event it is.",
        schema={"type": "string", "enum": [one.value for one in EventType]},
        example="kip_new",
    ),
    Field(
        name="title",
        about="For people: the headline.",
        schema=TEXT | {"maxLength": MAX_TITLE},
        example="Создана новая задача КИП",
    ),
    Field(
        name="message",
        about="For people: what has happened.",
        schema=TEXT | {"maxLength": MAX_MESSAGE},
        example="Стыковка с международной космической лунной станцией.",
    ),
    Field(
        name="data",
        about="For programs: any object, of at most 32 KiB. Devices get it as it is.",
        schema={"type": "object"},
        check=_data_fault,
        example={"id": "5dd52390673cf700567e1d72"},
    ),
    Field(
        name="users",
        about="For whom: `id_phperson` of each. Somebody named twice gets the event once.",
        schema=msgspec.json.schema(Users),
        quick=Users,
        example=["381004a1-d925-11e8-9126-00155d640b22"],
    ),
)


class Pushed(msgspec.Struct, omit_defaults=True):
    """The event is stored for every user that is known; `unknown_users` are the others, if any."""

    result: bool
    unknown_users: list[str] = []


class PushEventsHandler(PortalCallbackHandler):
    """Push an event to people's devices."""

    faults_in_error = True
    operation = Operation(
        summary="Push an event to people's devices",
        about="Stored for every known user before the answer, sent at once on their open channels "
        "(/asyncapi.json), and again to those who connect later, until it is acknowledged or 30 "
        "days old. Not idempotent: repeated after a 503, people may get it twice.",
        tag="portal",
        body=PUSH,
        answer=Pushed,
        example={"result": True, "unknown_users": ["00000000-d925-11e8-9126-00155d640b22"]},
        refusals=(FieldsInvalidError, BusyError),
    )

    async def post(self) -> None:
        """Store it; the feed delivers."""
        given = self.read_body(PUSH)
        notice = Notice(
            type=EventType(given["type"]),
            title=given["title"],
            message=given["message"],
            data=_as_text(given["data"]),
        )
        unknown = await self.services.pushes.push(notice, map(PersonId, given["users"]))
        self.write_json(Pushed(result=True, unknown_users=list(unknown)))


ROUTES = [("portal/push/events", PushEventsHandler)]
