"""Accesses: users of providers are registered, counted and entered into the ledger.

Each user of a provider costs one access. The provider's counter, the user, the user's USER_KEY and
the row of the ledger are written in one transaction, so they always agree. The row has the price
and the currency that are agreed at that moment. Near the limit, accesses are issued in the
order of arrival. The counter is written on the condition that it is as it was read, so that nodes
that count at the same time can't exceed the limit.
"""

from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from storage.client import Document
from storage.commits.counts import day_of
from storage.commits.engine import CommitEngine, CommitEvent
from storage.commits.unit import Unit
from storage.partners.access_tokens import TokenGrant, token_document
from storage.partners.providers import price_fields, provider_from
from storage.partners.users import UserStore, user_document_id, user_from
from widget_gateway.domain.attempts.results import ProviderUser
from widget_gateway.domain.errors import (
    AccessLimitReachedError,
    ClientNotFoundError,
    TestNotAllowedError,
)
from widget_gateway.domain.ids import AccessToken, ProviderSlug, UserId
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy, Provider, TestKind
from widget_gateway.domain.partners.webhook_events import AccessLimitNearData, WebhookEventType
from widget_gateway.domain.partners.webhooks import WebhookEvent, thresholds_reached

T = TypeVar("T")


class AccessStore:
    """Issues accesses within the limit. What it stores is written by events of the engine."""

    def __init__(self, users: UserStore, commits: CommitEngine) -> None:
        self._users = users
        self._commits = commits

    async def issue(
        self, caller: Caller, user_id: UserId, now: datetime
    ) -> tuple[ProviderUser, bool]:
        """Return the user, who is registered if new, and whether that was so; atomic.

        Raises:
            ClientNotFoundError: the provider was disabled meanwhile.
            AccessLimitReachedError: the user is new and a prepaid provider has no access left.
        """
        if user := await self._users.find(caller, user_id):
            return user, False

        def happen(unit: Unit) -> tuple[ProviderUser, bool]:
            enabled_provider(unit, caller)
            row, is_new = issue_in(unit, caller, user_id, now)
            return user_from(row), is_new

        event = CommitEvent(
            caller.provider.slug, lambda unit: want_user(unit, caller, user_id), happen
        )
        return await self._commits.submit(event)

    async def issue_token(  # noqa: PLR0913 - the token, its user, its contents and its times
        self,
        caller: Caller,
        user_id: UserId,
        token: AccessToken,
        grant: TokenGrant,
        *,
        now: datetime,
        expires_at: datetime,
    ) -> bool:
        """Store a one-time access token and register its user if new; atomic.

        Returns whether the user is new.

        Raises:
            ClientNotFoundError, AccessLimitReachedError: as `issue`.
            TestNotAllowedError: the provider's list forbids the test.
        """

        def happen(unit: Unit) -> bool:
            provider = enabled_provider(unit, caller)
            if provider.kind_of(grant.test) is TestKind.FORBIDDEN:
                raise TestNotAllowedError
            row, is_new = issue_in(unit, caller, user_id, now)
            # Each token changes its user, so that an erasure of the user can't miss it.
            unit.users.put(row | {"tokens_issued": row.get("tokens_issued", 0) + 1})
            unit.tokens.put(token_document(token, grant, expires_at))
            return is_new

        event = CommitEvent(
            caller.provider.slug, lambda unit: want_user(unit, caller, user_id), happen
        )
        return await self._commits.submit(event)


def want_user(unit: Unit, caller: Caller, user_id: UserId) -> None:
    """Have the documents read that `enabled_provider` and `issue_in` need."""
    unit.providers.want(caller.provider.slug)
    unit.users.want(user_document_id(caller, user_id))


def enabled_provider(unit: Unit, caller: Caller) -> Provider:
    """Return the caller's provider as the unit has read it, which is newer than the caller's.

    Raises:
        ClientNotFoundError: the provider was disabled meanwhile.
    """
    provider = provider_from(unit.provider(caller.provider.slug))
    if not provider.enabled:
        raise ClientNotFoundError
    return provider


def issue_in(unit: Unit, caller: Caller, user_id: UserId, now: datetime) -> tuple[Document, bool]:
    """Return the user's document, registering the user if new, and whether that was so.

    The event has to call `want_user` when it names its documents.

    Raises:
        AccessLimitReachedError: the user is new and a prepaid provider has no access left.
    """
    document_id = user_document_id(caller, user_id)
    if known := unit.users.get(document_id):
        return known, False
    if not caller.sandbox:
        provider = _count_access(unit, caller.provider.slug, now)
        unit.ledger.put(
            {"_id": document_id, "at": _dated(provider, now)} | price_fields(provider.terms.price)
        )
    row = {
        "_id": document_id,
        "key": uuid4(),
        "created_at": now,
        "main": 0,
        "bonus": 0,
        "passed": [],
    }
    unit.users.put(row)
    unit.user_keys.put({"_id": row["key"], **document_id})
    return row, True


def _dated(provider: Provider, now: datetime) -> datetime:
    """Return the time of an access that is issued now, which is in no period already invoiced."""
    return now if provider.invoiced_until is None else max(now, provider.invoiced_until)


def _count_access(unit: Unit, slug: ProviderSlug, now: datetime) -> Provider:
    """Count an access, and return the provider with the terms under which it is issued."""
    row = unit.provider(slug)
    provider = provider_from(row)
    if not provider.has_access_left:
        raise AccessLimitReachedError
    days, today = row.get("access_days") or {}, day_of(now)
    counted = row | {
        "access_count": row["access_count"] + 1,
        "access_days": days | {today: days.get(today, 0) + 1},
    }
    unit.providers.put(counted)
    if counted["payment_policy"] == PaymentPolicy.PREPAID.value:
        _tell_limit_near(unit, counted, now)
    return provider


def _tell_limit_near(unit: Unit, counted: Document, now: datetime) -> None:
    count, limit = counted["access_count"], counted["access_limit"]
    for percent in thresholds_reached(count, limit):
        unit.tell(
            WebhookEvent(
                type=WebhookEventType.ACCESS_LIMIT_NEAR,
                provider=ProviderSlug(counted["_id"]),
                sandbox=False,
                at=now,
                data=AccessLimitNearData(
                    percent=percent,
                    access_count=count,
                    access_limit=limit,
                    overdraft=counted["overdraft"],
                ),
            )
        )
