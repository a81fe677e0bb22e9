"""Provider users, the accesses that they cost, and the ledger.

One access is one provider user. Counter, user and ledger row are written in one transaction, so
they agree whatever dies in between.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from pymongo import ReturnDocument

from storage.client import Client, Database, translated
from storage.transactions import Session, run
from storage.webhooks import WebhookStore
from widget_gateway.domain.errors import AccessLimitReachedError
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.providers import Caller, PaymentPolicy
from widget_gateway.domain.results import ProviderUser
from widget_gateway.domain.webhooks import Event, EventType, thresholds_reached

Document = dict[str, Any]

_COUNTED = ("access_count", "access_limit", "overdraft", "payment_policy", "webhook_url")
"""What is asked of a provider whose counter went up."""


def user_document_id(caller: Caller, user_id: UserId) -> Document:
    """The natural key of a user: sandbox users are a world of their own."""
    return {"provider": caller.provider.slug, "sandbox": caller.sandbox, "user_id": user_id}


def user_from(row: Document) -> ProviderUser:
    """A stored provider user."""
    return ProviderUser(
        provider=ProviderSlug(row["_id"]["provider"]),
        sandbox=row["_id"]["sandbox"],
        user_id=UserId(row["_id"]["user_id"]),
        key=row["key"],
        created_at=row["created_at"],
        main=row["main"],
        bonus=row["bonus"],
    )


class AccessStore:
    """Issues accesses: the limit is checked by the conditional `$inc` itself."""

    def __init__(self, client: Client, database: Database, webhooks: WebhookStore) -> None:
        self._client = client
        self._webhooks = webhooks
        self._providers = database["providers"]
        self._users = database["provider_users"]
        self._ledger = database["accesses"]
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def find_user(self, caller: Caller, user_id: UserId) -> ProviderUser | None:
        """A user by the partner's own id."""
        with translated():
            row = await self._users.find_one({"_id": user_document_id(caller, user_id)})
        return user_from(row) if row else None

    async def find_user_by_key(self, caller: Caller, key: UUID) -> ProviderUser | None:
        """A user of this provider, in this world, by USER_KEY."""
        with translated():
            row = await self._users.find_one(
                {
                    "key": key,
                    "_id.provider": caller.provider.slug,
                    "_id.sandbox": caller.sandbox,
                }
            )
        return user_from(row) if row else None

    async def count_users(self, caller: Caller) -> int:
        """How many users there are in the caller's world."""
        mine = {"_id.provider": caller.provider.slug, "_id.sandbox": caller.sandbox}
        with translated():
            return int(await self._users.count_documents(mine))

    async def find_owner_of_key(self, key: UUID) -> tuple[ProviderSlug, bool] | None:
        """Whose user has this USER_KEY, and whether in the sandbox."""
        with translated():
            row = await self._users.find_one({"key": key}, {"_id": 1})
        return (ProviderSlug(row["_id"]["provider"]), row["_id"]["sandbox"]) if row else None

    async def issue(
        self, caller: Caller, user_id: UserId, now: datetime
    ) -> tuple[ProviderUser, bool]:
        """The user, registered if new, and whether it was; atomic.

        Raises:
            AccessLimitReachedError: the user is new and a prepaid provider has no access left.
        """
        if user := await self.find_user(caller, user_id):
            return user, False

        async def work(session: Session) -> tuple[ProviderUser, bool]:
            return await self.issue_within(session, caller, user_id, now)

        async with self.queue_of(caller):
            return await run(self._client, work)

    @asynccontextmanager
    async def queue_of(self, caller: Caller) -> AsyncIterator[None]:
        """Wait in line for the provider's counter.

        Not what keeps it exact, the transaction does; but callers of one process that would only
        run into each other's write conflicts take turns instead.
        """
        queue = self._queues.setdefault(caller.provider.slug, asyncio.Lock())
        async with queue:
            yield

    async def issue_within(
        self, session: Session, caller: Caller, user_id: UserId, now: datetime
    ) -> tuple[ProviderUser, bool]:
        """As `issue`, inside the caller's transaction."""
        document_id = user_document_id(caller, user_id)
        if row := await self._users.find_one({"_id": document_id}, session=session):
            return user_from(row), False
        if not caller.sandbox:
            await self._count(session, caller.provider.slug, now)
            await self._ledger.insert_one({"_id": document_id, "at": now}, session=session)
        row = {
            "_id": document_id,
            "key": uuid4(),
            "created_at": now,
            "main": 0,
            "bonus": 0,
            "passed": [],
        }
        await self._users.insert_one(row, session=session)
        return user_from(row), True

    async def _count(self, session: Session, slug: ProviderSlug, now: datetime) -> None:
        allowed = {"$add": ["$access_limit", "$overdraft"]}
        counted = await self._providers.find_one_and_update(
            {
                "_id": slug,
                "$or": [
                    {"payment_policy": PaymentPolicy.POSTPAID.value},
                    {"$expr": {"$lt": ["$access_count", allowed]}},
                ],
            },
            {"$inc": {"access_count": 1}},
            _COUNTED,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if counted is None:
            raise AccessLimitReachedError
        if counted["webhook_url"] and counted["payment_policy"] == PaymentPolicy.PREPAID.value:
            await self._tell_limit_near(session, counted, now)

    async def _tell_limit_near(self, session: Session, counted: Document, now: datetime) -> None:
        count, limit = counted["access_count"], counted["access_limit"]
        for percent in thresholds_reached(count, limit):
            event = Event(
                type=EventType.ACCESS_LIMIT_NEAR,
                provider=ProviderSlug(counted["_id"]),
                sandbox=False,
                at=now,
                data={
                    "percent": percent,
                    "access_count": count,
                    "access_limit": limit,
                    "overdraft": counted["overdraft"],
                },
            )
            await self._webhooks.add_within(session, event)
