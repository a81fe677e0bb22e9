"""New limits of providers that one admin asks for and another one confirms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from widget_gateway.domain.ids import AccountId, ProviderSlug

WAITS_FOR = timedelta(days=7)
"""How long a request waits. Afterwards it is as if nobody had asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many accesses a prepaid provider may use, and how many beyond that."""

    accesses: int
    overdraft: int


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
