"""Documents for people: Jinja makes HTML, WeasyPrint makes PDFs of it, in worker processes.

A PDF takes up to seconds of pure Python, which in a thread would hold up all channels of the
gateway. Where no font is installed, Pango crashes its process, which must not be the gateway's. The
first document starts a worker, so a gateway that makes none has no cost.
"""

import asyncio
import sys
from asyncio import IncompleteReadError
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Hashable
from contextlib import suppress

from jinja2 import Environment, PackageLoader, StrictUndefined

from handlers.documents.worker import HEAD, SIZE
from widget_gateway.domain.errors import RenderingError
from widget_gateway.services.fair_turns import FairTurns

MAX_SECONDS = 60.0
"""Seconds for one document. The longest take three; one that takes this long would never end."""

WORKERS = 2
"""The most processes of a pool. The second one serves other parties while the first is busy with a
long document. A worker that makes PDFs takes about 100 MB."""

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


class WorkerPool:
    """Makes documents in worker processes. Parties get their turns one after another.

    A party has one document made at a time. The second worker is started when two parties need
    documents at once: then a party need not wait until a long document of another one is made.
    """

    product = "document"
    module: str
    """The module of the worker processes, which calls `work` of handlers/documents/worker.py."""

    places = 40
    """The most documents that may wait or be made, half of them for the same party; more are
    refused."""

    most_made = 10_000
    """The most documents that a worker makes. Then it is replaced, in case it leaks memory."""

    def __init__(self) -> None:
        self.turns = FairTurns(at_once=WORKERS, of_party=1, places=self.places)
        self._idle = [_Worker(self.module) for _ in range(WORKERS)]
        self._workers = tuple(self._idle)

    async def make(self, prepare: Callable[[], bytes], party: Hashable) -> bytes:
        """The document that a worker makes of a request. A worker that died is replaced once.

        The request is prepared when its turn has come, so that many at once do not hold up the
        event loop.

        Raises:
            BusyError: too many of the party are waiting already.
            RenderingError: it can't be made; the message, which is for the operator, says why.
        """
        with self.turns.place(party):
            async with self.turns.turn(party):
                worker = self._idle.pop()
                try:
                    return await self._make(worker, prepare())
                finally:
                    self._idle.append(worker)

    async def _make(self, worker: "_Worker", request: bytes) -> bytes:
        for _ in range(_TRIES):
            with suppress(ConnectionError, IncompleteReadError):
                return await self._ask(worker, request)
        raise self._failed("the program that makes it died, as it does where no font is installed.")

    async def _ask(self, worker: "_Worker", request: bytes) -> bytes:
        try:
            made, body = await worker.ask(request, self.most_made)
        except TimeoutError:
            raise self._failed(f"it took more than {MAX_SECONDS:.0f} seconds.") from None
        if not made:
            raise self._failed(body.decode())
        return body

    def _failed(self, why: str) -> RenderingError:
        return RenderingError(self.product, why)

    async def close(self) -> None:
        """End the workers. The next document starts another."""
        for worker in self._workers:
            await worker.close()


class _Worker:
    """A worker process, which is started when it is needed, and replaced when it is spent."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: Process | None = None
        self._made = 0

    async def ask(self, request: bytes, most_made: int) -> tuple[bool, bytes]:
        """Whether the document was made, and the document or the text of the error.

        A process that has not answered is ended.

        Raises:
            TimeoutError: it took more than MAX_SECONDS.
            ConnectionError, IncompleteReadError: the process died.
        """
        if self._process is None or self._process.returncode is not None:
            await self.close()
            self._process = await _start(self._module)
        has_answered = False
        try:
            async with asyncio.timeout(MAX_SECONDS):
                answer = await _exchange(self._process, request)
            has_answered = True
        finally:
            self._made += 1
            if not has_answered or self._made >= most_made:
                await self.close()
        return answer

    async def close(self) -> None:
        """End the process."""
        process, self._process, self._made = self._process, None, 0
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.communicate()


class PdfRenderer(WorkerPool):
    """Turns self-contained HTML into PDF with embedded fonts.

    If all documents of a party are long, the last of its places waits for forty seconds.
    """

    product = "PDF"
    module = "handlers.documents.pdf_worker"
    most_made = 200
    """A worker grows by about 0.4 MB with each document."""

    async def render(self, html: str, party: Hashable) -> bytes:
        """The PDF of a page. It raises what `make` raises."""
        return await self.make(html.encode, party)


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
