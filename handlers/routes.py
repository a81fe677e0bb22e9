"""All routes of the gateway. Start-up refuses a handler that declares no authentication."""

import re
from dataclasses import dataclass
from typing import Any

from tornado.routing import PathMatches, Rule, URLSpec

from handlers.base import BaseHandler
from handlers.channel import widget_calls
from handlers.channel.portal import PortalChannel
from handlers.channel.services import ChannelServices
from handlers.channel.widget import WidgetChannel
from handlers.console import (
    CONSOLE_FILES,
    CONSOLE_NOT_FOUND,
    CONSOLE_ROOT,
    CONSOLE_ROUTES,
    ConsoleFileHandler,
)
from handlers.console.services import ConsoleServices
from handlers.partner import PARTNER_MODULES
from handlers.partner.progress import PUBLIC_ROUTES
from handlers.partner.services import PartnerServices
from handlers.portal import PORTAL_ROUTES
from handlers.portal.base import PortalNotFoundHandler
from handlers.portal.services import PortalServices
from handlers.public import ops, start, tests, widget, widget_files
from handlers.public.services import PublicServices
from handlers.qua import QUA_NOT_FOUND, QUA_ROUTES
from handlers.qua import page as qua_page
from handlers.qua.services import QuaServices
from handlers.reference import pages as docs
from handlers.reference.files import FILE_ROUTES
from handlers.services import Services

_PARTNER = r"/partner/api/v[23]/"
"""Every V3 path answers below V2, too, and the reverse, since the V3 document itself mixes them."""


_FIRST_WORD = re.compile("/[a-z]+")


class UndeclaredAuthenticationError(TypeError):
    """A handler declares no `auth`, so it would be open to anybody by mistake."""


@dataclass(frozen=True, kw_only=True)
class Families:
    """The services of each family of handlers."""

    public: PublicServices
    channel: ChannelServices
    partner: PartnerServices
    portal: PortalServices
    qua: QuaServices
    console: ConsoleServices


def all_routes(families: Families) -> list[URLSpec]:
    """The routes for a Tornado application.

    Raises:
        UndeclaredAuthenticationError: a handler does not declare how it authenticates.
    """
    plain: list[tuple[Services, list[tuple[str, type[BaseHandler]]]]] = [
        (
            families.public,
            [
                *(start.ROUTES if families.public.has_start_page else ()),
                *ops.ROUTES,
                *docs.ROUTES,
                *tests.ROUTES,
                *widget.ROUTES,
                *widget_files.ROUTES,
            ],
        ),
        (
            families.channel,
            [
                (r"/ws/v1/widget", WidgetChannel),
                (r"/ws/v1/portal", PortalChannel),
                *widget_calls.ROUTES,
            ],
        ),
        (
            families.partner,
            [
                *(
                    (f"{_PARTNER}{path}/?", handler)
                    for module in PARTNER_MODULES
                    for path, handler in module.ROUTES
                ),
                *PUBLIC_ROUTES,
            ],
        ),
        (
            families.portal,
            [
                *((f"{path}/?", handler) for path, handler in PORTAL_ROUTES),
                (r"/api/v1/.*", PortalNotFoundHandler),
            ],
        ),
        (
            families.qua,
            [
                *qua_page.ROUTES,
                *((f"{path}/?", handler) for path, handler in QUA_ROUTES),
                QUA_NOT_FOUND,
            ],
        ),
    ]
    return [
        *(() if families.console.has_own_address else console_routes(families)),
        *(
            _checked(path, handler, {"services": families.public, "path": directory})
            for path, handler, directory in FILE_ROUTES
        ),
        *(
            _checked(path, handler, {"services": services})
            for services, routes in plain
            for path, handler in routes
        ),
        _checked(
            r"/static/qua/(.*)",
            qua_page.QuaFileHandler,
            {"services": families.qua, "path": str(qua_page.STATIC_ROOT)},
        ),
        *_start_files(families),
    ]


def console_routes(families: Families) -> list[URLSpec]:
    """The routes of the console, and of the icon and the styles that its pages need."""
    return [
        *(
            _checked(path, handler, {"services": families.console})
            for path, handler in (*CONSOLE_ROUTES, CONSOLE_NOT_FOUND)
        ),
        _checked(
            CONSOLE_FILES,
            ConsoleFileHandler,
            {"services": families.console, "path": str(CONSOLE_ROOT)},
        ),
    ]


def routes_of_console_alone(families: Families) -> list[URLSpec]:
    """The routes of an address that serves nothing but the console."""
    return [*console_routes(families), *_start_files(families)]


def grouped(routes: list[URLSpec]) -> list[Rule]:
    """Group routes by the word that their paths begin with, as Tornado tries one after another."""
    groups: dict[str, list[URLSpec]] = {}
    for route in routes:
        begun = _FIRST_WORD.match(route.regex.pattern)
        groups.setdefault(begun[0] if begun else "/", []).append(route)
    return [Rule(PathMatches(f"{begun}.*"), group) for begun, group in groups.items()]


def _start_files(families: Families) -> list[URLSpec]:
    return [
        _checked(
            path,
            start.StartFileHandler,
            {"services": families.public, "path": str(start.STATIC_ROOT)},
        )
        for path in start.FILE_PATHS
    ]


def _checked(path: str, handler: type[Any], arguments: dict[str, Any]) -> URLSpec:
    if getattr(handler, "auth", None) is None:
        raise UndeclaredAuthenticationError(f"{handler.__name__} at {path} declares no `auth`")
    return URLSpec(path, handler, arguments)
