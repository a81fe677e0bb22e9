"""`GET /tests/api/v1/info/<slug>/`: what the welcome screen of a widget shows."""

from typing import Any

from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.contract.parameters import Choice, Languages, Text
from handlers.public.services import PublicServices
from handlers.questions import wire_test
from widget_gateway.domain.catalogue.tests import AccessMode
from widget_gateway.domain.errors import (
    OriginNotAllowedError,
    ProviderNotFoundError,
    TestNotFoundError,
)
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import TestKind, is_preview

PROVIDER = Text(
    "provider",
    "The provider whose page asks. Then the test has to be one that this page may begin.",
)
LOCALE = Languages(
    "locale",
    "The language of the texts, as a tag of BCP 47, or several, separated by commas, the most "
    "wanted one first. Where the test lacks them, its first language stands in.",
    example="kk-KZ,ru",
)
QUESTIONS = Choice(
    "questions",
    "Whether to list the questions that are not behind the pause (false). Those of a test with a "
    "random order are not listed, since each attempt has its own order.",
    words=("true", "false", "1", "0"),
)


class TestInfoHandler(BaseHandler):
    """Describe a test: its texts, its length, and on request the questions before the pause."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="What a test is: texts and length",
            tag="public",
            about="For a widget's welcome screen. Public, and may be kept for a minute. With a "
            "`provider` it also tells, before a visitor begins, why this page could not: the "
            "provider is unknown, does not allow the page's origin, or may not use the test.",
            optional=(PROVIDER, LOCALE, QUESTIONS),
            answer=dict[str, Any],
            example={
                "name": "Карьерные интересы",
                "slug": "career-interests",
                "version": 1,
                "locale": "ru",
                "locales": ["ru", "en"],
                "length": 120,
                "paid": True,
                "pause_after": 70,
            },
            refusals=(TestNotFoundError, ProviderNotFoundError, OriginNotAllowedError),
        )
    )

    def set_default_headers(self) -> None:
        """Set the headers of every answer. Pages of all origins may read it."""
        super().set_default_headers()
        self.set_header("Access-Control-Allow-Origin", "*")

    async def get(self, slug: str) -> None:
        """Answer with the description of the current version."""
        inputs = await self.read_inputs()
        questions, wanted = QUESTIONS.find(inputs), LOCALE.find(inputs)
        provider = PROVIDER.find(inputs)
        if provider is not None:
            await self._admit_to(ProviderSlug(provider), TestSlug(slug))
        catalogue = self.services.catalogue
        is_look = provider is not None and is_preview(ProviderSlug(provider))
        find = catalogue.get_hidden if is_look else catalogue.get_current
        test = await find(TestSlug(slug))
        if provider is not None and test.access is AccessMode.CALCULATION:
            raise TestNotFoundError
        locale = test.locale_for(*(wanted or ()))
        info = wire_test(test, locale)
        body = {"name": info.pop("title"), **info}
        if questions in ("true", "1") and not test.has_random_order:
            encoded = self.services.questions.encode(test, locale)
            body["questions"] = encoded[: test.free_length]
        # Set only now, since caches must not store errors.
        kept = "public, max-age=60" if provider is None else "private, max-age=60"
        self.set_header("Cache-Control", kept)
        self.write_json(body)

    async def _admit_to(self, provider: ProviderSlug, test: TestSlug) -> None:
        """Check what an `open` of this page would be refused for.

        Raises:
            ProviderNotFoundError, OriginNotAllowedError: as `ProviderService.admit`.
            TestNotFoundError: the provider may not use the test.
        """
        self.set_header("Vary", "Origin")
        services = self.services
        own = own_origin(self.request, services.public_url, services.trusted_proxies)
        # Browsers name the origin of pages of other sites only.
        origin = self.request.headers.get("Origin", own)
        admitted = await services.providers.admit(provider, origin, own)
        if admitted.kind_of(test) is TestKind.FORBIDDEN:
            raise TestNotFoundError

    head = get


ROUTES = [(r"/tests/api/v1/info/([A-Za-z0-9_-]{1,100})/?", TestInfoHandler)]
