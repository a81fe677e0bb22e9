"""`/away`: redirects people from a search to the page of an external resource."""

from http import HTTPStatus

from handlers.base import AuthKind
from handlers.contract.operations import Operation, Operations
from handlers.qua.base import QuaHandler
from handlers.qua.parameters import CLICK, QID, REDIRECT_URL, SHID, TOKEN, TRACK
from widget_gateway.domain.errors import ClickForgedError
from widget_gateway.domain.qua.tracking import Link


class AwayHandler(QuaHandler):
    """Count the click and redirect, to pages that a search has found only.

    No token of a user is required, since a link that opens in a new window can't send it.
    """

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="Follow an external hit",
            tag="qua",
            about="302 to the page. The parameters are those of the hit's `url`, as they are.",
            required=(*CLICK, REDIRECT_URL),
            answer=None,
            media_types=(),
            status=HTTPStatus.FOUND,
            headers=("Location",),
            refusals=(ClickForgedError,),
        )
    )

    async def get(self) -> None:
        """Redirect to the URL that the database has for the resource."""
        inputs = self.inputs
        link = Link(TRACK.get(inputs), SHID.get(inputs), QID.get(inputs))
        token, target = TOKEN.get(inputs), REDIRECT_URL.get(inputs)
        url = await self.services.tracking.follow(link, token, target)
        self.set_header("Referrer-Policy", "no-referrer")
        self.redirect(url, status=HTTPStatus.FOUND.value)


ROUTES = [("/away", AwayHandler)]
