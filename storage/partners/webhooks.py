"""Webhook deliveries. Each is written in the transaction of its event, and sent by any node."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from pymongo import ReturnDocument

from storage.client import Database, Document, rows_of, translated
from storage.commits.deliveries import DELIVERY_KEPT_FOR, WAITING
from storage.partners.providers import webhook_target_from
from storage.transactions import Session
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.partners.webhook_events import WebhookEventType
from widget_gateway.domain.partners.webhooks import (
    GIVE_UP_AFTER,
    Delivery,
    DeliveryState,
    Target,
    WebhookEvent,
)

_TARGET = ("enabled", "webhook_url", "webhook_secrets")
"""The fields of a provider that say where its events are sent."""


def _pipeline_of_due(now: datetime) -> list[Document]:
    """Make the steps that find since when each provider has deliveries due, and the providers.

    The first three let the server read one entry of the index for each provider, whatever the
    number of its deliveries; a test looks at the plan. The providers are looked up all at once,
    since 500 lookups take 80 ms, and this takes 3 ms.
    """
    return [
        {"$match": {"state": WAITING}},
        {"$sort": {"state": 1, "provider": 1, "next_at": 1}},
        {"$group": {"_id": "$provider", "since": {"$first": "$next_at"}}},
        {"$match": {"since": {"$lte": now}}},
        {"$group": {"_id": None, "due": {"$push": "$$ROOT"}}},
        {
            "$lookup": {
                "from": "providers",
                "localField": "due._id",
                "foreignField": "_id",
                "pipeline": [{"$project": dict.fromkeys(_TARGET, 1)}],
                "as": "known",
            }
        },
    ]


def _delivery_from(row: Document) -> Delivery:
    return Delivery(
        id=row["_id"],
        event=WebhookEvent(
            type=WebhookEventType(row["type"]),
            provider=ProviderSlug(row["provider"]),
            sandbox=row["sandbox"],
            at=row["at"],
            data=row["data"],
        ),
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_at=row["next_at"] if row["state"] == WAITING else None,
        give_up_at=row["give_up_at"],
        status=row["status"],
        error=row["error"],
        traceparent=row.get("traceparent"),
    )


@dataclass(frozen=True, slots=True)
class DueProvider:
    """A provider with deliveries that are due; `since` when the first of them is.

    Without a `target`, its webhook is off.
    """

    provider: ProviderSlug
    since: datetime
    target: Target | None

    @property
    def url(self) -> str | None:
        """Where its deliveries are sent; None is nowhere."""
        return self.target.url if self.target is not None else None


class WebhookStore:
    """Deliveries by id, which sorts by time. ProviderStore has the URLs and secrets of webhooks."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database["webhook_deliveries"]

    async def find_due(self, now: datetime) -> list[DueProvider]:
        """List the providers that have deliveries which are due, and where they are sent.

        It takes as long with a hundred thousand deliveries of a provider as with one.
        """
        with translated():
            found = [row async for row in await self._deliveries.aggregate(_pipeline_of_due(now))]
        if not found:
            return []
        targets = {row["_id"]: webhook_target_from(row, now) for row in found[0]["known"]}
        return [
            DueProvider(ProviderSlug(row["_id"]), row["since"], targets.get(row["_id"]))
            for row in found[0]["due"]
        ]

    async def find_failing(
        self, given_up_since: datetime, most: int
    ) -> list[tuple[ProviderSlug, int, int]]:
        """List the providers whose deliveries fail, those with the most first.

        Each has the number of deliveries that wait after a try in vain, and of those that were
        given up whose event was not before `given_up_since`. There are at most `most` providers.
        """
        tried = [{"status": {"$ne": None}}, {"error": {"$ne": None}}]
        waiting = {"state": WAITING, "$or": tried}
        given_up = {"state": DeliveryState.FAILED.value, "at": {"$gte": given_up_since}}
        is_waiting = {"$cond": [{"$eq": ["$state", WAITING]}, 1, 0]}
        steps: list[Document] = [
            {"$match": {"$or": [waiting, given_up]}},
            {"$group": {"_id": "$provider", "all": {"$sum": 1}, "waiting": {"$sum": is_waiting}}},
            {"$sort": {"all": -1, "_id": 1}},
            {"$limit": most},
        ]
        with translated():
            found = await self._deliveries.aggregate(steps)
            return [
                (ProviderSlug(row["_id"]), row["waiting"], row["all"] - row["waiting"])
                async for row in found
            ]

    async def claim_due(
        self, provider: ProviderSlug, now: datetime, lease_until: datetime
    ) -> tuple[Delivery, UUID] | None:
        """Claim the provider's delivery that has been due the longest, until `lease_until`; atomic.

        The try is counted at once. If the node dies, the delivery is due again when the lease ends.
        Returns the delivery and its lease, or None if nothing is due.
        """
        lease = uuid4()
        due = {"state": WAITING, "provider": provider, "next_at": {"$lte": now}}
        claim = {"$set": {"next_at": lease_until, "lease": lease}, "$inc": {"attempts": 1}}
        with translated():
            while True:
                # The delivery is found first and then claimed by `_id`, since a sharded collection
                # updates a single document only by its shard key.
                first = await self._deliveries.find_one(due, {"_id": 1}, sort=[("next_at", 1)])
                if first is None:
                    return None
                row = await self._deliveries.find_one_and_update(
                    due | first, claim, return_document=ReturnDocument.AFTER
                )
                if row is not None:  # Otherwise another node was faster; then the next is due.
                    return _delivery_from(row), lease

    async def settle(  # noqa: PLR0913 - the outcome of a try
        self,
        delivery: Delivery,
        lease: UUID,
        state: DeliveryState,
        *,
        next_at: datetime | None,
        status: int | None,
        error: str | None,
    ) -> None:
        """Store the outcome of a try unless its lease has been taken over."""
        fields = {
            "state": state.value,
            "next_at": next_at,
            "status": status,
            "error": error,
            "lease": None,
        }
        with translated():
            await self._deliveries.update_one(
                {"_id": delivery.id, "lease": lease}, {"$set": fields}
            )

    async def list_page(
        self, caller: Caller, *, state: DeliveryState | None, limit: int, after: str | None
    ) -> list[Delivery]:
        """List deliveries of the caller's world, newest first, that follow the id `after`."""
        wanted, index = _page_query(self._of(caller), state, after)
        with translated():
            found = self._deliveries.find(wanted, hint=index).sort("_id", -1).limit(limit)
            return [_delivery_from(row) async for row in found]

    async def replay(
        self, caller: Caller, now: datetime, *, delivery: str | None, since: datetime | None
    ) -> int:
        """Make one delivery, or all failed ones of events from `since` on, due again.

        Deliveries that are being sent now are left out. Returns how many were made due.
        """
        wanted = self._of(caller) | {"lease": None}
        if delivery is not None:
            wanted["_id"] = delivery
        else:
            wanted |= {"state": DeliveryState.FAILED.value, "at": {"$gte": since}}
        anew = {
            "state": WAITING,
            "attempts": 0,
            "next_at": now,
            "give_up_at": now + GIVE_UP_AFTER,
            "expires_at": now + DELIVERY_KEPT_FOR,
        }
        with translated():
            changed = await self._deliveries.update_many(wanted, {"$set": anew})
        return int(changed.matched_count)

    async def list_about(
        self, place: UserPlace, attempts: Sequence[AttemptId]
    ) -> AsyncIterator[Delivery]:
        """Yield the deliveries that name the user, and then others about these attempts."""
        for index, wanted in _about(place, attempts).items():
            async for row in rows_of(self._deliveries.find(wanted, hint=index), _BATCH):
                yield _delivery_from(row)

    async def remove_within(
        self,
        session: Session,
        place: UserPlace,
        attempts: Sequence[AttemptId],
        results: Sequence[ResultKey] | None = None,
    ) -> int:
        """Remove the deliveries that name the user, or one of these attempts; returns how many.

        With `results`, those that name the user go only if they are about one of these results.
        It is a part of the caller's transaction. A delivery that is being sent just now reaches
        the receiver, but its outcome is not stored.
        """
        count = 0
        for index, wanted in _about(place, attempts, results).items():
            removed = await self._deliveries.delete_many(wanted, session=session, hint=index)
            count += removed.deleted_count
        return count

    async def exists(self, caller: Caller, delivery: str) -> bool:
        """Return whether the caller's world has this delivery."""
        with translated():
            row = await self._deliveries.find_one(self._of(caller) | {"_id": delivery}, {"_id": 1})
        return row is not None

    def _of(self, caller: Caller) -> Document:
        return {"provider": caller.provider.slug, "sandbox": caller.sandbox}


