"""Waiting for what comes when it does, and tells nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look until the condition holds; a test that waits in vain runs into its own time limit."""
    while True:
        holds = condition()
        if await holds if isawaitable(holds) else holds:
            return
        await asyncio.sleep(0.01)
