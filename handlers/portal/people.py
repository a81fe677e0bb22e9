"""`pin/update`: the portal tells who may sign in, and with which PIN."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from handlers.contract.bodies import Body, Field
from handlers.contract.errors import FieldFault, FieldsInvalidError
from handlers.contract.operations import Operation
from handlers.portal.base import PortalCallbackHandler
from widget_gateway.domain.errors import LoginTakenError
from widget_gateway.domain.portal.people import (
    PersonId,
    PinUpdate,
    is_email,
    is_future,
    parse_moment,
    parse_pin,
)

TEXT = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": r"\S"}
"""A text with something in it."""

AD_LOGIN = "ad_login"


class Done(msgspec.Struct):
    """The answer of calls that only do something."""

    result: bool


def _email_fault(value: str) -> FieldFault | None:
    return None if is_email(value) else FieldFault("email")


def _moment_fault(value: Any) -> FieldFault | None:
    moment = parse_moment(value)
    if moment is None:
        return FieldFault("moment")
    return FieldFault("future") if is_future(moment, datetime.now(UTC)) else None


PERSON = Field(
    name="id_phperson",
    about="The person's id in the portal's table transit_1c_PhPerson.",
    schema=TEXT,
    example="381004a1-d925-11e8-9126-00155d640b22",
)
PIN_CODE = Field(
    name="pin_code",
    about="Four digits: a number, or a string where they begin with zero.",
    schema={
        "anyOf": [
            {"type": "integer", "minimum": 1000, "maximum": 9999},
            {"type": "string", "pattern": "^[0-9]{4}$"},
        ]
    },
    says="pin",
    check=lambda value: None if parse_pin(value) else FieldFault("pin"),
    example="0042",
)
PIN_UPDATE = Body(
    PERSON,
    Field(
        name="tab_no",
        about="The person's number in the portal's table transit_1c_employee.",
        schema=TEXT,
        example="0000-01742",
    ),
    Field(
        name=AD_LOGIN,
        about="The person's e-mail address, which is the login.",
        schema=TEXT | {"format": "email"},
        check=_email_fault,
        example="ivanova@osnova.example",
    ),
    PIN_CODE,
    Field(
        name="created_at",
        about="When the PIN was made: ISO 8601, `YYYY-MM-DD HH:MM:SS` or Unix seconds; UTC where "
        "no zone is given. At most an hour ahead of the gateway's clock.",
        schema={"type": ["string", "number"]},
        says="moment",
        check=_moment_fault,
        example="2026-05-04 12:30:00",
    ),
)


class PinUpdateHandler(PortalCallbackHandler):
    """Add a person, or give one a new PIN."""

    operation = Operation(
        summary="Create or update a person and the PIN",
        about="Idempotent; an update with an older `created_at` than the last changes nothing. A "
        "new PIN lifts locks and ends no session.",
        tag="portal",
        body=PIN_UPDATE,
        answer=Done,
        example={"result": True},
        refusals=(FieldsInvalidError,),
    )

    async def post(self) -> None:
        """Store what the portal says."""
        given = self.read_body(PIN_UPDATE)
        pin, created_at = parse_pin(given[PIN_CODE.name]), parse_moment(given["created_at"])
        assert pin is not None  # noqa: S101 - the body was checked
        assert created_at is not None  # noqa: S101 - likewise
        update = PinUpdate(
            person=PersonId(given[PERSON.name]),
            tab_no=given["tab_no"],
            login=given[AD_LOGIN].strip(),
            pin=pin,
            created_at=created_at,
        )
        try:
            await self.services.people.update_pin(update, self.remote)
        except LoginTakenError:
            raise FieldsInvalidError({AD_LOGIN: [FieldFault("login_taken")]}) from None
        self.write_json(Done(result=True))


ROUTES = [("pin/update", PinUpdateHandler)]
