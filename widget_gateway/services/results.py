"""Results: attaching them to users and reading them."""

from dataclasses import dataclass

from storage.results import ResultStore
from widget_gateway.domain.answers import AnswerSheet
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    ParameterMissingError,
    ResultNotAttachedError,
    ResultNotFoundError,
)
from widget_gateway.domain.ids import ResultKey
from widget_gateway.domain.providers import Caller
from widget_gateway.domain.results import Result
from widget_gateway.domain.tests import TestDefinition
from widget_gateway.services.accesses import AccessService, UserReference
from widget_gateway.services.catalogue import Catalogue
from widget_gateway.services.providers import ProviderService


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A result beside the version of the test that it answers."""

    result: Result
    test: TestDefinition

    @property
    def sheet(self) -> AnswerSheet:
        """The answers by question."""
        return dict(self.result.answers)


class ResultService:
    """Use cases around results."""

    def __init__(
        self,
        results: ResultStore,
        accesses: AccessService,
        providers: ProviderService,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._results = results
        self._accesses = accesses
        self._providers = providers
        self._catalogue = catalogue
        self._clock = clock

    async def attach(self, caller: Caller, user: UserReference, key: ResultKey) -> None:
        """Tie a result to a user; a repeat for the same user is fine, and free.

        Raises:
            What AccessService.resolve and ResultStore.attach raise; nothing was changed then.
        """
        user_id = await self._accesses.resolve(caller, user)
        is_new = await self._results.attach(caller, user_id, key, self._clock())
        self._accesses.count(caller, issued=is_new)

    async def read(self, caller: Caller | None, key: ResultKey) -> ReadResult:
        """An attached result of the caller's; with no caller, of a provider with open results.

        Raises:
            ResultNotFoundError: none, another provider's, or of the other world.
            ResultNotAttachedError: the caller's, but still a guest's.
            ParameterMissingError: no caller, and the provider does not open its results.
        """
        result = await self._results.find(key)
        if caller is None:
            await self._check_open(result)
        elif result and (result.provider, result.sandbox) != (
            caller.provider.slug,
            caller.sandbox,
        ):
            result = None
        if result is None:
            raise ResultNotFoundError
        if result.user_id is None:
            raise ResultNotAttachedError
        test = await self._catalogue.get_version(result.test, result.version)
        return ReadResult(result, test)

    async def _check_open(self, result: Result | None) -> None:
        provider = result and await self._providers.get(result.provider)
        if not (provider and provider.enabled and provider.open_results):
            raise ParameterMissingError("client_key")
