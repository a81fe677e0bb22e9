"""One-time access tokens: the partner's word for a visitor, a test and a payment."""

from datetime import datetime, timedelta
from uuid import uuid4

from storage.tokens import TokenGrant, TokenStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import TestNotAllowedError
from widget_gateway.domain.ids import AccessToken, TestSlug
from widget_gateway.domain.providers import Caller, TestKind
from widget_gateway.services.accesses import AccessService, UserReference
from widget_gateway.services.catalogue import Catalogue

TOKEN_LIFETIME = timedelta(hours=24)


class TokenService:
    """Issues tokens; the first `open` that presents one spends it (services/attempts.py)."""

    def __init__(
        self, tokens: TokenStore, accesses: AccessService, catalogue: Catalogue, clock: Clock
    ) -> None:
        self._tokens = tokens
        self._accesses = accesses
        self._catalogue = catalogue
        self._clock = clock

    async def issue(
        self, caller: Caller, user: UserReference, test: TestSlug, *, paid: bool
    ) -> tuple[AccessToken, datetime]:
        """A new token and when it expires; a new `user_id` is registered, as attach does.

        Raises:
            TestNotFoundError, TestNotAllowedError: nothing was registered.
            UserNotFoundError, AccessLimitReachedError, ParameterInvalidError: as AccessService.
        """
        await self._catalogue.get_current(test)
        if caller.provider.kind_of(test) is TestKind.FORBIDDEN:
            raise TestNotAllowedError
        registered = await self._accesses.register(caller, user)
        token = AccessToken(uuid4())
        expires_at = self._clock() + TOKEN_LIFETIME
        grant = TokenGrant(
            provider=caller.provider.slug,
            sandbox=caller.sandbox,
            user_id=registered.user_id,
            test=test,
            paid=paid,
        )
        await self._tokens.issue(token, grant, expires_at)
        return token, expires_at
