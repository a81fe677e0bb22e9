"""The sandbox of the gateway, asked with the partner's sandbox key what really happened."""

import http.client
import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from widget_gateway.rehearsal.errors import RehearsalRefusedError

LIVE_PREFIX = "live_"
SANDBOX_PREFIX = "test_"

ANSWER_S = 15.0
"""Seconds after which a call that has no answer is given up."""

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""The largest answer that is read; the largest real one is a page of deliveries."""

BUSY_TRIES = 5
"""How often a call is made to a gateway that is busy."""


@dataclass(frozen=True)
class Answer:
    """A status, and the body or the stable reason of a refusal."""

    status: int
    body: dict[str, Any]

    @property
    def reason(self) -> str:
        """Why the call was refused; empty if it was not."""
        error = self.body.get("error")
        return str(error.get("reason", "")) if isinstance(error, dict) else ""


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: the key goes to the address that was told, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse."""


class SandboxGateway:
    """Calls of the partner API with a sandbox key. They only read."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise RehearsalRefusedError(
                "The gateway's address has to begin with https:// or http://."
            )
        if key.startswith(LIVE_PREFIX):
            raise RehearsalRefusedError(
                "This is a live key. A rehearsal takes the sandbox key, which begins with test_."
            )
        if not key.startswith(SANDBOX_PREFIX) or not key.isascii() or not key.isprintable():
            raise RehearsalRefusedError("This is no sandbox key: those begin with test_.")
        self.url = url.rstrip("/")
        self.key = key
        self._opener = build_opener(_NoRedirects)

    def __repr__(self) -> str:
        return f"SandboxGateway({self.url})"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)

    def check(self) -> None:
        """Ask something that needs the key.

        Raises:
            RehearsalRefusedError: the gateway does not answer, or does not know the key.
        """
        answer = self.call("webhook/deliveries", limit="1")
        if answer.status != HTTPStatus.OK:
            raise RehearsalRefusedError(
                f"The gateway at {self.url} refuses the sandbox key "
                f"({answer.status} {answer.reason}). Ask its operator."
            )

    def session(self, session: str) -> dict[str, Any] | None:
        """State and answers of an attempt; None if the sandbox has no such attempt."""
        answer = self.call("session/get", session=session)
        return answer.body if answer.status == HTTPStatus.OK else None

    def is_paid(self, session: str) -> bool:
        """Whether the attempt is paid for."""
        known = self.session(session)
        return bool(known and known.get("paid"))

    def is_attached(self, result_key: str) -> bool:
        """Whether the result belongs to a user."""
        return self.call("result/get", result_key=result_key).status == HTTPStatus.OK

    def deliveries(self) -> list[dict[str, Any]]:
        """The latest events for the partner's webhook, newest first."""
        listed = self.call("webhook/deliveries", limit="100").body.get("deliveries")
        return (
            [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        )

    def call(self, endpoint: str, **parameters: str) -> Answer:
        """Make a call, again while the gateway is busy.

        Raises:
            RehearsalRefusedError: there was no answer, or none of a gateway.
        """
        for tried in range(BUSY_TRIES):
            answer = self._call(endpoint, parameters)
            busy = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
            if answer.status not in busy:
                return answer
            time.sleep(2**tried / 4)
        return answer

    def _call(self, endpoint: str, parameters: dict[str, str]) -> Answer:
        request = Request(  # noqa: S310 - the scheme was checked
            f"{self.url}/partner/api/v3/{endpoint}",
            data=urlencode(parameters).encode(),
            headers={"Authorization": f"Bearer {self.key}"},
        )
        try:
            try:
                with self._opener.open(request, timeout=ANSWER_S) as response:
                    status, raw = response.status, response.read(MAX_ANSWER_BYTES)
            except HTTPError as refusal:
                with refusal:
                    status, raw = refusal.code, refusal.read(MAX_ANSWER_BYTES)
            body = json.loads(raw)
        except (URLError, OSError, http.client.HTTPException) as error:
            raise RehearsalRefusedError(
                f"The gateway at {self.url} does not answer: {error}"
            ) from None
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RehearsalRefusedError(f"What answers at {self.url} is no Widget Gateway.")
        return Answer(status, body)
