"""`webhook/deliveries` and `webhook/replay`: events sent to a provider, and sending them again."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from handlers.contract.errors import ParameterMissingError
from handlers.contract.operations import Moment, Operation, Operations
from handlers.contract.parameters import Date, Integer, Member, Text
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.parameters import CALLER
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import DeliveryNotFoundError
from widget_gateway.domain.partners.webhook_events import WebhookEventType
from widget_gateway.domain.partners.webhooks import Delivery, DeliveryState

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000

STATE = Member("state", "Only deliveries in this state.", kind=DeliveryState)
LIMIT = Integer(
    "limit", f"Deliveries a page ({DEFAULT_LIMIT}).", least=1, most=MAX_LIMIT, example=DEFAULT_LIMIT
)
AFTER = Text("after", "The `next` of the page before.")
DELIVERY = Text(
    "delivery",
    "The id of a delivery, which its request carried as `webhook-id`.",
    example="msg_019a1f0c2b7d5f0e6a3c9b8d7e4f2a10",
)
SINCE = Date("since", "Replay all that failed since this day, by the UTC calendar.")

_EXAMPLE = {
    "id": "msg_019a1f0c2b7d5f0e6a3c9b8d7e4f2a10",
    "type": "attempt.paused",
    "created_at": "2026-05-04T12:40:00.000Z",
    "data": {"session": "5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21", "test": "career-interests"},
    "state": "waiting",
    "attempts": 2,
    "next_attempt_at": "2026-05-04T12:40:17.000Z",
    "status": 500,
    "error": None,
}


class ListedDelivery(Marked):
    """An event and the state of its delivery."""

    id: str
    type: WebhookEventType
    created_at: Moment
    data: dict[str, Any]
    state: DeliveryState
    attempts: int
    next_attempt_at: Moment | None
    status: Annotated[int | None, Meta(description="What the last try was answered.")]
    error: Annotated[str | None, Meta(description="Why the last try had no answer.")]


class DeliveryList(Marked):
    """A page of deliveries."""

    deliveries: list[ListedDelivery]
    next: Annotated[str | None, Meta(description="`after` of the page that follows; or null.")]


class Replayed(msgspec.Struct):
    """The number of deliveries that will be sent again."""

    replayed: int


class WebhookDeliveriesHandler(PartnerHandler):
    """List deliveries, newest first."""

    lists_users = True

    operations = Operations.by_get_and_post(
        Operation(
            summary="List the webhook's deliveries",
            about="Newest first; kept for 30 days.",
            optional=(*CALLER, STATE, LIMIT, AFTER),
            answer=DeliveryList,
            example={"deliveries": [_EXAMPLE], "next": None},
        )
    )

    async def call(self) -> DeliveryList:
        """Answer with a page and the cursor of the next."""
        found, following = await self.services.webhooks.list_page(
            self.caller,
            state=STATE.find(self.inputs),
            limit=LIMIT.find(self.inputs) or DEFAULT_LIMIT,
            after=AFTER.find(self.inputs),
        )
        return DeliveryList(
            deliveries=[_listed(delivery) for delivery in found],
            next=following,
            sandbox=self.caller.sandbox,
        )


class WebhookReplayHandler(PartnerHandler):
    """Send deliveries again that were delivered or given up."""

    operations = Operations.by_get_and_post(
        Operation(
            summary="Send deliveries again",
            writes=True,
            about="One `delivery`, or all that failed since a day. What is being sent at this "
            "moment is left alone.",
            optional=(*CALLER, DELIVERY, SINCE),
            one_of=(DELIVERY, SINCE),
            answer=Replayed,
            example={"replayed": 1},
            refusals=(DeliveryNotFoundError,),
        )
    )

    async def call(self) -> Replayed:
        """Answer with the number of deliveries that will be sent again."""
        delivery, day = DELIVERY.find(self.inputs), SINCE.find(self.inputs)
        if delivery is None and day is None:
            raise ParameterMissingError(DELIVERY.name)
        since = datetime.combine(day, datetime.min.time(), UTC) if day is not None else None
        count = await self.services.webhooks.replay(self.caller, delivery=delivery, since=since)
        return Replayed(count)


def _listed(delivery: Delivery) -> ListedDelivery:
    event = delivery.event
    return ListedDelivery(
        id=delivery.id,
        type=event.type,
        created_at=iso(event.at),
        data=dict(event.data),
        state=delivery.state,
        attempts=delivery.attempts,
        next_attempt_at=None if delivery.next_at is None else iso(delivery.next_at),
        status=delivery.status,
        error=delivery.error,
        sandbox=event.sandbox,
    )


ROUTES = [
    ("webhook/deliveries", WebhookDeliveriesHandler),
    ("webhook/replay", WebhookReplayHandler),
]
