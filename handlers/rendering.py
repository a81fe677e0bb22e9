"""HTML by Jinja, PDF of that HTML by WeasyPrint, in a process of its own.

A PDF takes a good part of a second of pure Python: in a thread it would hold up every channel of
the process. The worker is started by the first PDF, so that a gateway which makes none pays none.
"""

import asyncio
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined

TASKS_A_WORKER = 200
"""Then it is replaced: font libraries keep what they have loaded."""


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
    """Turns self-contained HTML into PDF with embedded fonts."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, html: str) -> bytes:
        """The PDF. A worker that was killed is replaced once.

        Raises:
            BrokenProcessPool: the new one died too.
        """
        try:
            return await self._submit(html)
        except BrokenProcessPool:
            self.close()
            return await self._submit(html)

    async def _submit(self, html: str) -> bytes:
        if self._pool is None:
            # Spawned: a fork of a process with threads may inherit a lock that nobody releases.
            self._pool = ProcessPoolExecutor(
                max_workers=1,
                mp_context=get_context("spawn"),
                initializer=_ignore_interrupt,
                max_tasks_per_child=TASKS_A_WORKER,
            )
        return await asyncio.get_running_loop().run_in_executor(self._pool, pdf_of, html)

    def close(self) -> None:
        """Let the worker go; the next PDF starts another."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def pdf_of(html: str) -> bytes:
    """Typeset HTML here and now.

    Raises:
        OSError: Pango is not installed on this machine.
    """
    import weasyprint  # noqa: PLC0415 - half a second, and only who makes PDFs needs Pango

    document: bytes = weasyprint.HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
    return document


def _fetch_nothing(url: str, *_args: Any, **_named: Any) -> NoReturn:
    """What is typeset brings all it needs; nothing in it can make the gateway call anywhere."""
    raise ValueError(url)


def _ignore_interrupt() -> None:
    """Ctrl-C ends the gateway, which ends its worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
