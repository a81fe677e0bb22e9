"""The code that shows a test on a partner's page, as the pages of providers and tests give it."""

from typing import NamedTuple

from handlers.addresses import own_origin
from handlers.console.base import ConsoleHandler
from widget_gateway.domain.catalogue.tests import AccessMode, TestDefinition, TestState
from widget_gateway.domain.widget_snippets import snippet

UNKNOWN_PROVIDER = "PROVIDER"
"""What stands for a provider's slug on the page of a test that many providers use."""

SCRIPT = "widget.js"


class WidgetCode(NamedTuple):
    """HTML with a script of one version and its hash, and the address of the newest script."""

    html: str
    newest: str


def is_for_pages(state: TestState, test: TestDefinition) -> bool:
    """Return whether a page can show the test."""
    is_published = state.current is not None and not state.withdrawn
    return is_published and test.access is not AccessMode.CALCULATION


def widget_code(
    handler: ConsoleHandler, provider: str, test: str, *, sandbox: bool = False
) -> WidgetCode | None:
    """Return the code; None if the widget's address is unknown, or its script can't be made."""
    services = handler.services
    if services.public_url is None and services.has_own_address:
        return None
    gateway = own_origin(handler.request, services.public_url, services.trusted_proxies)
    script = services.widget_files.pinned_script(SCRIPT, gateway)
    if script is None:
        return None
    attributes = {"provider": provider, "test": test, "sandbox": "" if sandbox else None}
    return WidgetCode(snippet(script, attributes), f"{gateway}/static/widget/{SCRIPT}")
