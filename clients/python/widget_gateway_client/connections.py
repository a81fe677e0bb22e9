"""What the blocking and the asynchronous client share: all but input, output and waiting."""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any, Generic, Optional, TypeVar

import httpx

from widget_gateway_client.decoding import encode
from widget_gateway_client.errors import AnswerError, WidgetGatewayError
from widget_gateway_client.exchange import Lost, Rules, Sending
from widget_gateway_client.keys import SecretKey, checked_address, checked_idempotency_key
from widget_gateway_client.reading import File, Received, file_of, value_of

T = TypeVar("T")
H = TypeVar("H", httpx.Client, httpx.AsyncClient)

_PATH = "/partner/api/v3/"
_USER_AGENT = "widget-gateway-client-python/0.1.0"

Parameters = Mapping[str, Any]


class Connection(Generic[H]):
    """A gateway, a key, and the rules of patience."""

    def __init__(
        self, address: str, key: str, http: Optional[H], made: type[H], rules: Rules
    ) -> None:
        self._address = checked_address(address)
        self._key = SecretKey(key)
        self._rules = rules
        self._owns_http = http is None
        self._http: H = made() if http is None else http

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._address}>"

    @property
    def sandbox(self) -> bool:
        """Whether the key is one of the sandbox, where nothing is counted or invoiced."""
        return self._key.sandbox

    def _sending(
        self, call: str, parameters: Parameters, idempotency_key: Optional[str], *, writes: bool
    ) -> Sending:
        given = {name: value for name, value in parameters.items() if value is not None}
        body = json.dumps(encode(given), ensure_ascii=False, allow_nan=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",  # A small answer can't become a large one.
            "User-Agent": _USER_AGENT,
        }
        if idempotency_key is not None:
            headers["Idempotency-Key"] = checked_idempotency_key(idempotency_key)
        elif writes:
            headers["Idempotency-Key"] = uuid.uuid4().hex
        return Sending(f"{self._address}{_PATH}{call}", body, headers)

    def _request_of(self, sending: Sending) -> httpx.Request:
        return self._http.build_request(
            "POST",
            sending.url,
            content=sending.body,
            headers=dict(sending.headers),
            timeout=self._rules.timeout,
        )

    def _value(self, kind: type[T], call: str, received: Received) -> T:
        """What the call answers with; its exceptions are those of `value_of`."""
        try:
            return value_of(kind, call, received)
        except WidgetGatewayError as error:
            raise self._concealed(error) from None

    def _document(self, media_type: str, call: str, received: Received) -> File:
        """The file that the call answers with; its exceptions are those of `file_of`."""
        try:
            return file_of(media_type, call, received)
        except WidgetGatewayError as error:
            raise self._concealed(error) from None

    def _concealed(self, error: WidgetGatewayError) -> WidgetGatewayError:
        """The exception without the key, in case that the answer repeats it."""
        for name, value in vars(error).items():
            if isinstance(value, str):
                setattr(error, name, self._key.hide(value))
        error.args = (error.message,)
        return error


class Arriving:
    """The body of an answer while it arrives, within a limit and a time."""

    def __init__(self, call: str, rules: Rules) -> None:
        self._call = call
        self._limit = rules.answer_limit
        self._deadline = time.monotonic() + rules.timeout
        self._body = bytearray()

    def add(self, piece: bytes, status: int) -> None:
        """Keep a piece.

        Raises:
            AnswerError: the answer is too large.
            httpx.ReadTimeout: it takes too long in all.
        """
        self._body += piece
        if len(self._body) > self._limit:
            told = f"The answer to {self._call} is larger than {self._limit} bytes"
            raise AnswerError(told, code=status)
        if time.monotonic() > self._deadline:
            raise httpx.ReadTimeout("The answer takes too long.")

    def received(self, response: httpx.Response) -> Received:
        """The whole answer."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Received(response.status_code, headers, bytes(self._body))


def lost_by(error: httpx.TransportError) -> Lost:
    """Why no answer came. The exception is not told, since it names its request."""
    if isinstance(error, httpx.TimeoutException):
        return Lost("it timed out")
    return Lost(f"the connection failed ({type(error).__name__})")


def next_cursor(call: str, before: Optional[str], following: Optional[str]) -> Optional[str]:
    """The `after` of the next page; None after the last one.

    Raises:
        AnswerError: the page leads to itself.
    """
    if following is not None and following == before:
        raise AnswerError(f"A page of {call} leads to itself", code=200)
    return following
