"""Documents for people: Jinja makes HTML, WeasyPrint makes PDFs of it, in worker processes.

A PDF takes up to seconds of pure Python, which in a thread would hold up all channels of the
gateway. Where no font is installed, Pango crashes its process, which must not be the gateway's. The
first document starts a worker, so a gateway that makes none has no cost.
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
"""Seconds for one document. The longest take three; one that takes this long would never end."""

_TRIES = 2
"""How often a document is tried if the worker dies, since its death may have another cause."""


def make_environment() -> Environment:
    """The environment of this package's templates. It escapes HTML; a missing name is an error."""
    return Environment(
        loader=PackageLoader("handlers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class WorkerProcess:
    """Makes documents one after another, in a worker process."""

    product = "document"
    module: str
    """The module of the worker process, which calls `work` of handlers/documents/worker.py."""

    max_waiting = 20
    """The most documents that may wait; more are refused."""

    most_made = 10_000
    """The most documents that a worker makes. Then it is replaced, in case it leaks memory."""

    def __init__(self) -> None:
        self._worker: Process | None = None
        self._made = 0
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def make(self, prepare: Callable[[], bytes]) -> bytes:
        """The document that the worker makes of a request. A worker that died is replaced once.

        The request is prepared when its turn has come, so that many at once do not hold up the
        event loop.

        Raises:
            BusyError: too many are waiting already.
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
        """Have the worker make the document. A worker that has not answered is ended."""
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
        """End the worker. The next document starts another."""
        worker, self._worker, self._made = self._worker, None, 0
        if worker is None:
            return
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()


class PdfRenderer(WorkerProcess):
    """Turns self-contained HTML into PDF with embedded fonts.

    If all documents are long, the last of `max_waiting` waits for forty seconds.
    """

    product = "PDF"
    module = "handlers.documents.pdf_worker"
    most_made = 200
    """A worker grows by about 0.4 MB with each document."""

    async def render(self, html: str) -> bytes:
        """The PDF of a page. It raises what `make` raises."""
        return await self.make(html.encode)


async def _start(module: str) -> Process:
    # In a process session of its own, so that Ctrl-C reaches the gateway only, which ends it.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
    )


async def _exchange(worker: Process, request: bytes) -> tuple[bool, bytes]:
    """Whether the document was made, and the document or the text of the error."""
    to_worker, from_worker = worker.stdin, worker.stdout
    assert to_worker is not None  # noqa: S101 - `_start` made them pipes
    assert from_worker is not None  # noqa: S101
    to_worker.write(SIZE.pack(len(request)) + request)
    await to_worker.drain()
    head = await from_worker.readexactly(HEAD.size)
    made, size = HEAD.unpack(head)
    return made, await from_worker.readexactly(size)
