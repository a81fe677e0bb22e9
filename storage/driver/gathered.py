"""Reads of single documents that many ask for at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from storage.driver.calls import for_all, patient, remaining
from storage.driver.waits import VISITOR_WAIT_S
from widget_gateway.domain.errors import StorageUnavailableError

Key = TypeVar("Key", bound=object)
Value = TypeVar("Value")


class GatheredReads(Generic[Key, Value]):
    """While one read is in flight, those that are asked for meanwhile gather for the next.

    Nothing is kept: what a caller gets was read after the call. `read` is told the keys, and
    returns what it found by key.
    """

    def __init__(
        self, read: Callable[[list[Key]], Awaitable[Mapping[Key, Value]]], wait_s: float
    ) -> None:
        self._read = read
        self._wait_s = wait_s
        self._next: dict[Key, asyncio.Future[Value | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """What is stored under the key, or None.

        Raises:
            StorageUnavailableError: it could not be read within `wait_s` seconds. What `read`
                raises passes too.
        """
        found = self._next.get(key)
        if found is None:
            found = self._next[key] = asyncio.get_running_loop().create_future()
        if self._reading is None:
            self._reading = for_all(self._read_on())
        try:
            async with asyncio.timeout(remaining(self._wait_s)):
                return await asyncio.shield(found)
        except TimeoutError:
            raise StorageUnavailableError from None

    async def _read_on(self) -> None:
        try:
            while self._next:
                wanted, self._next = self._next, {}
                try:
                    with patient(VISITOR_WAIT_S):  # each caller has a shorter wait of its own
                        values = await self._read(list(wanted))
                except Exception as fault:  # noqa: BLE001 - it belongs to those who ask
                    for found in wanted.values():
                        found.set_exception(fault)
                        found.exception()  # nobody may be left to hear of it
                else:
                    for key, found in wanted.items():
                        found.set_result(values.get(key))
        finally:
            self._reading = None
