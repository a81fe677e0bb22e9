"""Long work in pieces, between which everybody else has the loop."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

LINES_A_PIECE = 250
"""Of a list or a table: about two milliseconds of work."""


async def in_turns(pieces: Iterable[T]) -> AsyncIterator[T]:
    """Take one piece after the other, each of which is made when it is asked for."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
