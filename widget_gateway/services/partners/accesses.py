"""Accesses: a partner's users, each registered once and counted once."""

from dataclasses import dataclass

from storage.partners.accesses import AccessStore
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
    """Whom a call is for: by the partner's own id, by USER_KEY, or by both."""

    user_id: UserId | None
    user_key: UserKey | None


class AccessService:
    """Use cases around provider users."""

    def __init__(
        self,
        accesses: AccessStore,
        providers: ProviderService,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._accesses = accesses
        self._providers = providers
        self._metrics = metrics
        self._clock = clock

    async def resolve(self, caller: Caller, user: UserReference) -> UserId:
        """The partner's id of the user meant; the user of a bare `user_id` may be new.

        Raises:
            UserNotNamedError: neither id nor key.
            UserNotFoundError: no user of this provider has the key.
            UsersDifferError: id and key are two users.
        """
        if user.user_key is None:
            if user.user_id is None:
                raise UserNotNamedError
            return user.user_id
        known = await self._accesses.find_user_by_key(caller, user.user_key)
        if known is None:
            raise UserNotFoundError
        if user.user_id not in (None, known.user_id):
            raise UsersDifferError
        return known.user_id

    async def caller_of(self, key: UserKey) -> Caller:
        """The provider, and its world, that a USER_KEY belongs to.

        Raises:
            UserNotFoundError: nobody's. ClientNotFoundError: the provider is disabled.
        """
        owner = await self._accesses.find_owner_of_key(key)
        if owner is None:
            raise UserNotFoundError
        provider = await self._providers.get(owner[0])
        if not provider.enabled:
            raise ClientNotFoundError
        return Caller(provider, sandbox=owner[1])

    async def register(self, caller: Caller, user: UserReference) -> ProviderUser:
        """The user meant, registered if new: the one place where an access is issued.

        Raises:
            AccessLimitReachedError: new, and no access left. The rest as `resolve`.
        """
        user_id = await self.resolve(caller, user)
        registered, is_new = await self._accesses.issue(caller, user_id, self._clock())
        self.count(caller, issued=is_new)
        return registered

    def count(self, caller: Caller, *, issued: bool) -> None:
        """Show an access in the metrics; the ledger is what counts."""
        if issued and not caller.sandbox:
            self._metrics.accesses.inc()
