"""A page with the widget, for sites that embed it by an iframe."""

from http import HTTPStatus

from tornado.web import HTTPError

from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.public.services import PublicServices
from widget_gateway.domain.errors import ProviderNotFoundError
from widget_gateway.domain.ids import ProviderSlug


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
        page = self.services.widget_files.find_entry("page.html")
        if page is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self.finish(page.content)

    head = get


ROUTES = [
    (r"/widget/([A-Za-z0-9_-]{1,100})/([A-Za-z0-9_-]{1,100})", WidgetPageHandler),
]
