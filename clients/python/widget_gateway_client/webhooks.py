"""Webhooks: whether they are from the gateway, and what they tell."""

import json
from collections.abc import Mapping, Sequence
from typing import Union

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from widget_gateway_client.decoding import decode
from widget_gateway_client.errors import WebhookError
from widget_gateway_client.events import EVENTS, Event, UnknownEvent

_ID = "webhook-id"


def verify_webhook(
    secrets: Union[str, Sequence[str]], headers: Mapping[str, str], body: Union[bytes, str]
) -> Event:
    """The event that a request to your webhook tells of.

    `secrets` is your secret, or several while they are rotated. `body` is the body as it came,
    before anything has parsed it. An event may come twice: its `id` is then the same, so remember
    the ids that you have handled.

    Raises:
        WebhookError: the request is not from the gateway, is older or newer than five minutes, or
            can't be read.
        ValueError: a secret is none.
    """
    given = [secrets] if isinstance(secrets, str) else list(secrets)
    checks = [_check_by(secret) for secret in given]
    if not checks:
        raise ValueError("A webhook is verified by at least one secret.")
    named = {str(name).lower(): str(value) for name, value in headers.items()}
    if not any(_is_signed(check, named, body) for check in checks):
        raise WebhookError("No secret of yours has signed this webhook in the last five minutes.")
    try:
        told = json.loads(body)
        kind = EVENTS.get(told["type"], UnknownEvent)
        event: Event = decode(kind, {**told, "id": named[_ID]}, "the event")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WebhookError(f"The webhook is no event: {error}") from None
    return event


def _check_by(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception:  # noqa: BLE001 - the library has several, which may repeat the secret
        raise ValueError("A secret of webhooks is a text like whsec_….") from None


def _is_signed(check: Webhook, headers: dict[str, str], body: Union[bytes, str]) -> bool:
    try:
        check.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True
