"""Deliveries of webhooks that the rehearsal signs itself, as the gateway does."""

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import secrets
import time
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from widget_gateway.rehearsal.errors import RehearsalRefusedError

ANSWER_S = 15.0
"""Seconds that the gateway waits for an answer, too."""

OLD_S = 3_600
"""The age of a delivery that is too old: libraries allow five minutes."""

PREFIX = "whsec_"


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect, as the gateway follows none."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse."""


class WebhookSender:
    """Sends events to a partner's webhook."""

    def __init__(self, url: str, secret: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise RehearsalRefusedError(
                "The webhook's address has to begin with https:// or http://."
            )
        try:
            self._secret = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            self._secret = b""
        if not self._secret:
            raise RehearsalRefusedError(
                "WEBHOOK_SECRET is no secret of webhooks: those begin with whsec_."
            )
        self.url = url
        self._opener = build_opener(_NoRedirects)

    def event(self, kind: str, **data: str) -> bytes:
        """Write an event of the sandbox, as the gateway writes it."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        body = {"type": kind, "timestamp": now, "data": {**data, "sandbox": True}}
        return json.dumps(body, separators=(",", ":")).encode()

    def send(self, body: bytes, message_id: str, *, age_s: int = 0) -> int:
        """Deliver an event with a valid signature; return the status, 0 without an answer."""
        return self._post(body, self._headers(body, message_id, self._secret, age_s))

    def send_forged(self, body: bytes, message_id: str) -> int:
        """Deliver an event that somebody else has signed."""
        return self._post(body, self._headers(body, message_id, secrets.token_bytes(24), 0))

    def send_unsigned(self, body: bytes, message_id: str) -> int:
        """Deliver an event without a signature."""
        headers = self._headers(body, message_id, self._secret, 0)
        del headers["webhook-signature"]
        return self._post(body, headers)

    def send_changed(self, body: bytes, message_id: str) -> int:
        """Deliver an event that was changed after it had been signed."""
        return self._post(body + b" ", self._headers(body, message_id, self._secret, 0))

    def _headers(self, body: bytes, message_id: str, secret: bytes, age_s: int) -> dict[str, str]:
        moment = str(int(time.time()) - age_s)
        signed = b".".join([message_id.encode(), moment.encode(), body])
        signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{signature}",
        }

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        request = Request(self.url, data=body, headers=headers)  # noqa: S310 - it was checked
        try:
            with self._opener.open(request, timeout=ANSWER_S) as answer:
                return int(answer.status)
        except HTTPError as refusal:
            refusal.close()
            return refusal.code
        except (URLError, OSError, http.client.HTTPException):
            return 0


def new_message_id() -> str:
    """Make the id of a delivery, of the form that the gateway's ids have."""
    return f"msg_{int(time.time() * 1_000):012x}{secrets.token_hex(10)}"


def is_accepted(status: int) -> bool:
    """Whether a webhook has taken an event."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
