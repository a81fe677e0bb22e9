"""The calls of Widget Gateway's partner API that this site needs. Begin by copying this file."""

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
"""Seconds before each retry. All calls below may be repeated without harm, so visitors do not
notice that a gateway restarts."""


class GatewayRefusal(Exception):  # noqa: N818 - it is the gateway's word, and may be no error
    """The gateway refused a call or did not answer; `reason` is the stable name of the reason."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


class Gateway:
    """Calls from server to server. The client key is secret and must not be in any page."""

    def __init__(self, url: str, client_key: str) -> None:
        self._url = url.rstrip("/")
        self._client_key = client_key

    async def test_info(self, test: str, locale: str) -> dict[str, Any]:
        """Name, description, length and other public facts of a test."""
        path = f"/tests/api/v1/info/{quote(test, safe='')}/"
        response = await self._fetch(f"{path}?{urlencode({'locale': locale})}")
        info: dict[str, Any] = json.loads(response.body)
        return info

    async def attempt(self, attempt_id: str) -> dict[str, Any]:
        """State, test and answers of an attempt, and whether it is paid for."""
        return await self._call("session/get", session=attempt_id)

    async def confirm_payment(self, attempt_id: str, payment_id: str) -> None:
        """Let the attempt go on. The visitor's widget continues within a second."""
        await self._call("payment/confirm", session=attempt_id, payment_id=payment_id)

    async def attach(self, result_key: str, user_id: str) -> None:
        """Attach a result to our user; the gateway registers a user that it does not know."""
        await self._call("result/attach", result_key=result_key, user_id=user_id)

    async def result(self, result_key: str, locale: str) -> dict[str, Any]:
        """The scores of a result, which must be attached."""
        return await self._call("result/get", result_key=result_key, locale=locale)

    async def report(self, result_key: str, locale: str, form: str) -> HTTPResponse:
        """The report for people; the form is `html`, `pdf` or `svg`."""
        return await self._post("result/get", result_key=result_key, locale=locale, format=form)

    async def _call(self, endpoint: str, **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads((await self._post(endpoint, **parameters)).body)
        return answer

    async def _post(self, endpoint: str, **parameters: str) -> HTTPResponse:
        # It is a POST with the key in a header, since proxies on the way log addresses.
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
                # Only the path is logged, which names the endpoint and contains no secret.
                _log.warning("%s: %s", path.partition("?")[0], refusal)
                raise refusal
            await asyncio.sleep(delay_s)
        raise AssertionError  # It is never reached, since the last delay is None.


def _refusal(status: int, body: bytes) -> GatewayRefusal:
    try:
        error = json.loads(body)["error"]
        return GatewayRefusal(status, error["reason"], error["message"])
    except (ValueError, KeyError, TypeError):
        return GatewayRefusal(status, "unreadable", "not an answer of the gateway")
