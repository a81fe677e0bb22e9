"""`sessions/<id_phperson>`: the portal looks at the sessions of a person, and ends them."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from tornado.web import HTTPError

from handlers.contract.errors import FieldFault, FieldsInvalidError, ParameterInvalidError
from handlers.contract.inputs import Inputs, is_storable
from handlers.contract.operations import Operation
from handlers.contract.parameters import Choice, Integer
from handlers.portal.base import PortalCallbackHandler
from handlers.portal.people import Done
from widget_gateway.domain.errors import PersonNotFoundError, SessionNotFoundError
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
"""A time on the portal's wire, in UTC."""


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
    """The sessions of a person, oldest first."""

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
    """`YYYY-MM-DD HH:MM:SS`, UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def session_of(sign_in: SignIn) -> Session:
    """A session as the portal's document shows it."""
    return Session(
        id=sign_in.id,
        user_agent=sign_in.remote.user_agent,
        ip_address=sign_in.remote.address,
        access_expire_at=portal_time(sign_in.access_expire_at),
        refresh_expire_at=portal_time(sign_in.refresh_expire_at),
        created_at=portal_time(sign_in.created_at),
        updated_at=portal_time(sign_in.updated_at),
    )


class SessionsHandler(PortalCallbackHandler):
    """The sessions of one person."""

    operation = Operation(
        summary="List a person's sessions",
        tag="portal",
        answer=SessionList,
        example=EXAMPLE,
        refusals=(PersonNotFoundError,),
    )
    deletion: ClassVar[Operation] = Operation(
        summary="End one session of a person, or all",
        about="A session that ended is dead at once on every node: its tokens are refused, its "
        "channel closes.",
        tag="portal",
        optional=(SESSION_ID, ALL),
        one_of=(SESSION_ID, ALL),
        answer=Done,
        example={"result": True},
        refusals=(PersonNotFoundError, SessionNotFoundError, FieldsInvalidError),
    )

    @classmethod
    def operation_of(cls, method: str) -> Operation:
        """Listing, or ending."""
        return cls.deletion if method == "DELETE" else cls.operation

    async def get(self, person: str) -> None:
        """List them."""
        found = await self.services.sign_ins.list_of(_person(person))
        self.write_json(SessionList(result=True, data=list(map(session_of, found))))

    async def delete(self, person: str) -> None:
        """End one, or all."""
        session = _wanted_session(Inputs(self.request, self.deletion))
        if session is None:
            await self.services.sign_ins.delete_all(_person(person), self.remote)
        else:
            await self.services.sign_ins.delete(_person(person), session, self.remote)
        self.write_json(Done(result=True))


def _person(segment: str) -> PersonId:
    if not is_storable(segment):
        raise HTTPError(400)
    return PersonId(segment)


def _wanted_session(inputs: Inputs) -> int | None:
    """Which session to end; None for all. What is not clear ends nothing."""
    wrong: dict[str, list[FieldFault]] = {}
    session, everything = None, False
    try:
        session = SESSION_ID.find(inputs)
    except ParameterInvalidError:
        wrong[SESSION_ID.name] = [FieldFault("session_id")]
    try:
        everything = ALL.find(inputs) == "1"
    except ParameterInvalidError:
        wrong[ALL.name] = [FieldFault("all")]
    if not wrong and (session is not None) == everything:
        wrong[SESSION_ID.name] = [FieldFault("session_or_all")]
    if wrong:
        raise FieldsInvalidError(wrong)
    return session


ROUTES = [(r"sessions/([^/]+)", SessionsHandler)]