_BATCH = 200
"""How many deliveries are read at once: about 200 KB."""


def _page_query(
    world: Document, state: DeliveryState | None, after: str | None
) -> tuple[Document, str]:
    """Make the query for a page of deliveries, and name the index that it has to use.

    Those that are delivered are most of all, so the log has them one after another. Those that wait
    are few, unless a receiver is away.
    """
    wanted = dict(world)
    if state is not None:
        wanted["state"] = state.value
    if after is not None:
        wanted["_id"] = {"$lt": after}
    indexes = {DeliveryState.FAILED: "failed", DeliveryState.WAITING: "due_of_provider"}
    return wanted, "log" if state is None else indexes.get(state, "log")


def _about(
    place: UserPlace, attempts: Sequence[AttemptId], results: Sequence[ResultKey] | None = None
) -> dict[str, Document]:
    """Make the queries for what is about a user or attempts, by the index that each has to use.

    None finds what another finds. Without being told, the server might look through the log of the
    provider.
    """
    world = {"provider": place.provider, "sandbox": place.sandbox}
    named: Document = world | {"data.user_id": place.user_id}
    if results is not None:
        named["data.result_key"] = {"$in": [str(key) for key in results]}
    sessions = {"$in": [str(attempt) for attempt in attempts]}
    others = world | {"data.session": sessions, "$nor": [named]}
    return {"user_id": named, "session": others}
