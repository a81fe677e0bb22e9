"""One-time access tokens: the partner's word for a visitor, a test and a payment."""

from datetime import datetime, timedelta
from uuid import uuid4

from storage.partners.access_tokens import TokenGrant
from storage.partners.accesses import AccessStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.ids import AccessToken, TestSlug
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.accesses import AccessService, UserReference

TOKEN_LIFETIME = timedelta(hours=24)


class AccessTokenService:
    """Issues access tokens; the first `open` that presents one spends it (AttemptService)."""

    def __init__(
        self,
        access_store: AccessStore,
        accesses: AccessService,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._access_store = access_store
        self._accesses = accesses
        self._catalogue = catalogue
        self._clock = clock

    async def issue(
        self, caller: Caller, user: UserReference, test: TestSlug, *, paid: bool
    ) -> tuple[AccessToken, datetime]:
        """A new token and when it expires; a new `user_id` is registered, as attach does.

        Raises:
            TestNotFoundError, TestNotAllowedError, ClientNotFoundError: nothing was registered.
            UserNotFoundError, AccessLimitReachedError, UsersDifferError: as AccessService.
        """
        await self._catalogue.get_current(test)
        user_id = await self._accesses.resolve(caller, user)
        token = AccessToken(uuid4())
        now = self._clock()
        grant = TokenGrant(
            provider=caller.provider.slug,
            sandbox=caller.sandbox,
            user_id=user_id,
            test=test,
            paid=paid,
        )
        is_new = await self._access_store.issue_token(
            caller, user_id, token, grant, now=now, expires_at=now + TOKEN_LIFETIME
        )
        self._accesses.count(caller, issued=is_new)
        return token, now + TOKEN_LIFETIME
