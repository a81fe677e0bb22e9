"""The reading of frames, which handlers/channel/frames.py does in the place of Tornado."""

import asyncio
import contextlib
import os
import random
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
        length = head[1]
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2))
        return head[0] & 0xF, await self.reader.readexactly(length)


async def open_wire(base_url: str, channel: str = "widget") -> Wire:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(base_url).port)
    writer.write(
        f"GET /ws/v1/{channel} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    return Wire(reader, writer)


@pytest.fixture
def wire(io_loop, http_server, base_url):
    """A connection whose handshake is done."""
    assert http_server

    async def leave():
        opened.writer.close()
        with contextlib.suppress(ConnectionError):
            await opened.writer.wait_closed()

    opened = io_loop.run_sync(lambda: open_wire(base_url))
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


def bare(first: int, second: int, rest: bytes = b"") -> bytes:
    """A frame whose head is spelled out."""
    return bytes((first, second)) + rest


MASK = b"\0\0\0\0"

VIOLATIONS = {
    "a reserved bit": (bare(0xC1, 0x80, MASK), 1002),
    "another reserved bit": (bare(0x91, 0x80, MASK), 1002),
    "an unknown opcode": (frame(b"x", 0x3), 1002),
    "an unknown control opcode": (frame(b"x", 0xB), 1002),
    "no mask": (bare(0x81, 0x01, b"x"), 1002),
    "a control frame too long": (frame(b"x" * 126, PING), 1002),
    "a control frame in fragments": (frame(b"x", PING, final=False), 1002),
    "a continuation of nothing": (frame(b"x", CONTINUATION), 1002),
    "a new message inside another": (frame(b"x", final=False) + frame(b"y"), 1002),
    "text that is not UTF-8": (frame(b"\xff"), 1007),
    "half a surrogate": (frame(b'"\xed\xa0\x80"'), 1007),
    "text that is not UTF-8 in fragments": (
        frame(b"\xd0", final=False) + frame(b"\xd0", CONTINUATION),
        1007,
    ),
    "more than is ever read": (bare(0x81, 0xFF, (2**31).to_bytes(8) + MASK), 1009),
    "fragments that are too much together": (
        frame(b" " * 2**20, final=False) + frame(b" " * (2**20 + 1), CONTINUATION),
        1009,
    ),
    "a length of 64 bits": (bare(0x81, 0xFF, b"\xff" * 8 + MASK), 1009),
    "half a close code": (frame(b"\x03", CLOSE), 1002),
    "a close reason that is not UTF-8": (frame(b"\x03\xe8\xff", CLOSE), 1007),
}


@pytest.mark.parametrize(("sent", "code"), VIOLATIONS.values(), ids=VIOLATIONS)
async def test_who_breaks_the_rules_of_frames_is_told_by_the_code(wire, logs, sent, code):
    wire.writer.write(sent)
    opcode, payload = await wire.receive()
    assert (opcode, int.from_bytes(payload[:2])) == (CLOSE, code)
    with contextlib.suppress(ConnectionError, OSError):  # A close of the client ended all at once.
        wire.writer.write(frame(ASK) + frame(code.to_bytes(2), CLOSE))
        wire.writer.write_eof()
        assert await wire.reader.read() == b""
    assert not [one for one in logs if one["log_level"] == "error"]


@pytest.mark.parametrize("code", [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
async def test_a_close_code_that_nobody_may_send_is_answered_with_1002(wire, code):
    wire.writer.write(frame(code.to_bytes(2), CLOSE))
    assert await wire.receive() == (CLOSE, (1002).to_bytes(2))
    assert await wire.reader.read() == b""


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4000, 4999])
async def test_a_close_code_that_may_be_sent_is_echoed(wire, code):
    wire.writer.write(frame(code.to_bytes(2) + "до свидания".encode(), CLOSE))
    assert await wire.receive() == (CLOSE, code.to_bytes(2))


async def test_a_close_without_a_code_is_answered_without_one(wire):
    wire.writer.write(frame(b"", CLOSE))
    assert await wire.receive() == (CLOSE, b"")


def random_frame(choose: random.Random) -> bytes:
    """A frame that breaks some rules, or none."""
    payload = choose.choice(
        (ASK, b"", b"\xff", b"{}", b'{"type":"\\ud800"}', b"x" * 126, choose.randbytes(20))
    )
    sent = bytearray(frame(payload, choose.choice((TEXT, TEXT, 0, 2, CLOSE, PING, PONG, 3, 15))))
    for _ in range(choose.choice((0, 0, 1, 2))):
        sent[choose.randrange(min(len(sent), 8))] ^= 1 << choose.randrange(8)
    return bytes(sent) if choose.random() < 0.95 else choose.randbytes(choose.randrange(1, 200))


CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
"""What a close frame may have."""


@pytest.mark.slow
@pytest.mark.parametrize("channel", ["widget", "portal"])
async def test_random_frames_end_in_a_code_and_in_no_fault(base_url, http_server, logs, channel):
    assert http_server
    seed = int(os.environ.get("SEED") or random.randrange(2**32))
    print(f"SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    choose = random.Random(seed)
    codes = set()
    for _ in range(60):
        sent = b"".join(random_frame(choose) for _ in range(choose.randrange(1, 8)))
        wire = await open_wire(base_url, channel)
        wire.writer.write(sent + frame((1000).to_bytes(2), CLOSE))
        wire.writer.write_eof()
        opcode, payload = None, b""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while opcode != CLOSE:
                opcode, payload = await wire.receive()
                assert opcode in (TEXT, PONG, CLOSE), sent
        if opcode == CLOSE and payload:
            codes.add(int.from_bytes(payload[:2]))
        wire.writer.close()
        assert not [one for one in logs if one["log_level"] == "error"], sent
    assert codes <= CODES
    assert (1002 if channel == "widget" else 4301) in codes  # A portal wants a token first.
