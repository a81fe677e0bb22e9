"""The loop of a worker process: requests come from standard input, answers go to standard output.

WorkerPool (handlers/documents/worker_pool.py) starts it. It ends when its input ends, which also
happens when the gateway is killed.
"""

import os
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

SIZE = struct.Struct(">Q")
"""Length prefix of a request, in bytes."""

HEAD = struct.Struct(">?Q")
"""Prefix of an answer: whether the document was made, and the length in bytes of what follows, the
document or the text of an error."""

NICENESS = 10
"""The niceness of workers, by which the gateway itself gets the processor first."""


def work(make: Callable[[bytes], bytes]) -> None:
    """Answer requests one after another, until standard input ends."""
    os.nice(NICENESS)
    # Standard output becomes standard error, so that prints of libraries can't get into answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, KeyboardInterrupt):  # nobody waits for the answer any more
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
