"""Waits for what nobody announces: a condition is looked at again and again until it holds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable

PATIENCE_S = 60.0
"""How long a test waits for what should come at once, in seconds: a minute, so that a slow machine
is no fault. A test that passes never waits so long."""

LOOK_S = 0.01
"""The pause between two looks at a condition, in seconds."""


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look until the condition holds; TimeoutError if it does not within `PATIENCE_S`."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            holds = condition()
            if await holds if isawaitable(holds) else holds:
                return
            await asyncio.sleep(LOOK_S)


def wait_for(condition: Callable[[], bool]) -> None:
    """`until` for tests without an event loop."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(LOOK_S)
