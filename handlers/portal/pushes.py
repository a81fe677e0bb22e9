"""`portal/push/events`: the portal pushes an event to the devices of people."""

import json
from typing import Annotated, Any

import msgspec

from handlers.contract.bodies import Body, Field
from handlers.contract.errors import FieldFault, FieldsInvalidError
from handlers.contract.operations import Operation, Operations
from handlers.portal.base import PortalCallbackHandler
from handlers.portal.people import TEXT
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.portal.events import (
    MAX_DATA_BYTES,
    MAX_MESSAGE,
    MAX_TITLE,
    MAX_USERS,
    Notice,
    PortalEventType,
)
from widget_gateway.domain.portal.people import PersonId

Users = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=256)]],
    msgspec.Meta(min_length=1, max_length=MAX_USERS),
]


def _parse_data(value: Any) -> bytes | FieldFault:
    """The object as compact JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):  # 1e999, for example, is too large for a float
        return FieldFault("not_object")
    data = text.encode()
    if len(data) > MAX_DATA_BYTES:
        return FieldFault("too_large", {"limit": MAX_DATA_BYTES // 1024})
    return data


def _parse_users(value: list[str]) -> list[PersonId]:
    return list(map(PersonId, value))


TYPE = Field[PortalEventType](
    name="type",
    about="What kind of event it is.",
    schema={"type": "string", "enum": [kind.value for kind in PortalEventType]},
    parse=PortalEventType,
    example="kip_new",
)
TITLE = Field[str](
    name="title",
    about="For people: the headline.",
    schema=TEXT | {"maxLength": MAX_TITLE},
    parse=str,
    example="Создана новая задача КИП",
)
MESSAGE = Field[str](
    name="message",
    about="For people: what has happened.",
    schema=TEXT | {"maxLength": MAX_MESSAGE},
    parse=str,
    example="Стыковка с международной космической лунной станцией.",
)
DATA = Field[bytes](
    name="data",
    about="For programs: any object, of at most 32 KiB. Devices get it as it is.",
    schema={"type": "object"},
    parse=_parse_data,
    example={"id": "5dd52390673cf700567e1d72"},
)
USERS = Field[list[PersonId]](
    name="users",
    about="For whom: `id_phperson` of each. Somebody named twice gets the event once.",
    schema=msgspec.json.schema(Users),
    parse=_parse_users,
    quick=Users,
    example=["381004a1-d925-11e8-9126-00155d640b22"],
)
PUSH = Body(TYPE, TITLE, MESSAGE, DATA, USERS)


class Pushed(msgspec.Struct, omit_defaults=True):
    """The event is stored for every user that is known; `unknown_users` are the others, if any."""

    result: bool
    unknown_users: list[str] = []


class PushEventsHandler(PortalCallbackHandler):
    """Push an event to the devices of people."""

    faults_in_error = True
    operations = Operations(
        post=Operation(
            summary="Push an event to people's devices",
            about="Stored for every known user before the answer, sent at once on their open "
            "channels (/asyncapi.json), and again to those who connect later, until it is "
            "acknowledged or 30 days old. Not idempotent: repeated after a 503, people may get it "
            "twice.",
            tag="portal",
            body=PUSH,
            answer=Pushed,
            example={"result": True, "unknown_users": ["00000000-d925-11e8-9126-00155d640b22"]},
            refusals=(FieldsInvalidError, BusyError),
        )
    )

    async def post(self) -> None:
        """Store the event. The push feed delivers it to the open channels."""
        body = await self.read_body(PUSH)
        notice = Notice(type=body[TYPE], title=body[TITLE], message=body[MESSAGE], data=body[DATA])
        unknown = await self.services.pushes.push(notice, body[USERS])
        self.write_json(Pushed(result=True, unknown_users=list(unknown)))


ROUTES = [("portal/push/events", PushEventsHandler)]
