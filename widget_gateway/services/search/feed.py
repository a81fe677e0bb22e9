"""Keeps the search index current. One process of a machine writes it, and the others read it.

The process that leads loads the index and follows the writes of all processes by a change stream.
When it ends or dies, another one takes its place. Changes come in any order, and some of them
twice; the writer decides by their versions. While one batch of changes is written, the next
gathers, so that thousands cost little more than one change.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from storage.qua.search_documents import SearchDocumentChanges, SearchDocumentStore
from widget_gateway.domain.errors import BusyError, StorageError
from widget_gateway.domain.qua.search import SearchChange, SearchDocument
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.index_directory import IndexDirectory
from widget_gateway.services.search.index_writer import IndexWriter, UnwritableIndexError
from widget_gateway.services.search.inverted_index import DamagedIndexError, InvertedIndex

_log = structlog.get_logger(__name__)

LOAD_PATIENCE_S = 5.0
"""Seconds that a search waits until the index is loaded. Only large indexes take longer."""

SHOWN_PATIENCE_S = 2.0
"""Seconds that a write waits until the process that leads has written it to the index. It is stored
anyway; after a death, the next leader needs some time."""

LOOK_S = 0.25
"""Seconds between two looks whether the index was replaced, and whether somebody leads."""

_SHOWN_LOOK_S = 0.005
"""Seconds between two looks whether a write is in the index."""

T = TypeVar("T")


class SearchFeed:
    """Brings every change of the documents into the index that this process searches."""

    def __init__(
        self,
        index: SearchIndex,
        analyzer: Analyzer,
        documents: SearchDocumentStore,
        changes: SearchDocumentChanges,
        data_dir: Path,
    ) -> None:
        """Keep the index in `data_dir`, or in memory if nothing can be written there."""
        self._index = index
        self._analyzer = analyzer
        self._documents = documents
        self._changes = changes
        self._data_dir = data_dir
        self._thread = ThreadPoolExecutor(1, "search-writer")
        self._writing = asyncio.Lock()
        self._waiting: list[SearchChange] = []
        self._came = asyncio.Event()
        self._loaded = asyncio.Event()
        self._writer: IndexWriter | None = None
        """The writer, if this process leads."""
        self._on_disk = True
        self._has_followed = False
        """Whether the stream was followed before. It then goes on where it ended, and does not say
        that an index which was opened meanwhile has to be loaded."""
        self._seen: set[str] | None = None
        """Ids of changes that came while the index is loaded; None at other times."""

    @property
    def loaded(self) -> bool:
        """Whether the index had all documents at some time since the process started."""
        return self._loaded.is_set()

    @property
    def streams(self) -> tuple[SearchDocumentChanges, ...]:
        """The change stream that this process follows if it writes the index."""
        return () if self._writer is None else (self._changes,)

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
        """Index a change that this process has committed; the next search here finds it.

        If another process leads, this waits for it, but not longer than SHOWN_PATIENCE_S.
        """
        if self._writer is not None:
            self._gather([change])
            try:
                await self._write_gathered()
            except UnwritableIndexError:
                self._came.set()  # The work in the background fails, too, and begins anew.
            return
        until = time.monotonic() + SHOWN_PATIENCE_S
        while self.loaded and not self._shows(change) and time.monotonic() < until:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(_SHOWN_LOOK_S)

    def _shows(self, change: SearchChange) -> bool:
        version = self._index.version(change.id)
        if isinstance(change, SearchDocument):
            return version is not None and version >= change.version
        return version is None or (change.version is not None and version > change.version)

    async def run(self) -> None:
        """Keep the index current until cancelled, also after the stream was lost.

        If nothing can be written to the directory of the index, this process goes on with an index
        of its own in memory.

        Raises:
            UnwritableIndexError: the index in memory can't be written to; it is begun anew.
        """
        if self._on_disk:
            try:
                collection_id = await self._patiently(self._documents.identify)
                await self._share(IndexDirectory(self._data_dir, collection_id))
            except* (OSError, UnwritableIndexError) as errors:
                self._on_disk = False
                _log.warning("search_index_in_memory", reason=str(errors.exceptions[0]))
        await self._lead(InvertedIndex(), lambda: None)

    def close(self) -> None:
        """End the thread. `run` must have ended before."""
        self._thread.shutdown()

    @staticmethod
    async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
        """Do work that reads from the database, again and again until it can be read."""
        while True:
            try:
                return await work()
            except StorageError as error:
                _log.warning("search_index_waits", reason=error.reason)
                await asyncio.sleep(LOOK_S)

    async def _share(self, directory: IndexDirectory) -> None:
        """Read the index of the process that leads, and take its place when it ends."""
        shown: int | None = None
        while True:
            with directory.leading() as leads:
                if leads:
                    number, index = await self._in_thread(directory.open_newest)
                    await self._lead(index, partial(directory.set_current, number))
            current = directory.current()
            if current not in (None, shown):
                try:
                    self._index.show(await self._in_thread(directory.open, current))
                except DamagedIndexError as error:  # It was replaced just now.
                    _log.info("search_index_replaced", reason=str(error))
                else:
                    shown = current
                    self._loaded.set()
                    _log.info("search_index_opened", documents=len(self._index))
            await asyncio.sleep(LOOK_S)

    async def _lead(self, index: InvertedIndex, on_current: Callable[[], None]) -> None:
        """Write the index; `on_current` is called in a thread whenever it has all documents."""
        writer = await self._in_thread(IndexWriter, index, self._analyzer)
        self._waiting.clear()
        self._writer = writer

        async def on_change(change: SearchChange | None) -> None:
            if change is None:
                await self._load()
                await self._in_thread(on_current)
                self._index.show(index)
                self._loaded.set()
                _log.info("search_index_loaded", documents=len(self._index))
            else:
                self._gather([change])
                self._came.set()

        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write_what_comes())
                # It is no task of the group: a task that waits at the end of the block while one of
                # these fails would stay marked as cancelled by Python 3.11, and never begin anew.
                await self._follow(on_change)
        finally:
            self._writer = None
            await self._in_thread(writer.close)

    async def _follow(self, on_change: Callable[[SearchChange | None], Awaitable[None]]) -> None:
        if self._has_followed:
            await self._patiently(partial(on_change, None))
        self._has_followed = True
        await self._changes.follow_forever(on_change)

    async def _write_what_comes(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            await self._write_gathered()

    async def _load(self) -> None:
        """Write what the index lacks, and remove what no longer exists.

        Other writes take place between the batches, so that they wait for one of them at most.
        """
        writer = self._writer
        assert writer is not None  # noqa: S101 - this process leads
        self._seen = set()
        try:
            async with self._writing:
                absent = await self._in_thread(writer.versions)
            async for versions in self._documents.read_versions():
                indexed = {id_: absent.pop(id_, None) for id_, _ in versions}
                lacking = [id_ for id_, version in versions if indexed[id_] != version]
                if lacking:
                    batch = await self._documents.read(lacking)
                    async with self._writing:
                        # Somebody may have put older versions into the database.
                        newer = [id_ for id_, version in versions if (indexed[id_] or 0) > version]
                        await self._in_thread(writer.forget, set(newer) - self._seen)
                        await self._in_thread(writer.write, batch)
            async with self._writing:
                await self._in_thread(writer.forget, absent.keys() - self._seen)
                await self._in_thread(writer.commit)
        finally:
            self._seen = None

    def _gather(self, changes: list[SearchChange]) -> None:
        self._waiting += changes
        if self._seen is not None:
            self._seen.update(change.id for change in changes)

    async def _write_gathered(self) -> None:
        async with self._writing:  # a caller that waited finds its changes written, or writes them
            batch, self._waiting = self._waiting, []
            if batch and self._writer is not None:
                try:
                    await self._in_thread(_write, self._writer, batch)
                except UnwritableIndexError:
                    self._waiting = batch + self._waiting
                    raise

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)


def _write(writer: IndexWriter, batch: list[SearchChange]) -> None:
    writer.write(batch)
    writer.commit()
