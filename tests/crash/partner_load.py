"""Partners' servers that call both gateways during faults and record each outcome."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.fixtures import WORK_VALUES

CALLER_PATIENCE_S = 60.0
"""How long a call may take, in seconds, before it counts as one that hangs."""

REPEAT_PAUSE_S = 0.5
"""The longest pause before a failed call is made again, in seconds."""

BETWEEN_USERS_S = 0.2

OK, FIRST_FAULT, UNAVAILABLE = 200, 500, 503


@dataclass
class Call:
    """A call and its outcome; `status` is None if the connection broke, as by a kill."""

    path: str
    parameters: dict[str, Any]
    began: float
    seconds: float
    status: int | None
    body: Any = field(repr=False, default=None)


class PartnerLoad:
    """Registers users and all that follows from that, again and again until `stop` is set.

    Each call is repeated until it succeeds, at both gateways by turns. `sessions` returns the
    attempts whose payment may be confirmed.
    """

    def __init__(
        self,
        urls: Sequence[str],
        client_key: str,
        sessions: Callable[[], list[str]],
        chance: random.Random,
    ) -> None:
        self.calls: list[Call] = []
        self._urls = urls
        self._key = client_key
        self._sessions = sessions
        self._chance = chance
        self._users = 0

    async def run(self, stop: asyncio.Event, servers: int) -> None:
        """Run so many servers at once."""
        patience = aiohttp.ClientTimeout(total=CALLER_PATIENCE_S)
        async with aiohttp.ClientSession(timeout=patience) as session, asyncio.TaskGroup() as tasks:
            for _ in range(servers):
                tasks.create_task(self._serve(session, stop))

    async def _serve(self, session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._users += 1
            user = {"user_id": f"user-{self._users}"}
            test = {"test": "work-values"}
            await self._call(session, "user/register", user)
            await self._call(session, "access/token", user | test)
            saved = await self._call(session, "progress/save", test | {"progress": WORK_VALUES})
            await self._call(session, "result/attach", user | {"result_key": saved["result_key"]})
            if attempts := self._sessions():
                payment = {"session": self._chance.choice(attempts), "payment_id": user["user_id"]}
                await self._call(session, "payment/confirm", payment)
            await asyncio.sleep(self._chance.uniform(0, BETWEEN_USERS_S))

    async def _call(
        self, session: aiohttp.ClientSession, path: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        while True:
            url = self._urls[len(self.calls) % len(self._urls)]
            call = Call(path, parameters, time.monotonic(), 0.0, None)
            self.calls.append(call)
            with suppress(OSError, aiohttp.ClientError, TimeoutError):
                body = {"client_key": self._key} | parameters
                async with session.post(f"{url}/partner/api/v3/{path}", json=body) as answer:
                    call.body = await answer.json()
                    call.status = answer.status
            call.seconds = time.monotonic() - call.began
            if call.status == OK:
                return dict(call.body)
            assert call.status is None or call.status >= FIRST_FAULT, (call, call.body)
            await asyncio.sleep(self._chance.uniform(0, REPEAT_PAUSE_S))
