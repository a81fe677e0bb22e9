"""The intranet portal's server, and the devices of its people."""

import json
from datetime import timedelta
from typing import Any

from pymongo.database import Database
from tornado.httpclient import AsyncHTTPClient

from tests.support.partner_api import Answer, PartnerApi

PERSON = "381004a1-d925-11e8-9126-00155d640b22"
OTHER = "00000000-d925-11e8-9126-00155d640b22"
LOGIN = "ivanova@osnova.example"
PIN = "0042"
UPDATE = {
    "id_phperson": PERSON,
    "tab_no": "0000-01742",
    "ad_login": LOGIN,
    "pin_code": PIN,
    "created_at": "2026-05-04 12:30:00",
}
ANDROID = "Android; 9; google; Android SDK built for x86_64; Handset; App Version: 0.7.3;"


class PortalApi(PartnerApi):
    """The portal's calls, with its key unless a header replaces it, and a device's calls."""

    def __init__(self, client: AsyncHTTPClient, url: str, key: str) -> None:
        super().__init__(client, url)
        self.key = key

    async def call(
        self, path: str, payload: Any = None, method: str = "POST", **headers: str
    ) -> Answer:
        """Make a call of the portal below its prefix, with the payload as JSON."""
        sent = {"X-Callback-Key": self.key, "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        body = json.dumps(payload) if method == "POST" else None
        return await self.fetch(f"/api/v1/callback/{path}", method=method, body=body, headers=sent)

    async def update_pin(self, **changes: Any) -> Answer:
        """Call `pin/update` for the usual person, with some fields changed."""
        return await self.call("pin/update", UPDATE | changes)

    async def sessions(self, person: str = PERSON) -> Answer:
        """List a person's sign-ins, which the wire calls sessions."""
        return await self.call(f"sessions/{person}", method="GET")

    async def delete(self, query: str, person: str = PERSON) -> Answer:
        """End sign-ins of a person."""
        return await self.call(f"sessions/{person}?{query}", method="DELETE")

    async def login(
        self, pin: Any = PIN, login: str = LOGIN, user_agent: str = ANDROID, **headers: str
    ) -> Answer:
        """Sign in on a device."""
        body = {"ad_login": login, "pin_code": pin}
        return await self.auth("login", body, **{"User-Agent": user_agent} | headers)

    async def signed_in(self, **options: Any) -> dict[str, Any]:
        """Sign in on a device; return its tokens."""
        answer = await self.login(**options)
        assert answer.status == 200, answer.body
        assert answer.body["result"] is True
        return dict(answer.body["data"])

    async def refresh(self, token: str) -> Answer:
        """Exchange a device's refresh token for new tokens."""
        return await self.auth("refresh", {"refresh_token": token})

    async def auth(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST JSON to one of the device's calls."""
        sent = {"Content-Type": "application/json"} | headers
        return await self.fetch(
            f"/api/v1/auth/{path}", method="POST", body=json.dumps(body), headers=sent
        )

    async def own_sessions(self, token: str) -> Answer:
        """List the sign-ins of the token's owner; it shows whether the token is accepted."""
        return await self.fetch(
            "/api/v1/auth/sessions", headers={"Authorization": f"Bearer {token}"}
        )

    async def logout(self, token: str) -> Answer:
        """Sign out on a device."""
        return await self.auth("logout", Authorization=f"Bearer {token}")


def pass_time(database: Database[Any], **since: float) -> None:
    """Move the rotations of the tokens back by so much time."""
    moved = {"$subtract": ["$$this.at", timedelta(**since) // timedelta(milliseconds=1)]}
    rotations = {
        "$map": {"input": "$rotations", "in": {"$mergeObjects": ["$$this", {"at": moved}]}}
    }
    database["sign_ins"].update_many({}, [{"$set": {"rotations": rotations}}])
