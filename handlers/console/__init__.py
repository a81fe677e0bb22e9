"""The console: pages for operators and partners (docs/console.md)."""

from pathlib import Path

from handlers.base import BaseHandler
from handlers.console import (
    account,
    accounts,
    attempts,
    invitation,
    overview,
    people,
    person,
    provider_calls,
    provider_edit,
    provider_invoices,
    provider_keys,
    provider_limit,
    provider_overview,
    provider_privacy,
    provider_users,
    provider_webhooks,
    providers,
    qua_report,
    qua_users,
    second_factors,
    sign_in,
    team,
    test_drafts,
    test_previews,
    tests,
    trail,
)
from handlers.console.base import VisitorHandler
from handlers.console.files import ConsoleFileHandler as ConsoleFileHandler
from handlers.console.files import ConsoleNotFoundHandler

_MODULES = (
    account,
    accounts,
    attempts,
    invitation,
    overview,
    people,
    person,
    provider_calls,
    provider_edit,
    provider_invoices,
    provider_keys,
    provider_limit,
    provider_overview,
    provider_privacy,
    provider_users,
    provider_webhooks,
    qua_report,
    qua_users,
    providers,
    second_factors,
    sign_in,
    team,
    test_drafts,
    test_previews,
    tests,
    trail,
)

CONSOLE_ROUTES: list[tuple[str, type[BaseHandler]]] = [
    route for module in _MODULES for route in module.ROUTES
]
"""The pages of the console. Each module has those of its area."""

CONSOLE_NOT_FOUND: tuple[str, type[VisitorHandler]] = (r"/console(?:/.*)?", ConsoleNotFoundHandler)
"""The route of unknown paths, which has to follow all others below `/console/`."""

CONSOLE_FILES = r"/static/console/(.*)"
CONSOLE_ROOT = Path(__file__).parent.parent.parent / "static" / "console"
