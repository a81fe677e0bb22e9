"""Webhooks: signed events, sent to partners' servers again until they are received.

docs/webhooks.md describes them.
"""

import asyncio
import base64
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import msgspec
import structlog
from standardwebhooks import Webhook

from storage.partners.providers import ProviderStore
from storage.partners.webhooks import DueProvider, WebhookStore
from widget_gateway.domain.clock import Clock, iso
from widget_gateway.domain.errors import (
    DeliveryNotFoundError,
    StorageError,
    WebhookOffError,
    WebhookUrlInvalidError,
)
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.webhooks import Delivery, DeliveryState, Target, retry_delay
from widget_gateway.domain.traces import Facts, Tracer, ended
from widget_gateway.domain.web import read_retry_after
from widget_gateway.services.metrics import Metrics
from widget_gateway.services.outgoing import CallFailedError, OutgoingClient, Reply
from widget_gateway.services.partners.callers import CallerCache
from widget_gateway.services.partners.delivery_places import DeliveryPlaces

_log = structlog.get_logger(__name__)

POLL_S = 1.0
"""Mean number of seconds between two looks into the outbox when nothing is heard of it: deliveries
may be due again, or other processes may have written some."""

LEASE = timedelta(seconds=60)
"""How long a node keeps a delivery to itself: four times the longest try. Other nodes take over the
deliveries of a dead one after it."""

SECRET_BYTES = 32
"""Random bytes of a secret."""


