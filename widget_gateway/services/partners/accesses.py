"""Accesses: a partner's users, each registered once and counted once."""

from dataclasses import dataclass

from storage.partners.accesses import AccessStore
from storage.partners.users import UserStore
from widget_gateway.domain.attempts.results import ProviderUser
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    ClientNotFoundError,
    UserNotFoundError,
    UserNotNamedError,
    UsersDifferError,
)
from widget_gateway.domain.ids import UserId, UserKey
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.metrics import Metrics
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, slots=True)
class UserReference:
    """The user that a call is about: by the partner's own id, by USER_KEY, or by both."""

    user_id: UserId | None
    user_key: UserKey | None


class AccessService:
    """Use cases around provider users."""

    def __init__(
        self,
        accesses: AccessStore,
        users: UserStore,
        providers: ProviderService,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._accesses = accesses
        self._users = users
        self._providers = providers
        self._metrics = metrics
        self._clock = clock

    async def resolve(self, caller: Caller, user: UserReference) -> UserId:
        """Return the partner's id of the user. The user may be new if only its id is given.

        Raises:
            UserNotNamedError: neither id nor key is given.
            UserNotFoundError: no user of this provider has the key.
            UsersDifferError: the key belongs to another user than the id.
        """
        if user.user_key is None:
            if user.user_id is None:
                raise UserNotNamedError
            return user.user_id
        known = await self._users.find_by_key(caller, user.user_key)
        if known is None:
            raise UserNotFoundError
        if user.user_id not in (None, known.user_id):
            raise UsersDifferError
        return known.user_id

    async def caller_of(self, key: UserKey) -> Caller:
        """Return the provider, and its world, that a USER_KEY belongs to.

        Raises:
            UserNotFoundError: no user has the key.
            ClientNotFoundError: the provider is disabled.
        """
        owner = await self._users.find_owner_of_key(key)
        if owner is None:
            raise UserNotFoundError
        provider = await self._providers.get(owner[0])
        if not provider.enabled:
            raise ClientNotFoundError
        return Caller(provider, sandbox=owner[1])

    async def register(self, caller: Caller, user: UserReference) -> ProviderUser:
        """Return the user, which is registered if it is new; atomic. A new user costs an access.

        Raises:
            AccessLimitReachedError: the user is new, and the provider has no access left.
            UserNotNamedError, UserNotFoundError, UsersDifferError: see `resolve`.
        """
        user_id = await self.resolve(caller, user)
        registered, is_new = await self._accesses.issue(caller, user_id, self._clock())
        self.count(caller, issued=is_new)
        return registered

    def count(self, caller: Caller, *, issued: bool) -> None:
        """Count an access in the metrics. Invoices are made from the ledger, not from these."""
        if issued and not caller.sandbox:
            self._metrics.accesses.inc()
