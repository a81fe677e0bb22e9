"""The calls of Widget Gateway's portal API: those of a portal's server, and those of a device.

In real life these are two programs: only the portal knows the callback key, and devices sign in
by themselves. This site plays both, so that a single page can show how they work together.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from page import Json, UnreachableError

REQUEST_TIMEOUT_S = 10.0

PERSON = "381004a1-d925-11e8-9126-00155d640b22"
LOGIN = "maria@demo-college.example"


@dataclass(frozen=True)
class Answer:
    """The gateway's answer: `{"result": true, ...}`, or a refusal in the caller's language."""

    status: int
    body: Json


class Portal:
    """Calls with the callback key, which is secret and must not be in any page."""

    def __init__(self, url: str, callback_key: str) -> None:
        self._url = url.rstrip("/")
        self._callback_key = callback_key

    async def update_pin(self, pin_code: str, language: str) -> Answer:
        """Tell the gateway about our person, and the PIN with which she signs in."""
        update = {
            "id_phperson": PERSON,
            "tab_no": "0000-01742",
            "ad_login": LOGIN,
            "pin_code": pin_code,
            "created_at": datetime.now(UTC).isoformat(),
        }
        return await self._call("POST", "pin/update", language, update)

    async def push(self, event: Json, language: str) -> Answer:
        """Push an event to all devices of our person."""
        body = event | {"users": [PERSON]}
        return await self._call("POST", "portal/push/events", language, body)

    async def sign_ins(self, language: str) -> Answer:
        """The sign-ins of our person, which the API calls sessions."""
        return await self._call("GET", f"sessions/{PERSON}", language)

    async def end_sign_in(self, sign_in_id: str, language: str) -> Answer:
        """End a sign-in: its access token becomes invalid, and its channel is closed."""
        path = f"sessions/{PERSON}?session_id={quote(sign_in_id, safe='')}"
        return await self._call("DELETE", path, language)

    async def sign_in(self, login: str, pin_code: str, language: str, user_agent: str) -> Answer:
        """Sign in as a device does, without any key."""
        headers = {"User-Agent": user_agent}
        body = {"ad_login": login, "pin_code": pin_code}
        return await self._fetch("POST", "/api/v1/auth/login", language, body, headers)

    async def sign_out(self, access_token: str, language: str) -> Answer:
        """Sign out as a device does."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return await self._fetch("POST", "/api/v1/auth/logout", language, {}, headers)

    async def _call(
        self, method: str, path: str, language: str, body: Json | None = None
    ) -> Answer:
        headers = {"X-Callback-Key": self._callback_key}
        return await self._fetch(method, f"/api/v1/callback/{path}", language, body, headers)

    async def _fetch(
        self, method: str, path: str, language: str, body: Json | None, headers: dict[str, str]
    ) -> Answer:
        # It does not retry, since a repeated push may arrive twice.
        request = HTTPRequest(
            self._url + path,
            method=method,
            headers=headers | {"Accept-Language": language, "Content-Type": "application/json"},
            body=None if body is None else json.dumps(body),
            request_timeout=REQUEST_TIMEOUT_S,
        )
        try:
            response = await AsyncHTTPClient().fetch(request, raise_error=False)
            return Answer(response.code, json.loads(response.body))
        except (HTTPClientError, OSError, ValueError) as error:
            raise UnreachableError(f"{method} {path.partition('?')[0]}") from error
