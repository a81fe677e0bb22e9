"""All routes of the gateway in one list; start-up refuses one that does not say who may call."""

from pathlib import Path
from typing import Any

from tornado.routing import Rule, URLSpec

from handlers.base import BaseHandler
from handlers.channel.portal import PortalChannel
from handlers.channel.widget import WidgetChannel
from handlers.partner import PARTNER_MODULES
from handlers.partner.progress import PUBLIC_ROUTES
from handlers.portal import PORTAL_ROUTES
from handlers.portal.base import PortalNotFoundHandler
from handlers.public import ops, tests, widget
from handlers.qua import QUA_NOT_FOUND, QUA_ROUTES
from handlers.qua import page as qua_page
from handlers.reference import pages as docs
from handlers.services import Services

_PARTNER = r"/partner/api/v[23]/"
"""Every V3 path answers under V2 too and the reverse: the V3 document itself mixes them."""


class UndeclaredAuthenticationError(TypeError):
    """A handler without a declared `auth`."""


def all_routes(services: Services) -> list[Rule]:
    """The routes, ready for an application.

    Raises:
        UndeclaredAuthenticationError: a handler does not declare how it authenticates.
    """
    partner = [
        (f"{_PARTNER}{path}/?", handler)
        for module in PARTNER_MODULES
        for path, handler in module.ROUTES
    ]
    plain: list[tuple[str, type[BaseHandler]]] = [
        *ops.ROUTES,
        *docs.ROUTES,
        *tests.ROUTES,
        *widget.ROUTES,
        (r"/ws/v1/widget", WidgetChannel),
        (r"/ws/v1/portal", PortalChannel),
        *partner,
        *PUBLIC_ROUTES,
        *((f"{path}/?", handler) for path, handler in PORTAL_ROUTES),
        (r"/api/v1/.*", PortalNotFoundHandler),
        *qua_page.ROUTES,
        *((f"{path}/?", handler) for path, handler in QUA_ROUTES),
        QUA_NOT_FOUND,
    ]
    routes: list[Rule] = [
        _checked(path, handler, {"services": services}) for path, handler in plain
    ]
    files: list[tuple[str, type[BaseHandler], Path]] = [
        ("widget", widget.WidgetFileHandler, widget.STATIC_ROOT),
        ("qua", qua_page.QuaFileHandler, qua_page.STATIC_ROOT),
    ]
    for folder, handler, root in files:
        given = {"services": services, "path": str(root)}
        routes.append(_checked(rf"/static/{folder}/(.*)", handler, given))
    return routes


def _checked(path: str, handler: type[Any], given: dict[str, Any]) -> URLSpec:
    if getattr(handler, "auth", None) is None:
        raise UndeclaredAuthenticationError(f"{handler.__name__} at {path} declares no `auth`")
    return URLSpec(path, handler, given)
