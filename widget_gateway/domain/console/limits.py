"""New limits of providers that one admin asks for and another one confirms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from widget_gateway.domain.ids import AccountId, ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider

WAITS_FOR = timedelta(days=7)
"""How long a request waits. Afterwards it is as if nobody had asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many accesses a prepaid provider may use, and how many beyond that.

    The payment policy belongs to it, since a postpaid provider has no limit. The fields have the
    names that they have in a Provider.
    """

    payment_policy: PaymentPolicy
    access_limit: int
    overdraft: int

    @classmethod
    def of(cls, provider: Provider) -> "Limit":
        """Return the limit that a provider has."""
        return cls(
            payment_policy=provider.payment_policy,
            access_limit=provider.access_limit,
            overdraft=provider.overdraft,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRequest:
    """A new limit of a provider that waits for a second admin.

    It counts for the limit `before` only: if that changes meanwhile, the request is void.
    """

    id: UUID
    provider: ProviderSlug
    before: Limit
    after: Limit
    account: AccountId
    login: str
    asked_at: datetime

    def is_void_for(self, provider: Provider) -> bool:
        """Whether the provider's limit has changed since the request was made."""
        return Limit.of(provider) != self.before
