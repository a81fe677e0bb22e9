"""`access/token`: a one-time token that opens a test for one user."""

from uuid import UUID

from handlers.contract.operations import Moment, Operation, Operations
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.parameters import CALLER, PAID, TEST, USER
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import (
    AccessLimitReachedError,
    TestNotAllowedError,
    TestNotFoundError,
    UserNotFoundError,
)


class IssuedToken(Marked):
    """`access/token`'s answer."""

    access_token: UUID
    expires_at: Moment


class AccessTokenHandler(PartnerHandler):
    """Issue an access token. A new `user_id` is registered, as `result/attach` does."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Issue a one-time access token",
            writes=True,
            about="The token opens one attempt at one test for one user, within 24 hours. A new "
            "`user_id` is registered, which issues an access.",
            required=(TEST,),
            optional=(*CALLER, *USER, PAID),
            one_of=USER,
            answer=IssuedToken,
            example={
                "access_token": "c1b4f2a6-7d0e-4f59-8a43-3f1f0f5f5a77",
                "expires_at": "2026-05-05T12:30:00.000Z",
            },
            refusals=(
                UserNotFoundError,
                TestNotFoundError,
                TestNotAllowedError,
                AccessLimitReachedError,
            ),
        )
    )

    async def call(self) -> IssuedToken:
        """Answer with the token, which the partner's page hands to the widget."""
        token, expires_at = await self.services.access_tokens.issue(
            self.caller,
            self.get_user(),
            TEST.get(self.inputs),
            paid=PAID.is_set(self.inputs),
        )
        return IssuedToken(
            access_token=token, expires_at=iso(expires_at), sandbox=self.caller.sandbox
        )


ROUTES = [("access/token", AccessTokenHandler)]
