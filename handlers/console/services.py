"""The services of the console's handlers."""

from dataclasses import dataclass

from jinja2 import Environment

from handlers.services import Services
from widget_gateway.services.console.accounts import AccountService
from widget_gateway.services.console.sessions import ConsoleSessions
from widget_gateway.services.console.sign_in import ConsoleSignIn
from widget_gateway.services.console.trail import Trail


@dataclass(frozen=True, kw_only=True)
class ConsoleServices(Services):
    """The services of the console.

    With `has_own_address` it is served on an address of its own (CONSOLE_ADDRESS), and nowhere
    else.
    """

    templates: Environment
    accounts: AccountService
    sessions: ConsoleSessions
    sign_in: ConsoleSignIn
    trail: Trail
    has_own_address: bool
