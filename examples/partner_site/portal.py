"""The portal API of Widget Gateway: what an intranet portal's server calls, and a person's device.

In real life these are two programs: only the portal knows the callback key, and devices sign in
by themselves. This site plays both, so that one page can show how they work together.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from gateway import REQUEST_TIMEOUT_S, GatewayRefusal

Json = dict[str, Any]

PERSON = "381004a1-d925-11e8-9126-00155d640b22"
LOGIN = "maria@demo-college.example"


@dataclass(frozen=True)
class Answer:
    """What the gateway said: `{"result": true, ...}`, or why not, in the caller's language."""

    status: int
    body: Json


class Portal:
    """Calls with the callback key, which is a secret: no page ever contains it."""

    def __init__(self, url: str, callback_key: str) -> None:
        self._url = url.rstrip("/")
        self._callback_key = callback_key

    async def update_pin(self, pin_code: str, language: str) -> Answer:
        """Tell the gateway of our person, and of the PIN with which she signs in."""
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
        given = event | {"users": [PERSON]}
        return await self._call("POST", "portal/push/events", language, given)

    async def sessions(self, language: str) -> Answer:
        """Where our person is signed in."""
        return await self._call("GET", f"sessions/{PERSON}", language)

    async def delete_session(self, session: str, language: str) -> Answer:
        """End a session: its access token stops working, its channel is closed."""
        path = f"sessions/{PERSON}?session_id={quote(session, safe='')}"
        return await self._call("DELETE", path, language)

    async def sign_in(self, login: str, pin_code: str, language: str, user_agent: str) -> Answer:
        """As a device does, without any key."""
        headers = {"User-Agent": user_agent}
        given = {"ad_login": login, "pin_code": pin_code}
        return await self._fetch("POST", "/api/v1/auth/login", language, given, headers)

    async def sign_out(self, access_token: str, language: str) -> Answer:
        """As a device does."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return await self._fetch("POST", "/api/v1/auth/logout", language, {}, headers)

    async def _call(
        self, method: str, path: str, language: str, given: Json | None = None
    ) -> Answer:
        headers = {"X-Callback-Key": self._callback_key}
        return await self._fetch(method, f"/api/v1/callback/{path}", language, given, headers)

    async def _fetch(
        self, method: str, path: str, language: str, given: Json | None, headers: dict[str, str]
    ) -> Answer:
        # No retries as in gateway.py: a push that is repeated may arrive twice.
        request = HTTPRequest(
            self._url + path,
            method=method,
            headers=headers | {"Accept-Language": language, "Content-Type": "application/json"},
            body=None if given is None else json.dumps(given),
            request_timeout=REQUEST_TIMEOUT_S,
        )
        try:
            response = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as error:
            raise GatewayRefusal(0, "unreachable", str(error)) from None
        try:
            return Answer(response.code, json.loads(response.body))
        except ValueError:
            raise GatewayRefusal(
                HTTPStatus.BAD_GATEWAY, "unreadable", "not an answer of the gateway"
            ) from None
