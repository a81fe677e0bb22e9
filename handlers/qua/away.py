"""`/away`: where people leave for an external hit."""

from http import HTTPStatus

from handlers.base import AuthKind
from handlers.operations import Operation
from handlers.qua.base import QuaHandler
from handlers.qua.parameters import CLICK, QID, REDIRECT_URL, SHID, TOKEN, TRACK
from widget_gateway.domain.errors import ClickForgedError
from widget_gateway.domain.tracking import Link, Track


class AwayHandler(QuaHandler):
    """Counts the click and redirects: to what a search of ours has found, and nowhere else.

    No token of a user is asked for: a link in a new window brings none.
    """

    auth = AuthKind.PUBLIC
    operations = {
        "GET": Operation(
            summary="Follow an external hit",
            tag="qua",
            about="302 to the page. The parameters are those of the hit's `url`, as they are.",
            required=(*CLICK, REDIRECT_URL),
            answer=None,
            media_types=(),
            refusals=(ClickForgedError,),
        )
    }

    async def get(self) -> None:
        """Redirect to the page of the resource, as the database knows it."""
        track, shid, qid = (one.get(self.given) for one in (TRACK, SHID, QID))
        url = await self.services.qua.tracking.follow(
            Link(Track(track), shid, qid), TOKEN.get(self.given), REDIRECT_URL.get(self.given)
        )
        self.set_header("Referrer-Policy", "no-referrer")
        self.redirect(url, status=HTTPStatus.FOUND.value)


PUBLIC_ROUTES = [(r"/away/?", AwayHandler)]
