"""`/console/`: what lives now, the last days, and what needs a hand."""

from handlers.console.base import ConsoleHandler
from handlers.console.menu import first_page_of
from widget_gateway.domain.console.roles import Permission


class OverviewHandler(ConsoleHandler):
    """The first page of those who run the gateway. Partners are led to their provider's page."""

    area = "overview"
    looks = Permission.OWN_ACCOUNT

    async def get(self) -> None:
        """Show the overview."""
        if not self.may(Permission.OVERVIEW):
            self.go(first_page_of(self.account))
            return
        decides = self.may(Permission.PROVIDERS_CHANGE)
        self.show(
            "overview.html",
            overview=await self.services.overview.read(),
            waiting_limits=await self.services.limits.list_waiting() if decides else [],
        )


ROUTES = [(r"/console/", OverviewHandler)]
