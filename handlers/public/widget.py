"""The widget's files, and a page with the widget for sites that embed it by an iframe."""

from pathlib import Path

from tornado.web import StaticFileHandler

from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.public.services import PublicServices
from handlers.services import Services
from widget_gateway.domain.errors import ProviderNotFoundError
from widget_gateway.domain.ids import ProviderSlug

STATIC_ROOT = Path(__file__).parents[2] / "static" / "widget"

MODULE_MAX_AGE_S = 300
"""Seconds for which a browser uses a file without asking for changes. They are few, because the
address of a file stays the same when its content changes."""


class WidgetFileHandler(BaseHandler, StaticFileHandler):
    """`/static/widget/…`: modules that pages of any origin may load."""

    auth = AuthKind.PUBLIC

    def initialize(self, services: Services, path: str) -> None:  # type: ignore[override]
        """Keep the services, which errors are written with, and the directory of the files."""
        BaseHandler.initialize(self, services)
        StaticFileHandler.initialize(self, path)

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Let any page load the file, and let browsers keep it for MODULE_MAX_AGE_S."""
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", f"public, max-age={MODULE_MAX_AGE_S}")


class WidgetPageHandler(BaseHandler):
    """`/widget/<provider>/<test>`: a page that consists of the widget."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="The widget as a page, for an iframe",
            tag="public",
            answer=None,
            media_types=("text/html",),
            refusals=(ProviderNotFoundError,),
        )
    )

    async def get(self, slug: str, _test: str) -> None:
        """Serve the page. Only pages of the provider's origins may frame it."""
        provider = await self.services.providers.get(ProviderSlug(slug))
        if not provider.enabled:
            raise ProviderNotFoundError
        host = self.request.host
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "connect-src": f"'self' ws://{host} wss://{host}",
            "img-src": "* data:",
            "frame-src": "'self'",  # the widget shows the report in a frame
            "base-uri": "'none'",
            "form-action": "'none'",
            "require-trusted-types-for": "'script'",
            "frame-ancestors": " ".join(("'self'", *provider.origins)),
        }
        self.set_header(
            "Content-Security-Policy",
            "; ".join(f"{directive} {value}" for directive, value in policy.items()),
        )
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish((STATIC_ROOT / "page.html").read_bytes())

    head = get


ROUTES = [
    (r"/widget/([A-Za-z0-9_-]{1,100})/([A-Za-z0-9_-]{1,100})", WidgetPageHandler),
]
