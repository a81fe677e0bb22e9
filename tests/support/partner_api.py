"""A partner's server, which calls the partner API over HTTP in each allowed way."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httputil import HTTPHeaders

PREFIX = "/partner/api/v3/"


@dataclass(frozen=True)
class Answer:
    """An answer of the API; `body` is its decoded JSON."""

    status: int
    body: Any
    headers: HTTPHeaders

    @property
    def reason(self) -> str | None:
        """The `reason` of a refusal, or None. It also checks the shape of the error."""
        if "error" not in self.body:
            return None
        error = self.body["error"]
        assert set(self.body) == {"error"}
        assert error["code"] == self.status
        assert error["message"]
        return str(error["reason"])


class PartnerApi:
    """Calls paths below the prefix of V3, or whole paths that begin with a slash."""

    def __init__(self, client: AsyncHTTPClient, url: str) -> None:
        self._client = client
        self.url = url

    async def get(self, path: str, **parameters: object) -> Answer:
        """GET with query parameters; a list repeats its parameter."""
        return await self.fetch(f"{path}?{urlencode(parameters, doseq=True)}")

    async def post_form(self, path: str, **parameters: object) -> Answer:
        """POST with a form."""
        return await self.fetch(path, method="POST", body=urlencode(parameters, doseq=True))

    async def post_json(self, path: str, **parameters: object) -> Answer:
        """POST with a JSON object."""
        return await self.post_raw(path, json.dumps(parameters))

    async def post_raw(
        self, path: str, body: str | bytes, content_type: str = "application/json"
    ) -> Answer:
        """POST with any body."""
        headers = {"Content-Type": content_type}
        return await self.fetch(path, method="POST", body=body, headers=headers)

    async def fetch(self, path: str, **request: Any) -> Answer:
        """Make any request; refusals are returned, not raised."""
        raw = await self.fetch_raw(path, **request)
        return Answer(raw.code, json.loads(raw.body) if raw.body else None, raw.headers)

    async def fetch_raw(self, path: str, **request: Any) -> HTTPResponse:
        """Make any request; return the response with its body as bytes."""
        url = self.url + (path if path.startswith("/") else PREFIX + path)
        return await self._client.fetch(url, raise_error=False, request_timeout=60, **request)
