"""A widget channel's client. It shares no code with the gateway and sends any frame."""

import asyncio
import json
from typing import Any, Self

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.support.waiting import PATIENCE_S

SUBPROTOCOL = "widget-gateway.v1"
Message = dict[str, Any]


class ChannelClient:
    """One connection; it remembers the attempt's identity, so that another one can resume it."""

    path = "/ws/v1/widget"

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.session: Message = {}

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        origin: str | None,
        subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
        **options: Any,
    ) -> Self:
        """Connect to the gateway at an `http://` URL; without an `origin` as no browser does."""
        socket = await connect(
            url.replace("http", "ws", 1) + cls.path,
            additional_headers={"Origin": origin} if origin else {},
            subprotocols=[Subprotocol(subprotocol) for subprotocol in subprotocols] or None,
            compression=None,
            ping_interval=None,
            proxy=None,
            **options,
        )
        return cls(socket)

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a message of this type."""
        await self.send_raw(json.dumps({"type": kind, **fields}))

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        await self.socket.send(frame)

    async def receive(self) -> Message:
        """Return the next message; fail when the connection is closed instead."""
        frame = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
        assert isinstance(frame, str)
        message = json.loads(frame)
        assert isinstance(message, dict)
        return message

    async def expect(self, kind: str) -> Message:
        """Return the next message, which has to be of this type."""
        message = await self.receive()
        assert message["type"] == kind, message
        return message

    async def open(self, provider: str = "college", **fields: Any) -> Message:
        """Begin or resume an attempt; return the `session` message."""
        await self.send("open", provider=provider, **fields)
        message = await self.expect("session")
        self.session = self.session | message
        return message

    async def answer(self, seq: int, question: str, *value: str) -> None:
        """Send an answer; without a value the question is skipped."""
        await self.send("answer", seq=seq, question=question, value=list(value))

    async def answer_all(self, questions: list[Message], *, seq: int = 0) -> int:
        """Answer each question with its first option; return the last seq when all are stored."""
        for number, question in enumerate(questions, start=seq + 1):
            await self.answer(number, question["id"], question["options"][0]["value"])
        for number in range(seq + 1, seq + len(questions) + 1):
            assert await self.receive() == {"type": "ack", "seq": number}
        return seq + len(questions)

    async def refused(self, code: str) -> Message:
        """Return the next message, which has to be an error that leaves the connection open."""
        error = await self.expect("error")
        assert (error["code"], error["fatal"]) == (code, False), error
        assert error["message"]
        return error

    async def closed(self, *, after_error: str | None = None) -> int:
        """Return the close code; nothing may come before it but this fatal error."""
        if after_error is not None:
            error = await self.expect("error")
            assert (error["code"], error["fatal"]) == (after_error, True), error
        with pytest.raises(ConnectionClosed) as end:
            await self.receive()
        assert end.value.rcvd is not None, "the connection broke without a close code"
        return end.value.rcvd.code

    async def read_to_the_end(self) -> tuple[list[Message], int | None]:
        """Return all messages up to the close, and its code, or None if the connection broke."""
        messages: list[Message] = []
        try:
            while True:
                messages.append(await self.receive())
        except ConnectionClosed as end:
            return messages, end.rcvd and end.rcvd.code

    async def is_quiet(self, seconds: float = 0.2) -> bool:
        """Whether no message comes for so long; a slow machine can't make it False."""
        try:
            await asyncio.wait_for(self.socket.recv(), seconds)
        except TimeoutError:
            return True
        return False

    @property
    def identity(self) -> dict[str, str]:
        """The fields of an `open` that resumes the attempt."""
        return {key: self.session[key] for key in ("session", "resume_token")}

    async def leave(self) -> None:
        """Close the connection as a page does that is closed."""
        await self.socket.close()
