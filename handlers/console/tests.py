"""`/console/tests/`: the list of tests; one test, its versions, and what differs between two."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tornado.web import HTTPError

from handlers.console.base import ConsoleHandler
from handlers.console.widget_code import UNKNOWN_PROVIDER, is_for_pages, widget_code
from widget_gateway.domain.catalogue.comparison import Comparison
from widget_gateway.domain.catalogue.tests import TestDefinition, TestState
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.attempts.comparisons import scale_changes
from widget_gateway.services.catalogue.yaml_documents import written_yaml
from widget_gateway.services.console.funnels import Steps

PAGE = 50
"""Tests on a page of the list."""

SHOWN_PROVIDERS = 30
"""Providers of each kind that the page of a test names; of the others it tells the number."""

LATELY_DAYS = 30
"""The days of which the page of a test tells the attempts."""

SCORED_RESULTS = 5_000
"""Results that a page compares. That takes a second; `test diff` compares all."""

MAX_VERSION = 999_999_999
"""The largest number of a version that is looked for: it fits into the database."""

TESTS = "/console/tests/"
_SLUG = r"(?P<slug>[A-Za-z0-9][A-Za-z0-9_-]{0,99})"


def path_of(slug: str) -> str:
    """Return the address of a test's page."""
    return f"{TESTS}test/{slug}/"


class TestsHandler(ConsoleHandler):
    """What the pages of tests share."""

    area = "tests"
    looks = Permission.TESTS

    def localized(self, text: Any) -> str:
        """Return a text of a definition in the language of the page, else in its first one."""
        return str(text.get(self.language) or next(iter(text.values()))) if text else ""

    async def seen(self, slug: str) -> tuple[TestState, TestDefinition]:
        """Return the state and the newest version of a test that the account may see.

        Raises:
            TestNotFoundError: there is none.
        """
        return await self.services.test_overview.get(TestSlug(slug), self.account.provider)

    def version_in(self, text: str) -> int:
        """Read the number of a version.

        Raises:
            TestNotFoundError: it can be none.
        """
        if not text.isascii() or not text.isdecimal() or not 0 < int(text[:10]) <= MAX_VERSION:
            raise TestNotFoundError
        return int(text)

    def refuse_partners(self) -> None:
        """Refuse partners, since definitions tell how answers are scored."""
        if self.account.provider is not None:
            raise HTTPError(HTTPStatus.FORBIDDEN)

    def one_field(self, name: str) -> str:
        """Return a field of the form or the query; an empty text if it is absent."""
        return next(iter(self.fields().getlist(name)), "")


class TestListHandler(TestsHandler):
    """The tests, in the order of their slugs."""

    async def get(self) -> None:
        """Show a page of the list."""
        after = self.one_field("after")
        found = await self.services.test_overview.list_page(
            TestSlug(after) if after else None, PAGE + 1, self.account.provider
        )
        next_url = None
        if len(found) > PAGE:
            next_url = f"{TESTS}?{urlencode({'after': found[PAGE - 1].state.slug})}"
        self.show(
            "tests.html",
            tests=found[:PAGE],
            localized=self.localized,
            next_url=next_url,
            first_url=TESTS if after else None,
        )


class TestHandler(TestsHandler):
    """A test: its facts, its versions, and who uses it. Its form publishes or withdraws."""

    changes = Permission.TESTS_CHANGE

    async def get(self, slug: str) -> None:
        """Show the test."""
        state, test = await self.seen(slug)
        versions = await self.services.catalogue.list_versions(TestSlug(slug))
        is_partner = self.account.provider is not None
        funnels = self.services.funnels
        if self.account.provider is None:
            lately = await funnels.of_test(TestSlug(slug), LATELY_DAYS)
        else:
            of_provider = await funnels.of(self.account.provider, LATELY_DAYS)
            lately = of_provider.by_test.get(TestSlug(slug), Steps())
        code = None
        if is_for_pages(state, test):
            code = widget_code(self, self.account.provider or UNKNOWN_PROVIDER, state.slug)
        self.show(
            "test.html",
            code=code,
            state=state,
            test=test,
            title=self.localized(test.title),
            usage=None if is_partner else await self.services.test_overview.usage_of(state.slug),
            versions=[] if is_partner else versions,
            is_partner=is_partner,
            lately=lately,
            days=LATELY_DAYS,
            shown=SHOWN_PROVIDERS,
            base=path_of(slug),
        )

    async def post(self, slug: str) -> None:
        """Publish a version, or withdraw the test."""
        catalogue = self.services.catalogue
        state = await catalogue.get_state(TestSlug(slug))
        before = {"version": state.current, "state": state.name}
        is_withdrawal = self.one_field("do") == "withdraw"
        number = None if is_withdrawal else self.version_in(self.one_field("version"))
        async with self.acting(Deed.TEST_PUBLISHED_SET, f"test {slug}", before=before) as entry:
            if is_withdrawal:
                await catalogue.withdraw(TestSlug(slug))
            else:
                await catalogue.publish(TestSlug(slug), number)
            after = await catalogue.get_state(TestSlug(slug))
            entry.after = {"version": after.current, "state": after.name}
        self.go(path_of(slug), f"tests.done_{'withdrawn' if is_withdrawal else 'published'}")


class TestDefinitionHandler(TestsHandler):
    """The definition of a version as YAML, as it can be imported again."""

    async def get(self, slug: str, version: str) -> None:
        """Answer with the file."""
        self.refuse_partners()
        number = self.version_in(version)
        document = await self.services.catalogue.get_document(TestSlug(slug), number)
        text = written_yaml(document)
        self.file(f"{slug}-{number}.yaml", "application/yaml; charset=UTF-8", text.encode())


class TestComparisonHandler(TestsHandler):
    """What differs between two versions; on request, what becomes of results."""

    async def get(self, slug: str) -> None:
        """Show what differs."""
        self.refuse_partners()
        _, test = await self.seen(slug)
        old, new = [await self._version(slug, name) for name in ("old", "new")]
        comparison = Comparison(old, new)
        is_scored = self.one_field("results") == "yes"
        if is_scored:
            comparison = await self.services.comparisons.score(old, new, SCORED_RESULTS)
        self.show(
            "test_comparison.html",
            title=self.localized(test.title),
            slug=slug,
            back=path_of(slug),
            **shown_comparison(comparison),
            is_scored=is_scored,
            is_all=comparison.results < SCORED_RESULTS,
            here=f"{path_of(slug)}comparison/?old={old.version}&new={new.version}",
        )

    async def _version(self, slug: str, name: str) -> TestDefinition:
        number = self.version_in(self.one_field(name))
        return await self.services.catalogue.get_version(TestSlug(slug), number)


def shown_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return what the pages show of a comparison."""
    return {"comparison": comparison, "scales": scale_changes(comparison)}


ROUTES = [
    (r"/console/tests/", TestListHandler),
    (rf"/console/tests/test/{_SLUG}/", TestHandler),
    (rf"/console/tests/test/{_SLUG}/comparison/", TestComparisonHandler),
    (rf"/console/tests/test/{_SLUG}/versions/(?P<version>[0-9]{{1,9}})/", TestDefinitionHandler),
]
