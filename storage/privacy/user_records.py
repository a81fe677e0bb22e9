"""All that is stored of a provider's user, over the collections of several stores.

Results go in batches, each of which is one transaction with the attempts and the webhook deliveries
that belong to them. The last batch also removes the user, so a user is never gone while results are
left. Whoever stores something of a user at the same time changes a document that a batch removes:
the user's own, an access token or an attempt. So both can't succeed on the same state, and nothing
slips through.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import RemovableResult, ResultStore
from storage.client import Client
from storage.partners.access_tokens import AccessTokenStore
from storage.partners.ledger import LedgerStore
from storage.partners.users import UserStore
from storage.partners.webhooks import WebhookStore
from storage.privacy.erasures import ErasureStore
from storage.transactions import Session, run
from widget_gateway.domain.attempts.results import ProviderUser
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, UserId
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.privacy.erasures import ErasedUser

BATCH = 100
"""How many results, and how many attempts, a transaction removes: with their answers and deliveries
usually some hundred documents, which takes less than a tenth of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What a batch has removed. `subjects` are ids by which answers of calls may be kept still."""

    counts: ErasedUser
    subjects: frozenset[str]
    is_last: bool


class UserRecords:
    """Removes what is stored of users. Each removal is a transaction."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        client: Client,
        *,
        users: UserStore,
        results: ResultStore,
        attempts: AttemptStore,
        tokens: AccessTokenStore,
        webhooks: WebhookStore,
        ledger: LedgerStore,
        erasures: ErasureStore,
    ) -> None:
        self._client = client
        self._users = users
        self._results = results
        self._attempts = attempts
        self._tokens = tokens
        self._webhooks = webhooks
        self._ledger = ledger
        self._erasures = erasures

    async def remove_some(  # noqa: PLR0913 - whose erasure it is, and how it is noted
        self,
        place: UserPlace,
        erasure: bytes,
        name_access: Callable[[ProviderUser], UserId],
        about: Collection[str],
        *,
        asked_at: datetime | None,
        now: datetime,
    ) -> Removed:
        """Remove a batch of what is stored of the user; atomic. The caller repeats it to the end.

        A user that was registered after `asked_at`, if that is known, is another one, of whom
        nothing is removed. `name_access` makes the pseudonym under which the ledger keeps the
        user's access. The subjects of the batch, and `about`, are noted in the row of `erasure`.
        """

        async def work(session: Session) -> Removed:
            user = await self._users.find_within(session, place)
            if user is not None and asked_at is not None and user.created_at > asked_at:
                await self._erasures.note_within(
                    session, erasure, place, (), removed_at=None, is_last=True
                )
                return Removed(counts=ErasedUser(), subjects=frozenset(), is_last=True)
            results = await self._results.list_within(session, place, BATCH)
            begun = await self._attempts.list_within(session, place, BATCH)
            is_last = len(results) < BATCH and len(begun) < BATCH
            keys, attempts = await self._together(session, results, begun)
            removed, answers = await self._attempts.remove_within(session, place.provider, attempts)
            counts = ErasedUser(
                results=await self._results.remove_within(session, place.provider, keys),
                attempts=removed,
                answers=answers,
                webhooks=await self._webhooks.remove_within(
                    session, place, attempts, None if is_last else keys
                ),
            )
            subjects = {*about, *(str(named) for named in (*keys, *attempts))}
            if is_last:
                tokens = await self._tokens.remove_within(session, place)
                subjects |= {str(token) for token in tokens}
                counts += ErasedUser(access_tokens=len(tokens))
                if user is not None:
                    subjects.add(str(user.key))
                    counts += await self._remove_user(session, place, name_access(user))
            elif user is not None:
                passed = await self._results.tests_within(session, place)
                await self._users.note_removed_within(session, place, len(results), passed)
            removed_at = None if counts == ErasedUser() else now
            if user is not None:  # A clock may be behind that of the node that registered the user.
                removed_at = max(now, user.created_at)
            await self._erasures.note_within(
                session, erasure, place, subjects, removed_at=removed_at, is_last=is_last
            )
            return Removed(counts=counts, subjects=frozenset(subjects), is_last=is_last)

        return await run(self._client, work)

    async def _together(
        self,
        session: Session,
        results: list[RemovableResult],
        begun: list[tuple[AttemptId, ResultKey | None]],
    ) -> tuple[list[ResultKey], list[AttemptId]]:
        """Return the results and attempts that go together: the user's, and what belongs to them.

        A guest's result of an attempt that the user began is the user's. A result that the partner
        has attached to another user is not.
        """
        made = [key for _, key in begun if key is not None]
        guests = await self._results.guests_within(session, made)
        behind = [result.attempt for result in results if result.attempt is not None]
        keys = [*(result.key for result in results), *guests]
        return keys, list(dict.fromkeys([*(attempt for attempt, _ in begun), *behind]))

    async def _remove_user(
        self, session: Session, place: UserPlace, pseudonym: UserId
    ) -> ErasedUser:
        return ErasedUser(
            users=await self._users.remove_within(session, place),
            accesses=await self._ledger.pseudonymise_within(session, place, pseudonym),
        )

    async def remove_older(self, provider: ProviderSlug, before: datetime) -> Removed:
        """Remove a batch of the provider's oldest results that were made before a moment; atomic.

        Their users stay, as does the number of results that they had: its access is used up. The
        ledger, the counter and the statistics do not change.
        """

        async def work(session: Session) -> Removed:
            results = await self._results.list_older_within(session, provider, before, BATCH)
            keys = [result.key for result in results]
            attempts = [result.attempt for result in results if result.attempt is not None]
            removed, answers = await self._attempts.remove_within(session, provider, attempts)
            counts = ErasedUser(
                results=await self._results.remove_within(session, provider, keys),
                attempts=removed,
                answers=answers,
            )
            for place, held in _by_user(provider, results).items():
                gone = await self._webhooks.remove_within(
                    session,
                    place,
                    [result.attempt for result in held if result.attempt is not None],
                    [result.key for result in held],
                )
                counts += ErasedUser(webhooks=gone)
                if place.user_id:
                    passed = await self._results.tests_within(session, place)
                    await self._users.note_removed_within(session, place, len(held), passed)
            return Removed(
                counts=counts,
                subjects=frozenset(str(named) for named in (*keys, *attempts)),
                is_last=len(results) < BATCH,
            )

        return await run(self._client, work)


def _by_user(
    provider: ProviderSlug, results: list[RemovableResult]
) -> dict[UserPlace, list[RemovableResult]]:
    """Sort results by their users. Those of guests are under an empty id, which no user has."""
    found: dict[UserPlace, list[RemovableResult]] = {}
    for result in results:
        place = UserPlace(provider, result.sandbox, result.user_id or UserId(""))
        found.setdefault(place, []).append(result)
    return found
