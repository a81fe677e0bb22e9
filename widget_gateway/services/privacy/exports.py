"""Exports: all that is stored of a user, for the partner whose user asks for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultStore
from storage.partners.access_tokens import AccessTokenStore, IssuedToken
from storage.partners.idempotency import IdempotencyStore
from storage.partners.ledger import LedgerStore
from storage.partners.users import UserStore
from storage.partners.webhooks import WebhookStore
from widget_gateway.domain.attempts.attempts import Attempt
from widget_gateway.domain.attempts.results import ProviderUser, Result
from widget_gateway.domain.catalogue.answers import Answer, in_question_order
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import UserNotFoundError
from widget_gateway.domain.ids import AttemptId
from widget_gateway.domain.partners.invoices import LedgerEntry
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.partners.webhooks import Delivery
from widget_gateway.services.attempts.results import AnsweredTest
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.accesses import AccessService, UserReference
from widget_gateway.services.partners.idempotency import about_user


@dataclass(frozen=True, slots=True)
class ExportedResult:
    """A result, and what its scores are computed from."""

    result: Result
    answered: AnsweredTest


@dataclass(frozen=True, slots=True)
class ExportedAttempt:
    """An attempt with its answers in the order of the test, and when it expires."""

    attempt: Attempt
    answers: list[tuple[str, Answer]]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserExport:
    """All that is stored of a user.

    The three iterators read while they are consumed, a page at a time, so that the memory that an
    export takes does not depend on what the user has. They have to be consumed in this order:
    attempts that belong to results are found by them.
    """

    at: datetime
    user: ProviderUser
    access: LedgerEntry | None
    tokens: list[IssuedToken]
    kept_calls: list[tuple[str, datetime]]
    results: AsyncIterator[ExportedResult]
    attempts: AsyncIterator[ExportedAttempt]
    webhooks: AsyncIterator[Delivery]


@dataclass(slots=True)
class _Sources:
    """The attempts whose results were exported so far."""

    attempts: list[AttemptId] = field(default_factory=list)


class UserExports:
    """Gathers what is stored of a user."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        *,
        users: UserStore,
        accesses: AccessService,
        ledger: LedgerStore,
        results: ResultStore,
        attempts: AttemptStore,
        tokens: AccessTokenStore,
        webhooks: WebhookStore,
        calls: IdempotencyStore,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._users = users
        self._accesses = accesses
        self._ledger = ledger
        self._results = results
        self._attempts = attempts
        self._tokens = tokens
        self._webhooks = webhooks
        self._calls = calls
        self._catalogue = catalogue
        self._clock = clock

    async def open(self, caller: Caller, reference: UserReference) -> UserExport:
        """Begin an export of a user of the caller's world. It registers nobody.

        Raises:
            UserNotFoundError: there is no such user.
            UserNotNamedError, UsersDifferError: see `AccessService.resolve`.
        """
        user_id = await self._accesses.resolve(caller, reference)
        user = await self._users.find(caller, user_id)
        if user is None:
            raise UserNotFoundError
        place = UserPlace(caller.provider.slug, caller.sandbox, user_id)
        about = (about_user(user_id), str(user.key))
        sources = _Sources()
        return UserExport(
            at=self._clock(),
            user=user,
            access=await self._ledger.find_access(place),
            tokens=await self._tokens.list_of(place),
            kept_calls=await self._calls.list_about(place, about),
            results=self._list_results(caller, place, sources),
            attempts=self._list_attempts(place, sources),
            webhooks=self._list_webhooks(place, sources),
        )

    async def _list_results(
        self, caller: Caller, place: UserPlace, sources: _Sources
    ) -> AsyncIterator[ExportedResult]:
        async for result in self._results.list_of(place):
            if result.attempt is not None:
                sources.attempts.append(result.attempt)
            test = await self._catalogue.get_version(result.test, result.version)
            answered = AnsweredTest(
                test,
                dict(result.answers),
                result.created_at,
                result.locale,
                sandbox=result.sandbox,
                brand=caller.provider.brand,
                seed=result.seed,
            )
            yield ExportedResult(result, answered)

    async def _list_attempts(
        self, place: UserPlace, sources: _Sources
    ) -> AsyncIterator[ExportedAttempt]:
        known = list(sources.attempts)
        async for attempt, expires_at in self._attempts.list_of(place, known):
            sources.attempts.append(attempt.id)
            test = await self._catalogue.get_version(attempt.test, attempt.version)
            recorded = await self._attempts.find_recorded(attempt)
            answers = in_question_order(test, dict(recorded.answers), attempt.seed)
            yield ExportedAttempt(attempt, answers, expires_at)

    async def _list_webhooks(self, place: UserPlace, sources: _Sources) -> AsyncIterator[Delivery]:
        async for delivery in self._webhooks.list_about(place, list(set(sources.attempts))):
            yield delivery
