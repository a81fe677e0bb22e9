"""Webhook deliveries. Each is written in the transaction of its event, and sent by any node."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from pymongo import ReturnDocument

from storage.client import Database, Document, translated
from storage.commits.deliveries import DELIVERY_KEPT_FOR, WAITING
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.webhooks import (
    GIVE_UP_AFTER,
    Delivery,
    DeliveryState,
    WebhookEvent,
    WebhookEventType,
)


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
    )


class WebhookStore:
    """Deliveries by id, which sorts by time. ProviderStore has the URLs and secrets of webhooks."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database["webhook_deliveries"]

    async def claim_due(
        self, now: datetime, lease_until: datetime, busy: Iterable[ProviderSlug]
    ) -> tuple[Delivery, UUID] | None:
        """Claim the delivery that has been due the longest, until `lease_until`; atomic.

        Deliveries of the providers in `busy` are left out. The try is counted at once. If the node
        dies, the delivery is due again when the lease ends. Returns the delivery and its lease, or
        None if nothing is due.
        """
        lease = uuid4()
        due = {"state": WAITING, "next_at": {"$lte": now}, "provider": {"$nin": list(busy)}}
        with translated():
            row = await self._deliveries.find_one_and_update(
                due,
                {"$set": {"next_at": lease_until, "lease": lease}, "$inc": {"attempts": 1}},
                sort=[("next_at", 1)],
                return_document=ReturnDocument.AFTER,
            )
        return (_delivery_from(row), lease) if row else None

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
        wanted: Document = self._of(caller)
        if state is not None:
            wanted["state"] = state.value
        if after is not None:
            wanted["_id"] = {"$lt": after}
        with translated():
            found = self._deliveries.find(wanted).sort("_id", -1).limit(limit)
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

    async def exists(self, caller: Caller, delivery: str) -> bool:
        """Return whether the caller's world has this delivery."""
        with translated():
            row = await self._deliveries.find_one(self._of(caller) | {"_id": delivery}, {"_id": 1})
        return row is not None

    def _of(self, caller: Caller) -> Document:
        return {"provider": caller.provider.slug, "sandbox": caller.sandbox}
