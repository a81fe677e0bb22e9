"""Waiting for what comes when it does, and tells nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

PATIENCE_S = 60.0
"""What a busy machine may take for anything that should come at once."""


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look until the condition holds; TimeoutError if it never does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            holds = condition()
            if await holds if isawaitable(holds) else holds:
                return
            await asyncio.sleep(0.01)
