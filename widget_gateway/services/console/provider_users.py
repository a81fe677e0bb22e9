"""One user of a provider as the console shows it: the access, results and attempts."""

from dataclasses import dataclass

from storage.partners.ledger import LedgerStore
from storage.partners.users import UserStore
from widget_gateway.domain.attempts.attempts import Attempt
from widget_gateway.domain.attempts.results import ProviderUser, Result
from widget_gateway.domain.errors import ResultNotFoundError, UserNotFoundError
from widget_gateway.domain.ids import ResultKey, UserId
from widget_gateway.domain.partners.invoices import LedgerEntry
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.services.attempts.results import AnsweredTest, ResultService
from widget_gateway.services.console.attempts import AttemptOverview
from widget_gateway.services.privacy.pseudonyms import Pseudonyms


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCard:
    """A user with the newest results and attempts. Users of the sandbox have no `access`.

    `attempts` are those that were begun with an access token, which named the user.
    """

    user: ProviderUser
    access: LedgerEntry | None
    results: list[Result]
    attempts: list[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserResult:
    """A result of a user, and what its report is made of."""

    user_id: UserId
    answered: AnsweredTest


class ProviderUsers:
    """Looks users of a provider up."""

    def __init__(
        self,
        *,
        users: UserStore,
        ledger: LedgerStore,
        attempts: AttemptOverview,
        results: ResultService,
        pseudonyms: Pseudonyms,
    ) -> None:
        self._users = users
        self._ledger = ledger
        self._attempts = attempts
        self._results = results
        self._pseudonyms = pseudonyms

    async def get(self, caller: Caller, user_id: UserId, limit: int) -> UserCard:
        """Return a user of the caller's world, with `limit` results and attempts at most.

        Raises:
            UserNotFoundError: there is none.
        """
        user = await self._users.find(caller, user_id)
        if user is None:
            raise UserNotFoundError
        place = UserPlace(caller.provider.slug, caller.sandbox, user_id)
        found = await self._attempts.list_of_user(place, limit)
        return UserCard(
            user=user,
            access=None if caller.sandbox else await self._ledger.find_access(place),
            results=found.results,
            attempts=found.attempts,
        )

    async def read_result(self, caller: Caller, key: ResultKey) -> UserResult:
        """Return an attached result of the caller's world.

        Raises:
            ResultNotFoundError: there is none, or it is another provider's or of the other world.
            ResultNotAttachedError: it belongs to no user yet.
        """
        answered = await self._results.read(caller, key)
        user_id = (await self._attempts.get_of_result(key)).user_id
        if user_id is None:  # It was erased meanwhile.
            raise ResultNotFoundError
        return UserResult(user_id=user_id, answered=answered)

    def pseudonym_of(self, caller: Caller, user_id: UserId) -> str:
        """Return what the trail has in place of a user's id."""
        place = UserPlace(caller.provider.slug, caller.sandbox, user_id)
        return self._pseudonyms.of_noted_user(place)
