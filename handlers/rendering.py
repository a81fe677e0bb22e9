"""HTML by Jinja, PDF of that HTML by WeasyPrint, in a process of its own.

A PDF takes up to seconds of pure Python: in a thread it would hold up every channel of the process.
And where no font is installed Pango crashes: then that process does, not the gateway. It is started
by the first PDF, so that a gateway which makes none pays none.
"""

import asyncio
import sys
from asyncio import IncompleteReadError
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

from jinja2 import Environment, PackageLoader, StrictUndefined

from handlers import typesetter
from widget_gateway.domain.errors import BusyError, PdfError

DOCUMENTS_A_WORKER = 200
"""Then it is replaced: it grows by about 0.4 MB a document."""

MAX_WAITING = 20
"""More are refused: the last one waits for forty seconds already, if all are long."""

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


class PdfRenderer:
    """Turns self-contained HTML into PDF with embedded fonts, one document after the other."""

    def __init__(self) -> None:
        self._worker: Process | None = None
        self._made = 0
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def render(self, html: str) -> bytes:
        """The PDF. A worker that died is replaced once.

        Raises:
            BusyError: many are waiting already.
            PdfError: it can't be made; the message, which is for the operator, says why.
        """
        if self._waiting >= MAX_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turn:
                return await self._make(html)
        finally:
            self._waiting -= 1

    async def _make(self, html: str) -> bytes:
        for _ in range(_TRIES):
            with suppress(ConnectionError, IncompleteReadError):
                return await self._ask(html)
        raise PdfError("the program that makes it died, as it does where no font is installed.")

    async def _ask(self, html: str) -> bytes:
        """Have the worker make it; one that did not come to an answer is ended."""
        if self._worker is None or self._worker.returncode is not None:
            await self.close()
            self._worker = await _start()
        answered = False
        try:
            async with asyncio.timeout(MAX_SECONDS):
                made, body = await _exchange(self._worker, html.encode())
            answered = True
        except TimeoutError:
            raise PdfError(f"it took more than {MAX_SECONDS:.0f} seconds.") from None
        finally:
            self._made += 1
            if not answered or self._made >= DOCUMENTS_A_WORKER:
                await self.close()
        if not made:
            raise PdfError(body.decode())
        return body

    async def close(self) -> None:
        """End the worker; the next PDF starts another."""
        worker, self._worker, self._made = self._worker, None, 0
        if worker is None:
            return
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()


async def _start() -> Process:
    # In a session of its own: Ctrl-C is for the gateway, which ends its worker.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", typesetter.__name__),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
    )


async def _exchange(worker: Process, document: bytes) -> tuple[bool, bytes]:
    """Whether it could be made, and the PDF, or why not."""
    to_worker, from_worker = worker.stdin, worker.stdout
    assert to_worker is not None  # noqa: S101 - they are pipes, as asked above
    assert from_worker is not None  # noqa: S101
    to_worker.write(typesetter.SIZE.pack(len(document)) + document)
    await to_worker.drain()
    head = await from_worker.readexactly(typesetter.HEAD.size)
    made, size = typesetter.HEAD.unpack(head)
    return made, await from_worker.readexactly(size)
