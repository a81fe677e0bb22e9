"""Keeps the search index of this process current: loads it, and follows what others write.

Changes come in any order and more than once; the index goes by their versions. While a batch of
them is being written the next one gathers, so that thousands cost little more than one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from storage.qua.search_documents import SearchDocumentChanges, SearchDocumentStore
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.qua.search import SearchChange
from widget_gateway.services.search.index import SearchIndex

_log = structlog.get_logger(__name__)

LOAD_PATIENCE_S = 5.0
"""How long a search waits for the index to be loaded; only large ones take longer."""


class SearchFeed:
    """The one writer of the index."""

    def __init__(
        self, index: SearchIndex, documents: SearchDocumentStore, changes: SearchDocumentChanges
    ) -> None:
        self._index = index
        self._documents = documents
        self._changes = changes
        self._thread = ThreadPoolExecutor(1, "search-writer")
        self._writing = asyncio.Lock()
        self._waiting: list[SearchChange] = []
        self._came = asyncio.Event()
        self._loaded = asyncio.Event()
        self._seen: set[str] | None = None
        """While all documents are read: those that are there."""

    @property
    def loaded(self) -> bool:
        """Whether the index has all that was there when the process started."""
        return self._loaded.is_set()

    async def ready(self) -> None:
        """Wait until the index is loaded.

        Raises:
            BusyError: it takes longer than a caller can be asked to wait.
        """
        try:
            await asyncio.wait_for(self._loaded.wait(), LOAD_PATIENCE_S)
        except TimeoutError:
            raise BusyError("The search is being prepared. Try again in a moment.") from None

    async def apply(self, change: SearchChange) -> None:
        """Take in what this process has committed: the next search here knows of it."""
        self._gather([change])
        await self._write_gathered()

    async def run(self) -> None:
        """Load the index and follow the changes until cancelled, through losses of the stream."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._changes.follow_forever(self._on_change))
            tasks.create_task(self._write_what_comes())

    def close(self) -> None:
        """End the thread; call it when `run` has ended."""
        self._thread.shutdown()

    async def _on_change(self, change: SearchChange | None) -> None:
        if change is None:
            await self._load()
        else:
            self._gather([change])
            self._came.set()

    async def _write_what_comes(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            await self._write_gathered()

    async def _load(self) -> None:
        """Read everything; what is not among it, nor written meanwhile, is gone.

        Writes of this process go in between its batches: they wait for one of them at most.
        """
        self._seen = set()
        try:
            async for batch in self._documents.read_all():
                self._seen.update(change.id for change in batch)
                async with self._writing:
                    await self._in_thread(self._index.write, batch)
            async with self._writing:
                await self._in_thread(self._index.write_removal_of_others, self._seen)
                await self._in_thread(self._index.commit)
        finally:
            self._seen = None
        self._loaded.set()
        _log.info("search_index_loaded", documents=len(self._index))

    def _gather(self, changes: list[SearchChange]) -> None:
        self._waiting += changes
        if self._seen is not None:
            self._seen.update(change.id for change in changes)

    async def _write_gathered(self) -> None:
        async with self._writing:  # whoever waits for it finds its changes written, or writes them
            batch, self._waiting = self._waiting, []
            if batch:
                await self._in_thread(self._write, batch)

    def _write(self, batch: list[SearchChange]) -> None:
        self._index.write(batch)
        self._index.commit()

    async def _in_thread(self, work: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
