"""A connection to the gateway for asyncio. The generated `AsyncClient` has a method a call."""

import asyncio
from collections.abc import AsyncIterator
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
Self = TypeVar("Self", bound="AsyncConnection")


class AsyncConnection(Connection[httpx.AsyncClient]):
    """Drives conversations by httpx on an event loop."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        rules: Rules = Rules(),  # noqa: B008 - it can't be changed
        http: Optional[httpx.AsyncClient] = None,
    ) -> None:
        """Make no connection yet. A client of httpx that you give stays yours to close."""
        super().__init__(address, key, http, httpx.AsyncClient, rules)

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the gateway."""
        if self._owns_http:
            await self._http.aclose()

    async def _call(
        self,
        kind: type[T],
        call: str,
        parameters: Parameters,
        idempotency_key: Optional[str] = None,
        *,
        writes: bool = False,
    ) -> T:
        sending = self._sending(call, parameters, idempotency_key, writes=writes)
        return self._value(kind, call, await self._answer(call, sending))

    async def _file(self, media_type: str, call: str, parameters: Parameters) -> File:
        sending = self._sending(call, parameters, None, writes=False)
        return self._document(media_type, call, await self._answer(call, sending))

    async def _all(
        self, kind: Any, call: str, items: str, parameters: Parameters
    ) -> AsyncIterator[Any]:
        after = None
        while True:
            page = await self._call(kind, call, {**parameters, "after": after})
            for item in getattr(page, items):
                yield item
            after = next_cursor(call, after, page.next)
            if after is None:
                return

    async def _answer(self, call: str, sending: Sending) -> Received:
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
                await asyncio.sleep(step.seconds)
            else:
                outcome = await self._try(call, step)

    async def _try(self, call: str, sending: Sending) -> Outcome:
        arriving, request = Arriving(call, self._rules), self._request_of(sending)
        try:
            response = await self._http.send(
                request, stream=True, auth=self._key, follow_redirects=False
            )
            try:
                async for piece in response.aiter_raw():
                    arriving.add(piece, response.status_code)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            return lost_by(error)
        return arriving.received(response)
