"""New limits of providers: set at once, or confirmed by a second admin where a setting asks it."""

from dataclasses import fields
from uuid import UUID, uuid4

from storage.console.limit_requests import LimitRequestStore
from storage.partners.providers import ProviderStore
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

    def __init__(  # noqa: PLR0913 - each argument is a collaborator
        self,
        *,
        requests: LimitRequestStore,
        stored: ProviderStore,
        providers: ProviderService,
        callers: CallerCache,
        clock: Clock,
        needs_approval: bool,
    ) -> None:
        self._requests = requests
        self._stored = stored
        self._providers = providers
        self._callers = callers
        self._clock = clock
        self.needs_approval = needs_approval

    async def find(self, provider: ProviderSlug) -> LimitRequest | None:
        """Return the request of a provider that waits, if there is one."""
        return await self._requests.find(provider, self._clock())

    async def list_waiting(self) -> list[LimitRequest]:
        """Return the requests that wait and can still be confirmed, by provider."""
        waiting = await self._requests.list_waiting(self._clock(), MOST_WAITING)
        found = await self._stored.find_many([request.provider for request in waiting])
        return [
            request
            for request in waiting
            if request.provider in found and not request.is_void_for(found[request.provider])
        ]

    async def set(self, provider: Provider, limit: Limit) -> None:
        """Set a limit at once; `provider` is as it was when that was decided.

        Raises:
            ProviderNotFoundError: there is no such provider any more.
            ProviderChangedError: its limit has changed meanwhile.
        """
        changes = {field.name: getattr(limit, field.name) for field in fields(limit)}
        await self._providers.update(provider.slug, changes, seen=provider)

    async def ask(self, provider: Provider, limit: Limit, by: Account) -> LimitRequest:
        """Let a new limit wait for a second admin. It replaces a request that waits."""
        request = LimitRequest(
            id=uuid4(),
            provider=provider.slug,
            before=Limit.of(provider),
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
