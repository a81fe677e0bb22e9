"""`/console/tests/previews/`: a draft or a version in the real widget, in the sandbox.

The page frames the widget's own page, and gives it an access token over a MessagePort, since
tokens must not be in addresses. Nothing of a preview is counted or listed (services/console/
previews.py).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from tornado.web import HTTPError

from handlers.addresses import own_origin
from handlers.console.base import POLICY
from handlers.console.test_drafts import DRAFTS
from handlers.console.tests import TESTS, TestsHandler, path_of
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.console.drafts import DraftId
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import AttemptId, ResultKey, TestSlug, parse_uuid
from widget_gateway.domain.partners.providers import PREVIEW_SLUG
from widget_gateway.services.attempts.results import AnsweredTest

PREVIEWS = f"{TESTS}previews/"
_PREVIEW = r"(?P<preview>_[0-9a-f]{32})"

SIZES = ("phone", "tablet", "full")
"""The widths of the preview: 375 and 768 pixels, and the page's."""

MAX_SEED = 20
"""The most characters of the seed of simulated answers."""

_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


class PreviewsHandler(TestsHandler):
    """What previews share. Whoever may look at a test may look at it in the widget."""

    changes: ClassVar[Permission | None] = Permission.TESTS

    async def begin(self, document: Mapping[str, Any], source: str) -> None:
        """Store the test for a preview, and lead to its page."""
        slug = await self.services.previews.begin(document, source, self.account.id, self.origin)
        self.go(f"{PREVIEWS}{slug}/")

    async def own_preview(self, preview: str) -> tuple[str, TestDefinition]:
        """Return where a preview of the account was begun, and its test.

        Raises:
            PreviewNotFoundError: there is none.
        """
        look, test = await self.services.previews.get(TestSlug(preview), self.account.id)
        return look.source, test

    def locale_in(self, test: TestDefinition) -> str:
        """Return the language of the test that the query names, else that of the page."""
        return test.locale_for(self.one_field("locale") or None, self.language)

    @property
    def gateway(self) -> str | None:
        """The origin of the widget's page: the console's own, or PUBLIC_URL's if it is set."""
        services = self.services
        if not services.has_own_address:
            return self.origin
        if services.public_url is None:
            return None
        return own_origin(self.request, services.public_url, services.trusted_proxies)


class VersionPreviewHandler(PreviewsHandler):
    """Begins a preview of a stored version."""

    looks = Permission.TESTS

    async def post(self, slug: str) -> None:
        """Begin it."""
        state, _ = await self.seen(slug)
        number = self.version_in(self.one_field("version"))
        if self.account.provider is not None and number != state.current:
            raise TestNotFoundError
        document = await self.services.catalogue.get_document(TestSlug(slug), number)
        await self.begin(document, f"{path_of(slug)}#{number}")


class DraftPreviewHandler(PreviewsHandler):
    """Begins a preview of a test of a draft."""

    async def post(self, draft: str) -> None:
        """Begin it."""
        self.refuse_partners()
        drafts = self.services.drafts
        known = await drafts.get(DraftId(draft))
        _, definition = await drafts.definition_of(known, TestSlug(self.one_field("test")))
        await self.begin(definition.document, f"{DRAFTS}{known.id}/")


class PreviewHandler(PreviewsHandler):
    """The page with the widget and the choices of language and size."""

    changes = None

    async def get(self, preview: str) -> None:
        """Show the page. It may frame the widget, and nothing else may frame it."""
        source, test = await self.own_preview(preview)
        locale = self.locale_in(test)
        size = self.one_field("size")
        gateway = self.gateway
        framed = " ".join(filter(None, ("'self'", gateway)))
        self.set_header("Content-Security-Policy", f"{POLICY}; frame-src {framed}")
        widget = f"{gateway}/widget/{PREVIEW_SLUG}/{preview}?host={quote(self.origin, safe='')}"
        self.show(
            "test_preview.html",
            title=self.localized(test.title),
            test=test,
            base=f"{PREVIEWS}{preview}/",
            back=source.partition("#")[0],
            version=source.partition("#")[2],
            widget=widget,
            gateway=gateway,
            chosen=locale,
            size=size if size in SIZES else SIZES[-1],
            sizes=SIZES,
            seed=self.one_field("seed")[:MAX_SEED] or "1",
        )


class PreviewTokenHandler(PreviewsHandler):
    """Makes the access token of another attempt, for the script of the page."""

    looks = Permission.TESTS

    async def post(self, preview: str) -> None:
        """Answer with the token."""
        await self.own_preview(preview)
        token = await self.services.previews.issue_token(TestSlug(preview))
        self.write_json({"token": str(token)})


class PreviewPaymentHandler(PreviewsHandler):
    """Confirms the payment of an attempt, for the script of the page."""

    looks = Permission.TESTS

    async def post(self, preview: str) -> None:
        """Confirm it."""
        await self.own_preview(preview)
        attempt = parse_uuid(self.one_field("session"))
        if attempt is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        await self.services.previews.confirm_payment(TestSlug(preview), AttemptId(attempt))
        self.write_json({"status": True})


class PreviewReportHandler(PreviewsHandler):
    """The report of a finished attempt (`key`), or of simulated answers (`seed`)."""

    changes = None

    async def get(self, preview: str) -> None:
        """Answer with the report as HTML for a frame, or as PDF."""
        _, test = await self.own_preview(preview)
        key, answered = await self._answered(TestSlug(preview))
        form = "pdf" if self.one_field("form") == "pdf" else "html"
        body = await self.services.reports.get(
            key, answered, self.locale_in(test), form, str(self.account.id)
        )
        if form == "pdf":
            self.file("report.pdf", "application/pdf", body)
            return
        self.set_header("Content-Security-Policy", _REPORT_POLICY)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(body)

    async def _answered(self, slug: TestSlug) -> tuple[ResultKey, AnsweredTest]:
        previews = self.services.previews
        if text := self.one_field("key"):
            key = parse_uuid(text)
            if key is None:
                raise HTTPError(HTTPStatus.NOT_FOUND)
            return ResultKey(key), await previews.read_result(slug, ResultKey(key))
        seed = self.one_field("seed")[:MAX_SEED]
        # A name of the answers, by which their report is made once as HTML and as PDF.
        name = uuid5(NAMESPACE_URL, f"{slug}/{seed}")
        return ResultKey(name), await previews.simulate(slug, seed)


_SLUG = r"(?P<slug>[A-Za-z0-9][A-Za-z0-9_-]{0,99})"

ROUTES = [
    (rf"{TESTS}test/{_SLUG}/preview/", VersionPreviewHandler),
    (rf"{DRAFTS}(?P<draft>[0-9a-f]{{32}})/preview/", DraftPreviewHandler),
    (rf"{PREVIEWS}{_PREVIEW}/", PreviewHandler),
    (rf"{PREVIEWS}{_PREVIEW}/token/", PreviewTokenHandler),
    (rf"{PREVIEWS}{_PREVIEW}/payment/", PreviewPaymentHandler),
    (rf"{PREVIEWS}{_PREVIEW}/report/", PreviewReportHandler),
]
