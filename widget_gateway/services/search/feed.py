"""Keeps the search index of this process current: loads it, and follows the writes of other nodes.

Changes come in any order, and some of them twice; the index decides by their versions. While one
batch of changes is written, the next gathers, so that thousands cost little more than one change.
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
"""Seconds that a search waits until the index is loaded. Only large indexes take longer."""


class SearchFeed:
    """The only writer of the index."""

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
        """Ids of the documents found so far while all are read; None at other times."""

    @property
    def loaded(self) -> bool:
        """Whether the index has been loaded since the process started."""
        return self._loaded.is_set()

    async def ready(self) -> None:
        """Wait until the index is loaded.

        Raises:
            BusyError: it takes longer than LOAD_PATIENCE_S.
        """
        try:
            await asyncio.wait_for(self._loaded.wait(), LOAD_PATIENCE_S)
        except TimeoutError:
            raise BusyError("The search is being prepared. Try again in a moment.") from None

    async def apply(self, change: SearchChange) -> None:
        """Index a change that this process has committed; the next search here finds it."""
        self._gather([change])
        await self._write_gathered()

    async def run(self) -> None:
        """Load the index and follow changes until cancelled, also after the stream was lost."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._changes.follow_forever(self._on_change))
            tasks.create_task(self._write_what_comes())

    def close(self) -> None:
        """End the thread. `run` must have ended before."""
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
        """Read all documents into the index, and remove those that no longer exist.

        Other writes take place between the batches, so that they wait for one of them at most.
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
        async with self._writing:  # a caller that waited finds its changes written, or writes them
            batch, self._waiting = self._waiting, []
            if batch:
                await self._in_thread(self._write, batch)

    def _write(self, batch: list[SearchChange]) -> None:
        self._index.write(batch)
        self._index.commit()

    async def _in_thread(self, work: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
