"""The tests as the console lists them: state, newest version, and which providers use them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from widget_gateway.domain.catalogue.tests import TestDefinition, TestState
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import TestKind, TestLists
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, slots=True)
class Usage:
    """The enabled providers that may use a test.

    It is a main test of `main` and a bonus test of `bonus`. Those of `unlimited` name no main
    tests, so all tests are main to them.
    """

    main: tuple[ProviderSlug, ...]
    bonus: tuple[ProviderSlug, ...]
    unlimited: tuple[ProviderSlug, ...]

    @property
    def providers(self) -> int:
        """How many providers may use the test."""
        return len(self.main) + len(self.bonus) + len(self.unlimited)


@dataclass(frozen=True, slots=True)
class ListedTest:
    """A test: its state, its current version, or the newest draft of one that has no other.

    `providers` is how many enabled providers may use it, of those that were looked at.
    """

    state: TestState
    newest: TestDefinition
    providers: int


class TestOverview:
    """Lists tests: all, or with `provider` those that are published and that it may use."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    def __init__(self, catalogue: Catalogue, providers: ProviderService) -> None:
        self._catalogue = catalogue
        self._providers = providers

    async def list_page(
        self, after: TestSlug | None, limit: int, provider: ProviderSlug | None
    ) -> list[ListedTest]:
        """Return tests in the order of their slugs, those behind the slug `after`."""
        lists = await self._lists(provider)
        unlimited = sum(not each.main_tests for each in lists)
        listed = Counter(
            test
            for each in lists
            if each.main_tests
            for test in {*each.main_tests, *each.bonus_tests}
        )
        states = [
            state
            for state in await self._catalogue.list_states()
            if after is None or state.slug > after
        ]
        if provider is not None:
            states = [state for state in states if _is_shown_to(lists[0], state)]
        return [
            ListedTest(
                state, await self._catalogue.get_newest(state), unlimited + listed[state.slug]
            )
            for state in states[:limit]
        ]

    async def get(
        self, slug: TestSlug, provider: ProviderSlug | None
    ) -> tuple[TestState, TestDefinition]:
        """Return the state of a test and its newest version, as ListedTest has them.

        Raises:
            TestNotFoundError: there is none, or the provider may not use it.
        """
        state = await self._catalogue.get_state(slug)
        if provider is not None:
            (lists,) = await self._lists(provider)
            if not _is_shown_to(lists, state):
                raise TestNotFoundError(names=(slug,))
        return state, await self._catalogue.get_newest(state)

    async def usage_of(self, slug: TestSlug) -> Usage:
        """Return which enabled providers may use a test."""
        return usage_among(slug, await self._providers.list_test_lists())

    async def _lists(self, provider: ProviderSlug | None) -> list[TestLists]:
        if provider is not None:
            return [(await self._providers.get(provider)).test_lists]
        return await self._providers.list_test_lists()


def _is_shown_to(lists: TestLists, state: TestState) -> bool:
    return state.current is not None and lists.kind_of(state.slug) is not TestKind.FORBIDDEN


def usage_among(test: TestSlug, agreements: Iterable[TestLists]) -> Usage:
    """Return which of the providers may use a test."""
    main: list[ProviderSlug] = []
    bonus: list[ProviderSlug] = []
    unlimited: list[ProviderSlug] = []
    for lists in agreements:
        kind = lists.kind_of(test)
        if kind is TestKind.BONUS:
            bonus.append(lists.provider)
        elif kind is TestKind.MAIN:
            (main if lists.main_tests else unlimited).append(lists.provider)
    return Usage(tuple(main), tuple(bonus), tuple(unlimited))
