"""Results: attaching them to users and reading them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from storage.attempts.results import ResultStore
from widget_gateway.domain.attempts.results import Result
from widget_gateway.domain.catalogue.answers import (
    AnswerSheet,
    check_whole_sheet,
    in_question_order,
)
from widget_gateway.domain.catalogue.tests import AccessMode, TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    CallerUnknownError,
    ResultNotAttachedError,
    ResultNotFoundError,
    TestNotAllowedError,
)
from widget_gateway.domain.ids import ResultKey, TestSlug
from widget_gateway.domain.partners.brands import Brand
from widget_gateway.domain.partners.providers import Caller, Provider, TestKind
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.accesses import AccessService, UserReference
from widget_gateway.services.partners.providers import ProviderService

UncheckedAnswers = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class AnsweredTest:
    """Answers, and the version of the test that they belong to: all that scoring needs.

    `brand` is what the report shows of the provider.
    `seed` tells the order in which the visitor saw a test that has a random one.
    """

    test: TestDefinition
    sheet: AnswerSheet
    created_at: datetime
    locale: str
    sandbox: bool = False
    brand: Brand = field(default_factory=Brand)
    seed: str | None = None


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
        """Attach a result to a user; atomic. A repeat for the same user changes nothing.

        Raises:
            What `AccessService.resolve` and `ResultStore.attach` raise; nothing was changed then.
        """
        user_id = await self._accesses.resolve(caller, user)
        is_new = await self._results.attach(caller, user_id, key, self._clock())
        self._accesses.count(caller, issued=is_new)

    async def save(
        self,
        caller: Caller,
        user: UserReference | None,
        test: TestSlug,
        progress: UncheckedAnswers,
        *,
        key: ResultKey | None = None,
    ) -> ResultKey:
        """Store a result made of a list of answers: the user's, or a guest's if `user` is None.

        `key`, if not None, becomes the RESULT_KEY. If a result has this key already, an earlier try
        of the same call stored it and died before it answered: nothing is stored again.

        Raises:
            TestNotFoundError, ProgressInvalidError, UserNotFoundError: nothing was stored.
            TestNotAllowedError: the provider's list forbids the test, or the test saves nothing.
            ResultLimitReachedError: the user has all results that the test policy grants.
        """
        definition = await self._catalogue.get_current(test)
        if (
            definition.access is AccessMode.CALCULATION
            or caller.provider.kind_of(test) is TestKind.FORBIDDEN
        ):
            raise TestNotAllowedError
        if key is not None and await self._results.find(key):
            return key
        result = self._result_of(caller, definition, progress, key or ResultKey(uuid4()))
        if user is None:
            await self._results.add(caller, result)
        else:
            user_id = await self._accesses.resolve(caller, user)
            attached = replace(result, user_id=user_id, attached_at=result.created_at)
            await self._results.add_attached(caller, attached)
        return result.key

    def _result_of(
        self, caller: Caller, test: TestDefinition, progress: UncheckedAnswers, key: ResultKey
    ) -> Result:
        return Result(
            key=key,
            provider=caller.provider.slug,
            sandbox=caller.sandbox,
            test=test.slug,
            version=test.version,
            locale=test.locales[0],
            answers=tuple(in_question_order(test, check_whole_sheet(test, progress))),
            created_at=self._clock(),
        )

    async def calculate(self, test: TestSlug, progress: UncheckedAnswers) -> AnsweredTest:
        """Check a list of answers to a test that is for calculation only; nothing is stored.

        Raises:
            TestNotFoundError: there is no such test.
            TestNotAllowedError: the test is not for calculation.
            ProgressInvalidError: the answers don't fit the test.
        """
        definition = await self._catalogue.get_current(test)
        if definition.access is not AccessMode.CALCULATION:
            raise TestNotAllowedError("The test can't be calculated without a key.")
        sheet = check_whole_sheet(definition, progress)
        return AnsweredTest(definition, sheet, self._clock(), definition.locales[0])

    async def read(self, caller: Caller | None, key: ResultKey) -> AnsweredTest:
        """Return an attached result of the caller's, or without a caller one that anybody may read.

        Raises:
            ResultNotFoundError: there is no such result, or it is another provider's or of the
                other world.
            ResultNotAttachedError: the result is still a guest's.
            CallerUnknownError: there is no caller, and the provider does not open its results.
        """
        result = await self._results.find(key)
        if caller is None:
            provider = await self._opener_of(result)
        else:
            provider = caller.provider
        if (
            caller
            and result
            and (result.provider, result.sandbox)
            != (
                caller.provider.slug,
                caller.sandbox,
            )
        ):
            result = None
        if result is None:
            raise ResultNotFoundError
        if result.user_id is None:
            raise ResultNotAttachedError
        test = await self._catalogue.get_version(result.test, result.version)
        return AnsweredTest(
            test,
            dict(result.answers),
            result.created_at,
            result.locale,
            sandbox=result.sandbox,
            brand=provider.brand,
            seed=result.seed,
        )

    async def _opener_of(self, result: Result | None) -> Provider:
        """Return the provider of a result that anybody may read."""
        provider = result and await self._providers.get(result.provider)
        if not (provider and provider.enabled and provider.open_results):
            raise CallerUnknownError
        return provider
