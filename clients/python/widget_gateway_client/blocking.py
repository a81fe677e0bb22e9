"""A connection to the gateway whose calls block. The generated `Client` has a method a call."""

import time
from collections.abc import Iterator
from typing import Any, Optional, TypeVar

import httpx

from widget_gateway_client.connections import (
    Arriving,
    Connection,
    Parameters,
    lost_by,
    next_cursor,
)
from widget_gateway_client.exchange import Outcome, Pause, Rules, Sending, conversation
from widget_gateway_client.reading import File, Received

T = TypeVar("T")
Self = TypeVar("Self", bound="BlockingConnection")


class BlockingConnection(Connection[httpx.Client]):
    """Drives conversations by httpx. Threads may share it."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        rules: Rules = Rules(),  # noqa: B008 - it can't be changed
        http: Optional[httpx.Client] = None,
    ) -> None:
        """Make no connection yet. A client of httpx that you give stays yours to close."""
        super().__init__(address, key, http, httpx.Client, rules)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the gateway."""
        if self._owns_http:
            self._http.close()

    def _call(
        self,
        kind: type[T],
        call: str,
        parameters: Parameters,
        idempotency_key: Optional[str] = None,
        *,
        writes: bool = False,
    ) -> T:
        sending = self._sending(call, parameters, idempotency_key, writes=writes)
        return self._value(kind, call, self._answer(call, sending))

    def _file(self, media_type: str, call: str, parameters: Parameters) -> File:
        sending = self._sending(call, parameters, None, writes=False)
        return self._document(media_type, call, self._answer(call, sending))

    def _all(self, kind: Any, call: str, items: str, parameters: Parameters) -> Iterator[Any]:
        after = None
        while True:
            page = self._call(kind, call, {**parameters, "after": after})
            yield from getattr(page, items)
            after = next_cursor(call, after, page.next)
            if after is None:
                return

    def _answer(self, call: str, sending: Sending) -> Received:
        steps = conversation(call, sending, self._rules)
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                received: Received = end.value
                return received
            outcome = None
            if isinstance(step, Pause):
                time.sleep(step.seconds)
            else:
                outcome = self._try(call, step)

    def _try(self, call: str, sending: Sending) -> Outcome:
        arriving, request = Arriving(call, self._rules), self._request_of(sending)
        try:
            response = self._http.send(request, stream=True, auth=self._key, follow_redirects=False)
            try:
                for piece in response.iter_raw():
                    arriving.add(piece, response.status_code)
            finally:
                response.close()
        except httpx.TransportError as error:
            return lost_by(error)
        return arriving.received(response)
