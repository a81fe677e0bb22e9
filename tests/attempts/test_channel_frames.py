"""The reading of frames, which handlers/channel/frames.py does in the place of Tornado."""

import asyncio
import os
from urllib.parse import urlsplit

import pytest
from tornado.iostream import IOStream

from handlers.channel.frames import text_frame

TEXT, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x0, 0x8, 0x9, 0xA
FINAL = 0x80

pytestmark = pytest.mark.gen_test

ASK = b'{"type":"ping"}'
REPLY = b'{"type":"pong"}'


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True) -> bytes:
    """Encode a client's frame, which has to be masked."""
    mask = os.urandom(4)
    length = len(payload)
    head = bytes([opcode | (FINAL if final else 0)])
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 2**16:
        head += bytes([0x80 | 126]) + length.to_bytes(2)
    else:
        head += bytes([0x80 | 127]) + length.to_bytes(8)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class Wire:
    """A WebSocket connection whose bytes the test writes and reads itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def receive(self) -> tuple[int, bytes]:
        """Return opcode and payload of the next frame."""
        head = await self.reader.readexactly(2)
        assert head[0] & FINAL
        assert head[1] < 126, "these tests get short frames"
        return head[0] & 0xF, await self.reader.readexactly(head[1])


@pytest.fixture
def wire(io_loop, http_server, base_url):
    """A connection whose handshake is done."""
    assert http_server

    async def shake_hands():
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(base_url).port)
        writer.write(
            b"GET /ws/v1/widget HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        return Wire(reader, writer)

    async def leave():
        opened.writer.close()
        await opened.writer.wait_closed()

    opened = io_loop.run_sync(shake_hands)
    yield opened
    io_loop.run_sync(leave)


async def test_frames_that_arrive_byte_by_byte_are_read(wire):
    for byte in frame(ASK) + frame(ASK):
        wire.writer.write(bytes([byte]))
        await wire.writer.drain()
        # The pause lets the server read each byte by itself; the test holds if it does not.
        await asyncio.sleep(0.001)
    assert [await wire.receive() for _ in range(2)] == [(TEXT, REPLY)] * 2


async def test_a_chunk_that_ends_inside_the_next_frame_loses_nothing(wire):
    two = frame(ASK) + frame(ASK)
    for cut in range(1, len(two)):
        wire.writer.write(two[:cut])
        # The pause lets the server read the first chunk by itself; the test holds if it does not.
        await asyncio.sleep(0.001)
        wire.writer.write(two[cut:])
        assert [await wire.receive() for _ in range(2)] == [(TEXT, REPLY)] * 2


@pytest.mark.parametrize("length", [125, 126, 127, 2**16 - 1, 2**16])
async def test_frames_of_every_kind_of_length_are_read(wire, length):
    wire.writer.write(frame(ASK[:-1] + b" " * (length - len(ASK)) + b"}"))
    assert await wire.receive() == (TEXT, REPLY)


async def test_a_message_in_fragments_with_a_ping_between_them_is_one_message(wire):
    wire.writer.write(
        frame(ASK[:5], final=False)
        + frame(b"there?", PING)
        + frame(ASK[5:9], CONTINUATION, final=False)
        + frame(ASK[9:], CONTINUATION)
    )
    assert [await wire.receive() for _ in range(2)] == [(PONG, b"there?"), (TEXT, REPLY)]


async def test_a_close_is_answered_and_what_follows_it_is_not(wire):
    wire.writer.write(frame((1000).to_bytes(2), CLOSE) + frame(ASK))
    assert await wire.receive() == (CLOSE, (1000).to_bytes(2))
    assert await wire.reader.read() == b""


async def test_frames_that_arrive_together_take_one_read(wire, monkeypatch):
    """This fails with a version of Tornado that does not call the methods that we override."""
    reads = []
    read_bytes = IOStream.read_bytes

    def counted(stream, size, **options):
        reads.append(size)
        return read_bytes(stream, size, **options)

    monkeypatch.setattr(IOStream, "read_bytes", counted)
    wire.writer.write(frame(ASK) * 20)
    assert [await wire.receive() for _ in range(20)] == [(TEXT, REPLY)] * 20
    assert len(reads) < 20


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, "8100"),
        (125, "817d"),
        (126, "817e007e"),
        (2**16 - 1, "817effff"),
        (2**16, "817f0000000000010000"),
    ],
)
def test_a_server_frame_tells_its_length_as_the_standard_says(length, head):
    assert text_frame("x" * length) == bytes.fromhex(head) + b"x" * length


def test_a_server_frame_counts_bytes_and_not_characters():
    assert text_frame("я🙂") == b"\x81\x06" + "я🙂".encode()


@pytest.fixture
def _impatient(app):
    """Let the gateway wait only a fifth of a second for a pong."""
    app.settings["websocket_ping_interval"] = 0.2


@pytest.mark.usefixtures("_impatient")
async def test_a_peer_that_misses_a_ping_is_sent_away_by_a_code_at_which_it_comes_back(wire):
    assert await wire.receive() == (PING, b"")
    opcode, payload = await wire.receive()
    assert (opcode, int.from_bytes(payload[:2])) == (CLOSE, 1001)
