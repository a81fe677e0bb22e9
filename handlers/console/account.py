"""`/console/account/`: the account that is signed in."""

from handlers.console.base import ConsoleHandler
from widget_gateway.domain.console.roles import Permission


class AccountHandler(ConsoleHandler):
    """What the account is."""

    area = "account"
    looks = Permission.OWN_ACCOUNT

    def get(self) -> None:
        """Show the account."""
        self.show("account.html")


ROUTES = [(r"/console/account/", AccountHandler)]
