"""`auth/…`: the portal's people sign in from their devices, stay signed in, and sign out."""

import msgspec

from handlers.base import AuthKind
from handlers.contract.bodies import Body, Field
from handlers.contract.errors import FieldsInvalidError
from handlers.contract.operations import Operation
from handlers.portal.base import PortalHandler, SignedInHandler
from handlers.portal.people import AD_LOGIN, PIN_CODE, TEXT, Done
from handlers.portal.sessions import (
    EXAMPLE,
    PortalMoment,
    SessionList,
    portal_time,
    session_of,
)
from widget_gateway.domain.errors import (
    BusyError,
    CredentialsInvalidError,
    RateLimitedError,
    TokenInvalidError,
)
from widget_gateway.domain.portal.people import login_of, parse_pin
from widget_gateway.domain.portal.sign_ins import IssuedTokens
from widget_gateway.services.portal.tokens import MAX_TOKEN

LOGIN = Body(
    Field(
        name=AD_LOGIN,
        about="The person's login, in any case.",
        schema=TEXT,
        example="ivanova@osnova.example",
    ),
    PIN_CODE,
)
REFRESH = Body(
    Field(
        name="refresh_token",
        about="The last refresh token of the session.",
        schema=TEXT | {"maxLength": MAX_TOKEN},
        example="10036.1.nRZ6Xb2Zl3m0yqW8cJ4tVf1sGd9uKe5hPo7iAaBxYQk",
    )
)


class Tokens(msgspec.Struct):
    """What a device keeps of its session."""

    access_token: str
    refresh_token: str
    access_expire_at: PortalMoment
    refresh_expire_at: PortalMoment
    session_id: int


class TokensAnswer(msgspec.Struct):
    """The tokens of a session."""

    result: bool
    data: Tokens


_TOKENS_EXAMPLE = {
    "result": True,
    "data": {
        "access_token": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjBmMWUyZDNjNGI1YTY5Nzgi...",
        "refresh_token": "10036.2.Qk3hPo7iAaBxYnRZ6Xb2Zl3m0yqW8cJ4tVf1sGd9uKe",
        "access_expire_at": "2019-11-25 20:23:29",
        "refresh_expire_at": "2019-12-09 14:23:29",
        "session_id": 10036,
    },
}


class LoginHandler(PortalHandler):
    """Begin a session."""

    auth = AuthKind.PUBLIC
    operation = Operation(
        summary="Sign in with login and PIN",
        about="An unknown login, a wrong PIN and a locked login are answered alike. Five wrong "
        "PINs lock a login for 15 minutes, each lock after that for twice as long, to a day; after "
        "ten in all only a new PIN of the portal helps. Twenty wrong tries an hour are taken from "
        "one address.",
        tag="portal",
        body=LOGIN,
        answer=TokensAnswer,
        example=_TOKENS_EXAMPLE,
        refusals=(CredentialsInvalidError, FieldsInvalidError, RateLimitedError, BusyError),
    )

    async def post(self) -> None:
        """Let in who knows the PIN."""
        given = self.read_body(LOGIN)
        pin = parse_pin(given[PIN_CODE.name])
        assert pin is not None  # noqa: S101 - the body was checked
        login = login_of(given[AD_LOGIN])
        issued = await self.services.sign_ins.sign_in(login, pin, self.remote)
        self.write_json(_answer(issued))


class RefreshHandler(PortalHandler):
    """Go on with a session."""

    auth = AuthKind.PUBLIC
    operation = Operation(
        summary="Exchange the refresh token for new tokens",
        about="Each refresh token is used once. Used again within ten seconds, by a client that "
        "lost the answer, it gets the same answer; after that it ends the session.",
        tag="portal",
        body=REFRESH,
        answer=TokensAnswer,
        example=_TOKENS_EXAMPLE,
        refusals=(TokenInvalidError, FieldsInvalidError),
    )

    async def post(self) -> None:
        """Rotate the tokens."""
        given = self.read_body(REFRESH)
        issued = await self.services.sign_ins.refresh(given["refresh_token"], self.remote)
        self.write_json(_answer(issued))


class LogoutHandler(SignedInHandler):
    """End one's own session."""

    operation = Operation(
        summary="Sign out",
        about="Ends the session of the access token; a body is not looked at.",
        tag="portal",
        answer=Done,
        example={"result": True},
        refusals=(TokenInvalidError,),
    )

    async def post(self) -> None:
        """End the session."""
        await self.services.sign_ins.sign_out(self.signed_in, self.remote)
        self.write_json(Done(result=True))


class OwnSessionsHandler(SignedInHandler):
    """One's own sessions."""

    operation = Operation(
        summary="List one's own sessions",
        tag="portal",
        answer=SessionList,
        example=EXAMPLE,
        refusals=(TokenInvalidError,),
    )

    async def get(self) -> None:
        """List them."""
        found = await self.services.sign_ins.list_of(self.signed_in.person)
        self.write_json(SessionList(result=True, data=list(map(session_of, found))))


def _answer(issued: IssuedTokens) -> TokensAnswer:
    tokens = Tokens(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        access_expire_at=portal_time(issued.sign_in.access_expire_at),
        refresh_expire_at=portal_time(issued.sign_in.refresh_expire_at),
        session_id=issued.sign_in.id,
    )
    return TokensAnswer(result=True, data=tokens)


ROUTES = [
    ("login", LoginHandler),
    ("refresh", RefreshHandler),
    ("logout", LogoutHandler),
    ("sessions", OwnSessionsHandler),
]
