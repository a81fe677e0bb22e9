"""The partner API of Widget Gateway, as far as this site needs it. Copy this file to begin with."""

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

_log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 10.0

RETRY_DELAYS_S = (0.3, 1.0, 2.5)
"""Every call below may be repeated without harm, so a gateway that restarts goes unnoticed."""


class GatewayRefusal(Exception):  # noqa: N818 - the gateway's word; it need not be a fault
    """The gateway said no, or nothing. `reason` is the stable name of why."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


class Gateway:
    """Calls from server to server. The client key is a secret: no page ever contains it."""

    def __init__(self, url: str, client_key: str) -> None:
        self._url = url.rstrip("/")
        self._client_key = client_key

    async def test_info(self, test: str, locale: str) -> dict[str, Any]:
        """Name, description, length and the like; public."""
        path = f"/tests/api/v1/info/{quote(test, safe='')}/"
        response = await self._fetch(f"{path}?{urlencode({'locale': locale})}")
        info: dict[str, Any] = json.loads(response.body)
        return info

    async def session(self, session: str) -> dict[str, Any]:
        """State, test and answers of an attempt; whether it is paid."""
        return await self._call("session/get", session=session)

    async def confirm_payment(self, session: str, payment_id: str) -> None:
        """Let the attempt go on. The visitor's widget hears of it within a second."""
        await self._call("payment/confirm", session=session, payment_id=payment_id)

    async def attach(self, result_key: str, user_id: str) -> None:
        """Tie a finished test to our user; the gateway registers the user if he is new."""
        await self._call("result/attach", result_key=result_key, user_id=user_id)

    async def result(self, result_key: str, locale: str) -> dict[str, Any]:
        """What the answers come to; only of results that are attached."""
        return await self._call("result/get", result_key=result_key, locale=locale)

    async def report(self, result_key: str, locale: str, form: str) -> HTTPResponse:
        """The report for people: `html`, `pdf` or `svg`."""
        return await self._post("result/get", result_key=result_key, locale=locale, format=form)

    async def _call(self, endpoint: str, **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads((await self._post(endpoint, **parameters)).body)
        return answer

    async def _post(self, endpoint: str, **parameters: str) -> HTTPResponse:
        # POST with the key in a header: addresses end up in the logs of whatever is on the way.
        return await self._fetch(
            f"/partner/api/v3/{endpoint}",
            method="POST",
            headers={"Authorization": f"Bearer {self._client_key}"},
            body=urlencode(parameters),
        )

    async def _fetch(self, path: str, **options: Any) -> HTTPResponse:
        request = HTTPRequest(self._url + path, request_timeout=REQUEST_TIMEOUT_S, **options)
        for delay_s in (*RETRY_DELAYS_S, None):
            try:
                response = await AsyncHTTPClient().fetch(request, raise_error=False)
            except (HTTPClientError, OSError) as error:
                refusal = GatewayRefusal(0, "unreachable", str(error))
            else:
                if response.code == HTTPStatus.OK:
                    return response
                refusal = _refusal(response.code, response.body)
            if delay_s is None or refusal.status not in (0, HTTPStatus.SERVICE_UNAVAILABLE):
                # The path only: it names the endpoint and holds no secret.
                _log.warning("%s: %s", path.partition("?")[0], refusal)
                raise refusal
            await asyncio.sleep(delay_s)
        raise AssertionError  # the last delay is None


def _refusal(status: int, body: bytes) -> GatewayRefusal:
    try:
        error = json.loads(body)["error"]
        return GatewayRefusal(status, error["reason"], error["message"])
    except (ValueError, KeyError, TypeError):
        return GatewayRefusal(status, "unreadable", "not an answer of the gateway")
