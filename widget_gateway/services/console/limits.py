"""New limits of providers: set at once, or confirmed by a second admin where a setting asks it."""

from uuid import UUID, uuid4

from storage.console.limit_requests import LimitRequestStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import Account
from widget_gateway.domain.console.limits import Limit, LimitRequest
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Provider
from widget_gateway.services.partners.callers import CallerCache
from widget_gateway.services.partners.providers import ProviderService

MOST_WAITING = 20
"""How many waiting requests the overview lists."""


class LimitService:
    """Changes limits. With `needs_approval` each change waits for a second admin."""

    def __init__(
        self,
        requests: LimitRequestStore,
        providers: ProviderService,
        callers: CallerCache,
        clock: Clock,
        *,
        needs_approval: bool,
    ) -> None:
        self._requests = requests
        self._providers = providers
        self._callers = callers
        self._clock = clock
        self.needs_approval = needs_approval

    async def find(self, provider: ProviderSlug) -> LimitRequest | None:
        """Return the request of a provider that waits, if there is one."""
        return await self._requests.find(provider, self._clock())

    async def list_waiting(self) -> list[LimitRequest]:
        """Return the requests that wait, by provider."""
        return await self._requests.list_waiting(self._clock(), MOST_WAITING)

    async def set(self, provider: Provider, limit: Limit) -> None:
        """Set a limit at once.

        Raises:
            ProviderNotFoundError: there is no such provider any more.
        """
        changes = {"access_limit": limit.accesses, "overdraft": limit.overdraft}
        await self._providers.update(provider.slug, changes)

    async def ask(self, provider: Provider, limit: Limit, by: Account) -> LimitRequest:
        """Let a new limit wait for a second admin. It replaces a request that waits."""
        request = LimitRequest(
            id=uuid4(),
            provider=provider.slug,
            before=Limit(accesses=provider.access_limit, overdraft=provider.overdraft),
            after=limit,
            account=by.id,
            login=by.login,
            asked_at=self._clock(),
        )
        await self._requests.put(request)
        return request

    async def confirm(self, provider: ProviderSlug, request: UUID, by: Account) -> LimitRequest:
        """Set the limit that another admin has asked for.

        Raises:
            LimitRequestVoidError: it does not wait any more, the same admin has asked for it, or
                the limit has changed meanwhile.
        """
        confirmed = await self._requests.confirm(provider, request, by.id, self._clock())
        self._callers.forget(provider)
        return confirmed

    async def reject(self, provider: ProviderSlug, request: UUID) -> LimitRequest:
        """Remove a request that waits.

        Raises:
            LimitRequestVoidError: it does not wait any more.
        """
        return await self._requests.remove(provider, request)
