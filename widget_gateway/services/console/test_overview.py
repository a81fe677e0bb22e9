"""The tests as the console lists them: state, newest version, and which providers use them."""

from collections.abc import Iterable
from dataclasses import dataclass

from widget_gateway.domain.catalogue.tests import TestDefinition, TestState
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import Provider, TestKind
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
    """A test: its state, its current version, or the newest draft of one that has no other."""

    state: TestState
    newest: TestDefinition
    usage: Usage


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
        users = await self._users(provider)
        states = [
            state
            for state in await self._catalogue.list_states()
            if (after is None or state.slug > after) and self._may_see(state, users, provider)
        ]
        return [await self._listed(state, users) for state in states[:limit]]

    async def get(self, slug: TestSlug, provider: ProviderSlug | None) -> ListedTest:
        """Return a test.

        Raises:
            TestNotFoundError: there is none, or the provider may not use it.
        """
        users = await self._users(provider)
        state = await self._catalogue.get_state(slug)
        if not self._may_see(state, users, provider):
            raise TestNotFoundError(names=(slug,))
        return await self._listed(state, users)

    async def _users(self, provider: ProviderSlug | None) -> list[Provider]:
        if provider is not None:
            return [await self._providers.get(provider)]
        return [each for each in await self._providers.list_all() if each.enabled]

    def _may_see(
        self, state: TestState, users: list[Provider], provider: ProviderSlug | None
    ) -> bool:
        if provider is None:
            return True
        is_forbidden = users[0].kind_of(state.slug) is TestKind.FORBIDDEN
        return state.current is not None and not is_forbidden

    async def _listed(self, state: TestState, users: list[Provider]) -> ListedTest:
        newest = await self._catalogue.get_newest(state)
        return ListedTest(state, newest, usage_of(state.slug, users))


def usage_of(test: TestSlug, providers: Iterable[Provider]) -> Usage:
    """Return which of the providers may use a test."""
    main: list[ProviderSlug] = []
    bonus: list[ProviderSlug] = []
    unlimited: list[ProviderSlug] = []
    for provider in providers:
        kind = provider.kind_of(test)
        if kind is TestKind.BONUS:
            bonus.append(provider.slug)
        elif kind is TestKind.MAIN:
            (main if provider.main_tests else unlimited).append(provider.slug)
    return Usage(tuple(main), tuple(bonus), tuple(unlimited))
