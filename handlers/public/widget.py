"""A page with the widget, for sites that embed it by an iframe."""

import re
from http import HTTPStatus

from tornado.web import HTTPError

from handlers.base import AuthKind, BaseHandler
from handlers.contract.json_reader import is_storable
from handlers.contract.operations import Operation, Operations
from handlers.public.refusals import REFUSALS, refusal_language
from handlers.public.services import PublicServices
from widget_gateway.domain.errors import ProviderNotFoundError
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import Provider, is_preview

_TEST = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)

MAX_SLUG = 101
"""Characters of a provider's name that are looked at: one more than a name may have."""

_EXPLAINING_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy of a page that explains: it loads nothing and runs no script."""


class WidgetPageHandler(BaseHandler):
    """`/widget/<provider>/<test>`: a page that consists of the widget."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="The widget as a page, for an iframe",
            tag="public",
            answer=None,
            about="A wrong provider gets a page that says so in the visitor's language, with "
            "status 404.",
            media_types=("text/html",),
            pages=(HTTPStatus.NOT_FOUND,),
        )
    )

    async def get(self, slug: str, test: str) -> None:
        """Serve the page. Only pages of the provider's origins may frame it.

        For what can be no test it is the same page, on which the widget says so.
        """
        slug = slug[:MAX_SLUG]
        try:
            if not is_storable(slug):
                raise ProviderNotFoundError
            provider = await self.services.providers.get(ProviderSlug(slug))
        except ProviderNotFoundError:
            self._explain(slug, is_known=False)
            return
        if not provider.enabled:
            self._explain(slug, is_known=True)
            return
        if not _TEST.fullmatch(test):
            self.set_status(HTTPStatus.NOT_FOUND)
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
            "frame-ancestors": " ".join(("'self'", *await self._origins(provider, test))),
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

    async def _origins(self, provider: Provider, test: str) -> tuple[str, ...]:
        """Return the origins of the pages that may frame this one: a preview's is the console's."""
        if not is_preview(provider.slug):
            return provider.origins
        return await self.services.catalogue.origins_of_look(TestSlug(test))

    def _explain(self, slug: str, *, is_known: bool) -> None:
        """Answer with a page that says what is wrong, in the visitor's language.

        Any site may frame it, since nobody else could tell the visitor.
        """
        wanted = self.get_query_argument("locale", "")
        locale = refusal_language(wanted, self.request.headers.get("Accept-Language", ""))
        words = REFUSALS[locale]
        told = words.disabled if is_known else words.unknown
        template = self.services.templates.get_template("refusal.html")
        page = template.render(locale=locale, words=words, told=told, slug=slug)
        self.set_status(HTTPStatus.NOT_FOUND)
        self.set_header("Content-Security-Policy", _EXPLAINING_POLICY)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Vary", "Accept-Language")
        self.set_header("Content-Language", locale)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(page)


ROUTES = [
    (r"/widget/([^/]+)/([^/]+)", WidgetPageHandler),  # People make mistakes in either name.
]
