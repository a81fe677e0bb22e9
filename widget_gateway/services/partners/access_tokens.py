"""One-time access tokens: a partner confirms by one a visitor, a test and perhaps a payment."""

from datetime import datetime, timedelta
from uuid import uuid4

from storage.partners.access_tokens import TokenGrant
from storage.partners.accesses import AccessStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.ids import AccessToken, TestSlug
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.accesses import AccessService, UserReference

ACCESS_TOKEN_LIFETIME = timedelta(hours=24)
"""How long an access token can be spent; docs/protocol/widget-channel.md promises it."""


class AccessTokenService:
    """Issues access tokens. The first `open` that uses one spends it (`AttemptService.begin`)."""

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
        """Return a new access token and when it expires. A new user is registered; atomic.

        Raises:
            TestNotFoundError, TestNotAllowedError, ClientNotFoundError: nothing was registered.
            UserNotNamedError, UserNotFoundError, UsersDifferError,
            AccessLimitReachedError: see `AccessService.register`.
        """
        await self._catalogue.get_current(test)
        user_id = await self._accesses.resolve(caller, user)
        access_token = AccessToken(uuid4())
        now = self._clock()
        grant = TokenGrant(
            provider=caller.provider.slug,
            sandbox=caller.sandbox,
            user_id=user_id,
            test=test,
            paid=paid,
        )
        is_new = await self._access_store.issue_token(
            caller, user_id, access_token, grant, now=now, expires_at=now + ACCESS_TOKEN_LIFETIME
        )
        self._accesses.count(caller, issued=is_new)
        return access_token, now + ACCESS_TOKEN_LIFETIME
