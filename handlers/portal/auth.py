"""`auth/…`: people of the portal sign in on their devices, renew their tokens, and sign out."""

import msgspec

from handlers.base import AuthKind
from handlers.contract.bodies import Body, Field
from handlers.contract.errors import FieldsInvalidError
from handlers.contract.operations import Operation, Operations
from handlers.portal.base import PortalHandler, SignedInHandler
from handlers.portal.people import AD_LOGIN, PIN_CODE, TEXT, Done
from handlers.portal.sign_ins import (
    EXAMPLE,
    PortalMoment,
    SessionList,
    portal_time,
    shown_sign_in,
)
from widget_gateway.domain.errors import (
    BusyError,
    CredentialsInvalidError,
    RateLimitedError,
    TokenInvalidError,
)
from widget_gateway.domain.portal.people import Login, login_of
from widget_gateway.domain.portal.sign_ins import IssuedTokens
from widget_gateway.services.portal.tokens import MAX_TOKEN

LOGIN = Field[Login](
    name=AD_LOGIN,
    about="The person's login, in any case.",
    schema=TEXT,
    parse=login_of,
    example="ivanova@osnova.example",
)
CREDENTIALS = Body(LOGIN, PIN_CODE)
REFRESH_TOKEN = Field[str](
    name="refresh_token",
    about="The last refresh token of the session.",
    schema=TEXT | {"maxLength": MAX_TOKEN},
    parse=str,
    example="10036.1.nRZ6Xb2Zl3m0yqW8cJ4tVf1sGd9uKe5hPo7iAaBxYQk",
)
REFRESH = Body(REFRESH_TOKEN)


class Tokens(msgspec.Struct):
    """The tokens that a device keeps."""

    access_token: str
    refresh_token: str
    access_expire_at: PortalMoment
    refresh_expire_at: PortalMoment
    session_id: int


class TokensAnswer(msgspec.Struct):
    """The tokens of a sign-in, which the wire calls a session."""

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
    """Sign a person in."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        post=Operation(
            summary="Sign in with login and PIN",
            about="An unknown login, a wrong PIN and a locked login are answered alike. Five wrong "
            "PINs lock a login for 15 minutes, each lock after that for twice as long, to a day; "
            "after ten in all only a new PIN of the portal helps. Twenty wrong tries an hour are "
            "taken from one address.",
            tag="portal",
            body=CREDENTIALS,
            answer=TokensAnswer,
            example=_TOKENS_EXAMPLE,
            refusals=(CredentialsInvalidError, FieldsInvalidError, RateLimitedError, BusyError),
        )
    )

    async def post(self) -> None:
        """Answer with the tokens of a new sign-in."""
        body = await self.read_body(CREDENTIALS)
        issued = await self.services.sign_ins.sign_in(body[LOGIN], body[PIN_CODE], self.remote)
        self.write_json(_answer(issued))


class RefreshHandler(PortalHandler):
    """Replace the tokens of a sign-in."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        post=Operation(
            summary="Exchange the refresh token for new tokens",
            about="Each refresh token is used once. Used again within ten seconds, by a client "
            "that lost the answer, it gets the same answer; after that it ends the session.",
            tag="portal",
            body=REFRESH,
            answer=TokensAnswer,
            example=_TOKENS_EXAMPLE,
            refusals=(TokenInvalidError, FieldsInvalidError),
        )
    )

    async def post(self) -> None:
        """Answer with new tokens."""
        body = await self.read_body(REFRESH)
        issued = await self.services.sign_ins.refresh(body[REFRESH_TOKEN], self.remote)
        self.write_json(_answer(issued))


class LogoutHandler(SignedInHandler):
    """End the sign-in of the access token."""

    operations = Operations(
        post=Operation(
            summary="Sign out",
            about="Ends the session of the access token; a body is not looked at.",
            tag="portal",
            answer=Done,
            example={"result": True},
            refusals=(TokenInvalidError,),
        )
    )

    async def post(self) -> None:
        """End the sign-in."""
        await self.services.sign_ins.sign_out(self.signed_in, self.remote)
        self.write_json(Done(result=True))


class OwnSignInsHandler(SignedInHandler):
    """The sign-ins of the person who calls."""

    operations = Operations(
        get=Operation(
            summary="List one's own sessions",
            tag="portal",
            answer=SessionList,
            example=EXAMPLE,
            refusals=(TokenInvalidError,),
        )
    )

    async def get(self) -> None:
        """Answer with the list."""
        found = await self.services.sign_ins.list_of(self.signed_in.person)
        self.write_json(SessionList(result=True, data=list(map(shown_sign_in, found))))


def _answer(issued: IssuedTokens) -> TokensAnswer:
    tokens = Tokens(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        access_expire_at=portal_time(issued.sign_in.access_token_expires_at),
        refresh_expire_at=portal_time(issued.sign_in.refresh_token_expires_at),
        session_id=issued.sign_in.id,
    )
    return TokensAnswer(result=True, data=tokens)


ROUTES = [
    ("login", LoginHandler),
    ("refresh", RefreshHandler),
    ("logout", LogoutHandler),
    ("sessions", OwnSignInsHandler),
]
