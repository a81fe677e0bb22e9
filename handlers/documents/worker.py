"""The inside of a worker process: requests come by standard input, answers go by standard output.

A worker is started by Workshop (handlers/documents/worker_pool.py). It ends when its input ends, so
also when the gateway was killed.
"""

import os
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

SIZE = struct.Struct(">Q")
"""Before each request: its bytes."""

HEAD = struct.Struct(">?Q")
"""Before each answer: whether it was made, else the text of a fault follows; then its bytes."""

NICENESS = 10
"""Visitors who wait for the next question go before whoever waits for a document."""


def work(make: Callable[[bytes], bytes]) -> None:
    """Answer one request after the other until there are no more."""
    os.nice(NICENESS)
    # Whatever a library prints goes to the log, not between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, KeyboardInterrupt):  # nobody waits for it any more
        _answer_all(make, sys.stdin.buffer, answers)


def _answer_all(make: Callable[[bytes], bytes], requests: BinaryIO, answers: BinaryIO) -> None:
    while len(size := requests.read(SIZE.size)) == SIZE.size:
        request = requests.read(*SIZE.unpack(size))
        try:
            made, body = True, make(request)
        except Exception as error:  # noqa: BLE001 - told to the gateway, which logs it
            made, body = False, f"{type(error).__name__}: {error}".encode(errors="replace")
        answers.write(HEAD.pack(made, len(body)) + body)
        answers.flush()
