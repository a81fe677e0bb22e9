"""`access/token`: a one-time token that opens a test for one user."""

from handlers.partner.base import PartnerHandler
from widget_gateway.domain.clock import iso
from widget_gateway.domain.ids import TestSlug


class AccessTokenHandler(PartnerHandler):
    """Issue a token; with a new `user_id` the user is registered, as attach does."""

    async def call(self) -> None:
        """Answer with the token, to be handed to the widget."""
        user = self.get_user()
        test = TestSlug(self.parameters.get_text("test"))
        paid = self.parameters.get_flag("paid")
        token, expires_at = await self.services.tokens.issue(self.caller, user, test, paid=paid)
        body = {"access_token": token, "expires_at": iso(expires_at)}
        if self.caller.sandbox:
            body["sandbox"] = True
        self.write_json(body)


ROUTES = [("access/token", AccessTokenHandler)]