class WebhookService:
    """Sets webhooks, sends deliveries that are due, and lists deliveries for providers."""

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators
        self,
        deliveries: WebhookStore,
        providers: ProviderStore,
        callers: CallerCache,
        client: OutgoingClient,
        metrics: Metrics,
        clock: Clock,
        news: asyncio.Event,
        chance: Callable[[], float] = random.random,
        tracer: Tracer | None = None,
    ) -> None:
        """`news` is set when this process has written deliveries. Others are found by looking."""
        self._deliveries = deliveries
        self._providers = providers
        self._callers = callers
        self._client = client
        self._metrics = metrics
        self._clock = clock
        self._chance = chance
        self._news = news
        self._places = DeliveryPlaces()
        self._tracer = tracer

    async def set_url(self, provider: ProviderSlug, url: str) -> str:
        """Send a provider's events to this URL from now on.

        Returns the secret that signs them, which is shown only once.

        Raises:
            WebhookUrlInvalidError: the URL may not be called.
            ProviderNotFoundError: there is no such provider.
        """
        if fault := self._client.url_fault(url):
            raise WebhookUrlInvalidError(fault)
        secret = _new_secret()
        await self._set_target(provider, url, secret)
        return secret

    async def turn_off(self, provider: ProviderSlug) -> None:
        """Send a provider's events no more. Deliveries that wait fail.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        await self._set_target(provider, None, None)

    async def _set_target(
        self, provider: ProviderSlug, url: str | None, secret: str | None
    ) -> None:
        await self._providers.set_webhook(provider, url, secret)
        self._callers.forget(provider)

    async def rotate_secret(self, provider: ProviderSlug, overlap: timedelta) -> str:
        """Return a new secret, which is shown only once.

        For the time of `overlap`, events are signed with the previous secret too.

        Raises:
            ProviderNotFoundError: there is no such provider.
            WebhookOffError: the provider has no webhook.
        """
        secret = _new_secret()
        until = self._clock() + overlap
        if not await self._providers.rotate_webhook_secret(provider, secret, until):
            raise WebhookOffError
        return secret

    async def list_page(
        self, caller: Caller, *, state: DeliveryState | None, limit: int, after: str | None
    ) -> tuple[list[Delivery], str | None]:
        """Return deliveries, newest first, and the cursor of the next page or None."""
        found = await self._deliveries.list_page(caller, state=state, limit=limit + 1, after=after)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def replay(self, caller: Caller, *, delivery: str | None, since: datetime | None) -> int:
        """Send a delivery again, or all that failed since a time. Returns how many these are.

        Raises:
            DeliveryNotFoundError: the caller has no such delivery.
        """
        if delivery is not None and not await self._deliveries.exists(caller, delivery):
            raise DeliveryNotFoundError
        replayed = await self._deliveries.replay(
            caller, self._clock(), delivery=delivery, since=since
        )
        self._news.set()
        return replayed

    async def run(self) -> None:
        """Send deliveries that are due, until cancelled. Unfinished ones are sent again later.

        It looks for them in rounds, and in a round each provider may begin one delivery. A round
        follows at once when there may be more to do: an event was written, a delivery has begun or
        has ended.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                try:
                    await self._begin_round(group)
                except StorageError as error:
                    _log.warning("webhooks_not_read", reason=error.reason)
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S * (0.5 + self._chance())):
                        await self._news.wait()

    async def _begin_round(self, group: asyncio.TaskGroup) -> None:
        """Begin a delivery of each provider that has one due and finds a place for it.

        Those with the fewest in flight come first, then those that have waited the longest.
        """
        due = await self._deliveries.find_due(self._clock())
        for waiting in sorted(due, key=lambda each: (self._places.of(each.provider), each.since)):
            if self._places.has_room(waiting.provider, waiting.url):
                self._places.take(waiting.provider, waiting.url)
                group.create_task(self._deliver(waiting))

    async def _deliver(self, waiting: DueProvider) -> None:
        """Send the provider's delivery that is due the longest, unless other nodes took them all.

        After an error the next round begins only at its time, so errors are not met in a hurry.
        """
        try:
            now = self._clock()
            claimed = await self._deliveries.claim_due(waiting.provider, now, now + LEASE)
            if claimed is not None:
                self._news.set()
                await self._try(*claimed, waiting.target)
                self._news.set()
        except StorageError as error:  # when the lease ends, this or another node tries again
            _log.warning("webhook_not_settled", provider=waiting.provider, reason=error.reason)
        except Exception:  # noqa: BLE001 - one faulty delivery must not stop all others
            _log.exception("webhook_failed", provider=waiting.provider)
        finally:
            self._places.give_back(waiting.provider, waiting.url)

    async def _try(self, delivery: Delivery, lease: UUID, target: Target | None) -> None:
        status, error, retry_after = None, None, None
        if target is None:
            error = "the webhook is off"
        else:
            try:
                reply = await self._send(target, delivery)
                status = reply.status
                retry_after = read_retry_after(reply.retry_after, self._clock())
            except CallFailedError as failure:
                error = str(failure)
        if status is not None and 200 <= status < 300:  # noqa: PLR2004 - the class of successes
            state, next_at = DeliveryState.DELIVERED, None
        else:
            state, next_at = self._after_failure(
                delivery,
                gone=target is None or status == HTTPStatus.GONE,
                retry_after=retry_after or timedelta(),
            )
        await self._deliveries.settle(
            delivery, lease, state, next_at=next_at, status=status, error=error
        )
        self._metrics.webhooks.labels(state.value).inc()
        _log.info(
            "webhook",
            delivery=delivery.id,
            provider=delivery.event.provider,
            state=state.value,
            status=status,
            error=error,
            attempts=delivery.attempts,
        )

    def _after_failure(
        self, delivery: Delivery, *, gone: bool, retry_after: timedelta
    ) -> tuple[DeliveryState, datetime | None]:
        """Decide what follows. A receiver may put the next try off, until the last moment of all.

        `retry_after` is what the receiver asked for; the try after a shorter one waits no less
        than without it.
        """
        now = self._clock()
        next_at = now + retry_delay(delivery.attempts, self._chance())
        if gone or next_at > delivery.give_up_at:
            return DeliveryState.FAILED, None
        return DeliveryState.WAITING, max(next_at, min(now + retry_after, delivery.give_up_at))

    async def _send(self, target: Target, delivery: Delivery) -> Reply:
        event = delivery.event
        data = dict(event.data) | ({"sandbox": True} if event.sandbox else {})
        body = msgspec.json.encode(
            {"type": event.type.value, "timestamp": iso(event.at), "data": data}
        )
        now = self._clock()
        signed = [
            Webhook(secret).sign(delivery.id, now, body.decode()) for secret in target.secrets
        ]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "widget-gateway",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        if self._tracer is None:
            return await self._client.post(target.url, body, headers)
        facts: Facts = {
            "widget_gateway.provider": event.provider,
            "widget_gateway.delivery": delivery.id,
            "widget_gateway.try": delivery.attempts,
        }
        span = self._tracer.begin_later("webhook", facts, delivery.traceparent)
        with ended(span):
            traced = headers | {"traceparent": span.traceparent}
            reply = await self._client.post(target.url, body, traced)
            span.note({"http.response.status_code": reply.status})
            return reply


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
