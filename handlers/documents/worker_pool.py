"""Documents for people: HTML by Jinja, PDF of it by WeasyPrint; the long ones in other processes.

A PDF takes up to seconds of pure Python: in a thread it would hold up every channel of the process.
And where no font is installed Pango crashes: then that process does, not the gateway. It is started
by the first document, so that a gateway which makes none pays none.
"""

import asyncio
import sys
from asyncio import IncompleteReadError
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress

from jinja2 import Environment, PackageLoader, StrictUndefined

from handlers.documents.worker import HEAD, SIZE
from widget_gateway.domain.errors import BusyError, RenderingError

MAX_SECONDS = 60.0
"""For one document. The longest we make take three; one that takes so long never ends."""

_TRIES = 2
"""A worker may have been killed by what has nothing to do with the document."""


def make_environment() -> Environment:
    """Templates of this package: escaped by default, and a missing name is an error."""
    return Environment(
        loader=PackageLoader("handlers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Workshop:
    """Has a worker process make documents, one after the other."""

    product = "document"
    module: str
    """The worker: a module that calls `work` in handlers/documents/worker.py."""

    max_waiting = 20
    """More are refused."""

    most_made = 10_000
    """By one worker: then it is replaced, so that what it may leak stays small."""

    def __init__(self) -> None:
        self._worker: Process | None = None
        self._made = 0
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def make(self, prepare: Callable[[], bytes]) -> bytes:
        """What the worker makes of a request. A worker that died is replaced once.

        The request is prepared when its turn has come: what many ask for at once does not hold up
        the loop at once.

        Raises:
            BusyError: many are waiting already.
            RenderingError: it can't be made; the message, which is for the operator, says why.
        """
        if self._waiting >= self.max_waiting:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turn:
                return await self._make(prepare())
        finally:
            self._waiting -= 1

    async def _make(self, request: bytes) -> bytes:
        for _ in range(_TRIES):
            with suppress(ConnectionError, IncompleteReadError):
                return await self._ask(request)
        raise self._failed("the program that makes it died, as it does where no font is installed.")

    def _failed(self, why: str) -> RenderingError:
        return RenderingError(self.product, why)

    async def _ask(self, request: bytes) -> bytes:
        """Have the worker make it; one that did not come to an answer is ended."""
        if self._worker is None or self._worker.returncode is not None:
            await self.close()
            self._worker = await _start(self.module)
        answered = False
        try:
            async with asyncio.timeout(MAX_SECONDS):
                made, body = await _exchange(self._worker, request)
            answered = True
        except TimeoutError:
            raise self._failed(f"it took more than {MAX_SECONDS:.0f} seconds.") from None
        finally:
            self._made += 1
            if not answered or self._made >= self.most_made:
                await self.close()
        if not made:
            raise self._failed(body.decode())
        return body

    async def close(self) -> None:
        """End the worker; the next PDF starts another."""
        worker, self._worker, self._made = self._worker, None, 0
        if worker is None:
            return
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()


class PdfRenderer(Workshop):
    """Turns self-contained HTML into PDF with embedded fonts.

    The last of `max_waiting` waits for forty seconds already, if all are long.
    """

    product = "PDF"
    module = "handlers.documents.pdf_worker"
    most_made = 200
    """It grows by about 0.4 MB a document."""

    async def render(self, html: str) -> bytes:
        """The PDF; raises as `make` does."""
        return await self.make(html.encode)


async def _start(module: str) -> Process:
    # In a session of its own: Ctrl-C is for the gateway, which ends its worker.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
    )


async def _exchange(worker: Process, request: bytes) -> tuple[bool, bytes]:
    """Whether it could be made, and the document, or why not."""
    to_worker, from_worker = worker.stdin, worker.stdout
    assert to_worker is not None  # noqa: S101 - they are pipes, as asked above
    assert from_worker is not None  # noqa: S101
    to_worker.write(SIZE.pack(len(request)) + request)
    await to_worker.drain()
    head = await from_worker.readexactly(HEAD.size)
    made, size = HEAD.unpack(head)
    return made, await from_worker.readexactly(size)
