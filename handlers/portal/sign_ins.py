"""`sessions/<id_phperson>`: the portal lists the sign-ins of a person, and ends them."""

from datetime import datetime
from typing import Annotated

import msgspec
from tornado.web import HTTPError

from handlers.contract.errors import FieldFault, FieldsInvalidError, ParameterInvalidError
from handlers.contract.inputs import Inputs
from handlers.contract.json_reader import is_storable
from handlers.contract.operations import Operation, Operations
from handlers.contract.parameters import Choice, Integer
from handlers.portal.base import PortalCallbackHandler
from handlers.portal.people import Done
from widget_gateway.domain.errors import PersonNotFoundError, SignInNotFoundError
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import SignIn

SESSION_ID = Integer(
    "session_id", "End this session of the person.", least=1, most=2**53 - 1, example=10036
)
ALL = Choice("all", "`1` ends all sessions of the person.", words=("0", "1"))

PortalMoment = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$", examples=["2019-11-25 20:23:00"]
    ),
]
"""A time in UTC as the portal API spells it."""


class Session(msgspec.Struct):
    """A device on which the person is signed in; `user_agent` is as the device sent it."""

    id: int
    user_agent: str
    ip_address: str
    access_expire_at: PortalMoment
    refresh_expire_at: PortalMoment
    created_at: PortalMoment
    updated_at: PortalMoment


class SessionList(msgspec.Struct):
    """The sign-ins of a person, oldest first."""

    result: bool
    data: list[Session]


EXAMPLE = {
    "result": True,
    "data": [
        {
            "id": 10036,
            "user_agent": "Android; 9; google; Handset; App Version: 0.7.3;",
            "ip_address": "192.168.1.74",
            "access_expire_at": "2019-11-25 20:23:29",
            "refresh_expire_at": "2019-12-09 14:23:29",
            "created_at": "2019-11-25 11:43:22",
            "updated_at": "2019-11-25 14:23:29",
        }
    ],
}


def portal_time(moment: datetime) -> PortalMoment:
    """The time as `YYYY-MM-DD HH:MM:SS`, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def shown_sign_in(sign_in: SignIn) -> Session:
    """A sign-in as the portal API shows it."""
    return Session(
        id=sign_in.id,
        user_agent=sign_in.remote.user_agent,
        ip_address=sign_in.remote.address,
        access_expire_at=portal_time(sign_in.access_token_expires_at),
        refresh_expire_at=portal_time(sign_in.refresh_token_expires_at),
        created_at=portal_time(sign_in.created_at),
        updated_at=portal_time(sign_in.updated_at),
    )


class SignInsHandler(PortalCallbackHandler):
    """The sign-ins of a person, which the wire calls sessions."""

    operations = Operations(
        get=Operation(
            summary="List a person's sessions",
            tag="portal",
            answer=SessionList,
            example=EXAMPLE,
            refusals=(PersonNotFoundError,),
        ),
        delete=Operation(
            summary="End one session of a person, or all",
            about="A session that ended is dead at once on every node: its tokens are refused, its "
            "channel closes.",
            tag="portal",
            optional=(SESSION_ID, ALL),
            one_of=(SESSION_ID, ALL),
            answer=Done,
            example={"result": True},
            refusals=(PersonNotFoundError, SignInNotFoundError, FieldsInvalidError),
        ),
    )

    async def get(self, person: str) -> None:
        """Answer with the list."""
        found = await self.services.sign_ins.list_of(_person(person))
        self.write_json(SessionList(result=True, data=list(map(shown_sign_in, found))))

    async def delete(self, person: str) -> None:
        """End one sign-in, or all."""
        sign_in = _sign_in_to_end(await self.read_inputs())
        if sign_in is None:
            await self.services.sign_ins.delete_all(_person(person), self.remote)
        else:
            await self.services.sign_ins.delete(_person(person), sign_in, self.remote)
        self.write_json(Done(result=True))


def _person(segment: str) -> PersonId:
    if not is_storable(segment):
        raise HTTPError(400)
    return PersonId(segment)


def _sign_in_to_end(inputs: Inputs) -> int | None:
    """The id of the sign-in to end; None for all.

    Raises:
        FieldsInvalidError: a parameter is wrong, or neither or both are given.
    """
    wrong: dict[str, list[FieldFault]] = {}
    sign_in, everything = None, False
    try:
        sign_in = SESSION_ID.find(inputs)
    except ParameterInvalidError:
        wrong[SESSION_ID.name] = [FieldFault("session_id")]
    try:
        everything = ALL.find(inputs) == "1"
    except ParameterInvalidError:
        wrong[ALL.name] = [FieldFault("all")]
    if not wrong and (sign_in is not None) == everything:
        wrong[SESSION_ID.name] = [FieldFault("session_or_all")]
    if wrong:
        raise FieldsInvalidError(wrong)
    return sign_in


ROUTES = [(r"sessions/([^/]+)", SignInsHandler)]
