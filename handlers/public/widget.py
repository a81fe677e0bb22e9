"""The widget's files, and the page for hosts that take only an iframe."""

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
"""How long a browser uses the widget without asking: short, since its address never changes."""


class WidgetFileHandler(BaseHandler, StaticFileHandler):
    """`/static/widget/…`: for pages of any origin, as modules are loaded with CORS."""

    auth = AuthKind.PUBLIC

    def initialize(self, services: Services, path: str) -> None:  # type: ignore[override]
        """Take the services, for errors to look as everywhere, and the directory."""
        BaseHandler.initialize(self, services)
        StaticFileHandler.initialize(self, path)

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Any page may load it; a changed file is noticed within minutes."""
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", f"public, max-age={MODULE_MAX_AGE_S}")


class WidgetPageHandler(BaseHandler):
    """`/widget/<provider>/<test>`: the same element on a page of its own."""

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
        """Serve the page; only the provider's pages may frame it."""
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
            "frame-src": "'self'",  # the report
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


ROUTES = [
    (r"/widget/([A-Za-z0-9_-]{1,100})/([A-Za-z0-9_-]{1,100})", WidgetPageHandler),
]
