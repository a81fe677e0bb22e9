"""The steps of a call, at each of which a gateway is killed.

A step is a command that the call sends to the database; each side of it is a fault point.
"""

import asyncio
import itertools
import os
import random
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientError
from websockets.exceptions import WebSocketException

from tests.support.waiting import PATIENCE_S

AT_ONCE = 3
"""How many fault points are tried at the same time."""

PATIENCE = 600
"""How often a call is repeated, a tenth of a second apart, so that a minute passes at least. The
database of these tests frees the locks of a dead process after a second."""


@dataclass(frozen=True)
class Victim:
    """A gateway that kills itself at a step of a call."""

    url: str
    pid: int
    died: Path
    """A file that exists once it has died."""

    async def do(self, act: Awaitable[object]) -> None:
        """Make a call, during which it may die; then end it."""
        os.kill(self.pid, signal.SIGUSR1)
        with suppress(ClientError, WebSocketException, OSError, EOFError):
            await asyncio.wait_for(act, PATIENCE_S)
        self.end()

    def end(self) -> None:
        """Kill it, if it has not died."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


Fork = Callable[..., Awaitable[Victim]]
"""`await fork(step, after=after)` starts a gateway that dies before or after that step."""


def fault_points(chance: random.Random) -> Iterator[tuple[int, bool]]:
    """Yield steps of a call, and whether to die after the step or before it.

    They are every other step and one side of it, by chance, since a run has only minutes, and dying
    after a step is nearly the same as dying before the next. EVERY_FAULT_POINT=1 yields all.
    """
    if "EVERY_FAULT_POINT" in os.environ:
        yield from ((step, after) for step in itertools.count(1) for after in (False, True))
    for step in itertools.count(chance.choice((1, 2)), 2):
        yield step, chance.choice((False, True))


async def kill_everywhere(
    fork: Fork, chance: random.Random, story: Callable[[Victim], Awaitable[object]]
) -> int:
    """Run a story at each fault point until a gateway outlives it; return how many died."""

    async def try_point(step: int, *, after: bool) -> bool:
        victim = await fork(step, after=after)
        try:
            await story(victim)
        finally:
            victim.end()
        return victim.died.exists()

    total = 0
    points = fault_points(chance)
    while True:
        batch = list(itertools.islice(points, AT_ONCE))
        died = await asyncio.gather(*(try_point(step, after=after) for step, after in batch))
        total += sum(died)
        if not any(died):
            return total
