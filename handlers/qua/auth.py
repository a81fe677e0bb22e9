"""`POST /api/auth`: a user signs in with name and password and gets a token."""

import msgspec

from handlers.base import AuthKind
from handlers.contract.operations import Operation, Operations
from handlers.qua.base import QuaHandler, Success
from handlers.qua.parameters import PASSWORD, USERNAME
from widget_gateway.domain.errors import BusyError, CredentialsWrongError


class Token(msgspec.Struct):
    """A JSON Web Token that is valid for a week."""

    token: str


class AuthHandler(QuaHandler):
    """Sign a user in."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        post=Operation(
            summary="Sign in",
            tag="qua",
            about="The token is for a week. Wrong names and passwords are limited, by the name and "
            "by the address that they come from.",
            required=(USERNAME, PASSWORD),
            answer=Success[Token],
            example={"ok": 1, "response": {"token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.1"}},
            refusals=(CredentialsWrongError, BusyError),
        )
    )

    async def post(self) -> None:
        """Answer with a token."""
        token = await self.services.users.sign_in(
            USERNAME.get(self.inputs), PASSWORD.get(self.inputs), self.address()
        )
        self.answer(Token(token))


ROUTES = [("auth", AuthHandler)]
