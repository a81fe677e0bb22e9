"""Reads of single documents, gathered when many are asked for at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from storage.driver.calls import for_all, patient, remaining
from storage.driver.waits import VISITOR_WAIT_S
from widget_gateway.domain.errors import StorageUnavailableError

Key = TypeVar("Key", bound=object)
Value = TypeVar("Value")


class GatheredReads(Generic[Key, Value]):
    """Reads values by key. While a read is in flight, the keys that are asked for join the next.

    Nothing is kept: a caller gets what was read after the call. `read` gets the keys, and returns
    the values that it found by key.
    """

    def __init__(
        self, read: Callable[[list[Key]], Awaitable[Mapping[Key, Value]]], wait_s: float
    ) -> None:
        self._read = read
        self._wait_s = wait_s
        self._next: dict[Key, asyncio.Future[Value | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """Return what is stored under the key, or None.

        Raises:
            StorageUnavailableError: it could not be read within `wait_s` seconds.
            Exception: whatever `read` raised.
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
                    with patient(VISITOR_WAIT_S):  # Each caller has a wait of its own.
                        values = await self._read(list(wanted))
                except Exception as error:  # noqa: BLE001 - the callers get it
                    for found in wanted.values():
                        found.set_exception(error)
                        found.exception()  # No warning where no caller is left to get it.
                else:
                    for key, found in wanted.items():
                        found.set_result(values.get(key))
        finally:
            self._reading = None
