"""`pin/update`: the portal registers a person who may sign in, and the person's PIN."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from handlers.contract.bodies import Body, Field
from handlers.contract.errors import FieldFault, FieldsInvalidError
from handlers.contract.operations import Operation, Operations
from handlers.portal.base import PortalCallbackHandler
from widget_gateway.domain.errors import LoginTakenError
from widget_gateway.domain.portal.people import (
    PersonId,
    Pin,
    PinUpdate,
    is_email,
    is_future,
    parse_moment,
    parse_pin,
)

TEXT = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": r"\S"}
"""JSON Schema of a text of at most 256 characters that is more than white space."""

AD_LOGIN = "ad_login"


class Done(msgspec.Struct):
    """The answer of a call that succeeds and has nothing more to say."""

    result: bool


def _parse_email(value: str) -> str | FieldFault:
    return value.strip() if is_email(value) else FieldFault("email")


def _parse_pin(value: Any) -> Pin | FieldFault:
    return parse_pin(value) or FieldFault("pin")


def _parse_pin_time(value: Any) -> datetime | FieldFault:
    moment = parse_moment(value)
    if moment is None:
        return FieldFault("moment")
    return FieldFault("future") if is_future(moment, datetime.now(UTC)) else moment


PERSON = Field[PersonId](
    name="id_phperson",
    about="The person's id in the portal's table transit_1c_PhPerson.",
    schema=TEXT,
    parse=PersonId,
    example="381004a1-d925-11e8-9126-00155d640b22",
)
PIN_CODE = Field[Pin](
    name="pin_code",
    about="Four digits: a number, or a string where they begin with zero.",
    schema={
        "anyOf": [
            {"type": "integer", "minimum": 1000, "maximum": 9999},
            {"type": "string", "pattern": "^[0-9]{4}$"},
        ]
    },
    says="pin",
    parse=_parse_pin,
    example="0042",
)
TAB_NO = Field[str](
    name="tab_no",
    about="The person's number in the portal's table transit_1c_employee.",
    schema=TEXT,
    parse=str,
    example="0000-01742",
)
EMAIL = Field[str](
    name=AD_LOGIN,
    about="The person's e-mail address, which is the login.",
    schema=TEXT | {"format": "email"},
    parse=_parse_email,
    example="ivanova@osnova.example",
)
CREATED_AT = Field[datetime](
    name="created_at",
    about="When the PIN was made: ISO 8601, `YYYY-MM-DD HH:MM:SS` or Unix seconds; UTC where "
    "no zone is given. At most an hour ahead of the gateway's clock.",
    schema={"type": ["string", "number"]},
    says="moment",
    parse=_parse_pin_time,
    example="2026-05-04 12:30:00",
)
PIN_UPDATE = Body(PERSON, TAB_NO, EMAIL, PIN_CODE, CREATED_AT)


class PinUpdateHandler(PortalCallbackHandler):
    """Add a person, or give a known person a new PIN."""

    operations = Operations(
        post=Operation(
            summary="Create or update a person and the PIN",
            about="Idempotent; an update with an older `created_at` than the last changes nothing. "
            "A new PIN lifts locks and ends no session.",
            tag="portal",
            body=PIN_UPDATE,
            answer=Done,
            example={"result": True},
            refusals=(FieldsInvalidError,),
        )
    )

    async def post(self) -> None:
        """Store the person and the PIN."""
        body = await self.read_body(PIN_UPDATE)
        update = PinUpdate(
            person=body[PERSON],
            tab_no=body[TAB_NO],
            login=body[EMAIL],
            pin=body[PIN_CODE],
            created_at=body[CREATED_AT],
        )
        try:
            await self.services.people.update_pin(update, self.remote)
        except LoginTakenError:
            raise FieldsInvalidError({AD_LOGIN: [FieldFault("login_taken")]}) from None
        self.write_json(Done(result=True))


ROUTES = [("pin/update", PinUpdateHandler)]
