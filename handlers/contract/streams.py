"""JSON documents that are sent while they are made, so that their length costs no memory."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import msgspec

PIECE_BYTES = 32 * 2**10
"""Bytes that are gathered before they are sent, so that small items don't go one by one."""


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """A JSON answer in pieces."""

    pieces: AsyncIterator[bytes]


async def json_object(
    head: msgspec.Struct, lists: Mapping[str, AsyncIterator[msgspec.Struct]]
) -> AsyncIterator[bytes]:
    """Yield a JSON object: the members of `head`, and after them each list under its name."""
    pending = bytearray(msgspec.json.encode(head)[:-1])
    for name, items in lists.items():
        pending += b"," if pending != b"{" else b""
        pending += msgspec.json.encode(name) + b":["
        comma = b""
        async for item in items:
            pending += comma + msgspec.json.encode(item)
            comma = b","
            if len(pending) >= PIECE_BYTES:
                yield bytes(pending)
                pending.clear()
        pending += b"]"
    yield bytes(pending + b"}")
