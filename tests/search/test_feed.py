"""Documents that are written on one node are found on all, even after losses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo import MongoClient
from tornado.ioloop import IOLoop

from storage import transactions
from storage.changes import HistoryLostError
from storage.client import connect, open_database
from storage.indexes import create_indexes
from storage.qua.search_documents import SearchDocumentChanges, SearchDocumentStore
from tests.support.fixtures import running_backend
from tests.support.waiting import until
from widget_gateway.composition.application import Backend
from widget_gateway.domain.errors import BusyError, StorageUnavailableError
from widget_gateway.domain.qua.search import SearchChange, SearchDocument
from widget_gateway.services.search import feed as search_feed
from widget_gateway.services.search.analysis import ANALYSIS, Analyzer
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.settings import Settings

pytestmark = pytest.mark.gen_test


class Writer:
    """Writes documents as the services of questions and external resources do."""

    def __init__(self, settings: Settings) -> None:
        self.client = connect(str(settings.mongodb_uri), settings.driver)
        self._store = SearchDocumentStore(
            open_database(self.client, settings.database), Analyzer().add_terms
        )

    async def put(self, number: int, title: str, **fields) -> SearchDocument:
        document = SearchDocument(id=f"q:{number}", title=title, **fields)
        return await transactions.run(self.client, lambda s: self._store.put(s, document))

    async def remove(self, number: int) -> SearchChange | None:
        return await transactions.run(self.client, lambda s: self._store.remove(s, f"q:{number}"))


@pytest.fixture
def writer(io_loop: IOLoop, settings: Settings) -> Iterator[Writer]:
    opened = Writer(settings)
    yield opened
    io_loop.run_sync(opened.client.close)


@pytest.fixture
def other(io_loop: IOLoop, backend: Backend, settings: Settings) -> Iterator[Backend]:
    assert backend
    with running_backend(io_loop, settings) as second:
        yield second


async def found(backend: Backend, query: str) -> list[str]:
    page = await backend.services.qua.search.search(
        query, spelling=True, limit=20, offset=0, party="me"
    )
    return [hit.document.id for hit in page.hits]


async def until_found(backend: Backend, query: str, wanted: list[str]) -> None:
    async def is_found() -> bool:
        return await found(backend, query) == wanted

    await until(is_found)


async def test_a_write_on_one_node_is_found_on_the_other(backend, other, writer) -> None:
    document = await writer.put(1, "Привет тебе друг")
    await backend.search_feed.apply(document)
    assert await found(backend, "друзья") == ["q:1"]
    await until_found(other, "друзья", ["q:1"])


async def test_the_writing_node_finds_its_write_at_once_and_no_longer_what_it_removed(
    backend, writer
) -> None:
    for number in range(20):
        await backend.search_feed.apply(await writer.put(number, f"Слон {number}"))
        assert await found(backend, str(number)) == [f"q:{number}"]
        await backend.search_feed.apply(await writer.remove(number))
        assert await found(backend, str(number)) == []


async def test_a_change_and_a_removal_reach_the_other_node(backend, other, writer) -> None:
    await writer.put(1, "Слон")
    await until_found(other, "слон", ["q:1"])
    await writer.put(1, "Конь")
    await until_found(other, "слон", [])
    assert await found(other, "конь") == ["q:1"]
    await writer.remove(1)
    await until_found(other, "конь", [])
    await until_found(backend, "конь", [])


async def test_removing_what_is_not_there_is_no_change(backend, writer) -> None:
    assert backend
    assert await writer.remove(1) is None
    await writer.put(1, "Слон")
    assert await writer.remove(1) is not None
    assert await writer.remove(1) is None


async def test_what_was_removed_can_be_written_again(backend, writer) -> None:
    versions = [(await writer.put(1, "Слон")).version]
    versions.append((await writer.remove(1)).version)
    versions.append((await writer.put(1, "Слон")).version)
    assert versions == sorted(set(versions))
    await until_found(backend, "слон", ["q:1"])


async def test_no_version_comes_again_after_the_tombstone_has_expired(
    backend, writer, database
) -> None:
    await backend.search_feed.apply(await writer.put(1, "Слон"))
    removed = await writer.remove(1)
    await backend.search_feed.apply(removed)
    database["search_documents"].delete_many({"removed_at": {"$ne": None}})
    assert (await writer.put(1, "Конь")).version > removed.version
    await until_found(backend, "конь", ["q:1"])


async def test_nothing_of_an_aborted_transaction_is_found(backend, writer) -> None:
    async def fail(session) -> None:
        await writer._store.put(session, SearchDocument(id="q:1", title="Слон"))
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await transactions.run(writer.client, fail)
    await writer.put(2, "Слон")
    await until_found(backend, "слон", ["q:2"])


async def test_a_thousand_writes_elsewhere_are_all_found(backend, database) -> None:
    await found(backend, "слон")
    database["search_documents"].insert_many(
        {
            "_id": f"e:{number}",
            "version": 1,
            "title": f"Слон {number}",
            "keywords": [],
            "text": "",
            "resource": "example.org",
            "url": f"https://example.org/{number}",
            "image": None,
        }
        for number in range(1_000)
    )

    async def all_found() -> bool:
        page = await backend.services.qua.search.search(
            "слон", spelling=True, limit=1, offset=0, party="me"
        )
        return page.total == 1_000

    await until(all_found)


@pytest.mark.usefixtures("written_before")
class TestRestart:
    @pytest.fixture
    def written_before(self, client: MongoClient, settings: Settings, database) -> None:
        """Write documents and a tombstone before the node starts."""
        assert database.name == settings.database
        row = {"version": 1, "keywords": ["ключ"], "text": "", "resource": None}
        row |= {"url": None, "image": None}
        client[settings.database]["search_documents"].insert_many(
            {"_id": f"q:{number}", "title": f"Слон {number}", **row} for number in range(1_200)
        )

    async def test_a_node_that_starts_has_all_documents(self, backend) -> None:
        page = await backend.services.qua.search.search(
            "слоны", spelling=True, limit=100, offset=0, party="me"
        )
        assert page.total == 1_200
        assert page.hits[0].document.keywords == ("ключ",)


class Deaf(SearchDocumentChanges):
    """A stream that tells nothing until it says that changes were missed for good."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        self.learns = asyncio.Event()

    async def follow(self) -> AsyncIterator[SearchChange | None]:
        if not self.learns.is_set():
            yield None
            await self.learns.wait()
            raise HistoryLostError
        async for change in super().follow():
            yield change


class Faltering:
    """A store whose documents can't be read the first two times."""

    def __init__(self, documents: SearchDocumentStore) -> None:
        self._documents = documents
        self.failures = 0

    async def identify(self) -> str:
        return await self._documents.identify()

    async def read_versions(self) -> AsyncIterator[list[tuple[str, int]]]:
        async for versions in self._documents.read_versions():
            yield versions

    async def read(self, ids: list[str]) -> list[SearchChange]:
        if self.failures < 2:
            self.failures += 1
            raise StorageUnavailableError
        return await self._documents.read(ids)


@asynccontextmanager
async def following(documents: Any, changes: Any, data_dir: Path) -> AsyncIterator[SearchIndex]:
    """Keep an index current during a `with` block."""
    analyzer = Analyzer()
    index = SearchIndex(analyzer)
    feed = SearchFeed(index, analyzer, documents, changes, data_dir)
    running = asyncio.ensure_future(feed.run())
    await feed.ready()
    yield index
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    feed.close()


def ids(index: SearchIndex, query: str) -> list[str]:
    return [document.id for document, _ in index.find(query, limit=20, offset=0).documents]


async def test_terms_are_stored_with_what_they_describe(writer, settings) -> None:
    database = open_database(writer.client, settings.database)
    await create_indexes(database)
    await writer.put(1, "Слоны", keywords=("серые",), text="Спят  стоя.")
    row = await database["search_documents"].find_one({"_id": "q:1"})
    assert row["text"] == "Спят стоя."
    assert row["terms"] == {
        "analysis": ANALYSIS,
        "title": "слон ~слон",
        "keywords": "серый ~сер",
        "text": "спать ~спат стоя стоить стоять ~стоя ~сто",
    }
    await writer.remove(1)
    assert "terms" not in await database["search_documents"].find_one({"_id": "q:1"})


async def test_what_a_lost_stream_did_not_tell_is_made_up_for(writer, settings, tmp_path) -> None:
    database = open_database(writer.client, settings.database)
    await create_indexes(database)
    for number in (1, 2):
        await writer.put(number, "Слон")
    deaf = Deaf(database)
    documents = SearchDocumentStore(database, Analyzer().add_terms)
    async with following(documents, deaf, tmp_path) as index:
        await writer.put(2, "Конь")
        await writer.put(3, "Слон")
        await writer.remove(1)
        await database["search_documents"].delete_one({"_id": "q:1"})  # its tombstone, too
        assert ids(index, "слон") == ["q:2", "q:1"]
        deaf.learns.set()
        await until(lambda: ids(index, "слон") == ["q:3"])
        assert ids(index, "конь") == ["q:2"]


async def test_a_load_that_fails_is_tried_again(writer, settings, tmp_path) -> None:
    database = open_database(writer.client, settings.database)
    await create_indexes(database)
    await writer.put(1, "Слон")
    documents = Faltering(SearchDocumentStore(database, Analyzer().add_terms))
    async with following(documents, SearchDocumentChanges(database), tmp_path) as index:
        assert documents.failures == 2
        assert ids(index, "слон") == ["q:1"]


async def test_a_search_before_the_index_is_loaded_is_told_to_come_back(
    backend, monkeypatch
) -> None:
    await found(backend, "слон")
    monkeypatch.setattr(search_feed, "LOAD_PATIENCE_S", 0.01)
    backend.search_feed._loaded.clear()
    with pytest.raises(BusyError):
        await found(backend, "слон")


async def test_a_node_is_not_ready_before_its_index_is_loaded(backend) -> None:
    await found(backend, "слон")
    assert await backend.services.public.health.faults() == []
    backend.search_feed._loaded.clear()
    assert await backend.services.public.health.faults() == ["the search index is being loaded"]
    backend.search_feed._loaded.set()
    backend.synonyms.loaded = False
    assert await backend.services.public.health.faults() == ["the search index is being loaded"]


class Fixed:
    """A speller that corrects a single word."""

    def __init__(self, wrong: str, right: str) -> None:
        self._wrong, self._right = wrong, right

    is_ready = True

    async def ready(self) -> bool:
        return True

    def correct(self, text: str, _corpus: object) -> "Fixed":
        self.text = text.replace(self._wrong, self._right)
        self.sure_text, self.changed = self.text, self.text != text
        return self


@pytest.fixture
def corrected(backend: Backend) -> Callable[[str, str], None]:
    def correct(wrong: str, right: str) -> None:
        backend.services.qua.search._corrector = Fixed(wrong, right)

    return correct


async def test_a_correction_is_used_if_it_finds_more(backend, writer, corrected) -> None:
    await backend.search_feed.apply(await writer.put(1, "Привет тебе друг"))
    corrected("друк", "друг")
    search = backend.services.qua.search.search
    page = await search("друк", spelling=True, limit=20, offset=0, party="me")
    assert (page.query, page.used_query, page.was_corrected) == ("друк", "друг", True)
    assert page.total == 1
    assert page.hits[0].snippet.highlights == ((12, 16),)
    as_it_is = await search("друк", spelling=False, limit=20, offset=0, party="me")
    assert (as_it_is.used_query, as_it_is.was_corrected, as_it_is.total) == ("друк", False, 0)


async def test_a_correction_waits_for_one_of_another_user_however_many_it_has(backend) -> None:
    search = backend.services.qua.search
    corrected = []

    class Remembering:
        is_ready = True

        async def ready(self):
            return True

        def correct(self, text, _corpus):
            corrected.append(text)
            return SimpleNamespace(text=text, sure_text=text, changed=False)

    search._corrector = Remembering()

    def ask(query, party):
        return search.search(query, spelling=True, limit=20, offset=0, party=party)

    hog = [asyncio.ensure_future(ask(f"hog {number}", "hog")) for number in range(50)]
    other = asyncio.ensure_future(ask("other", "other"))
    await asyncio.gather(other, *hog)
    assert corrected.index("other") == 1
    assert len(corrected) == 51


async def test_a_correction_that_finds_no_more_is_not_used(backend, writer, corrected) -> None:
    await backend.search_feed.apply(await writer.put(1, "Друк"))
    await backend.search_feed.apply(await writer.put(2, "Друг"))
    corrected("друк", "друг")
    page = await backend.services.qua.search.search(
        "друк", spelling=True, limit=20, offset=0, party="me"
    )
    assert (page.used_query, page.was_corrected) == ("друк", False)
    assert [hit.document.id for hit in page.hits] == ["q:1"]


@pytest.mark.parametrize("query", ["!", "; '", "[[[", "«»"])
async def test_signs_alone_are_offered_no_correction(backend, writer, corrected, query) -> None:
    await backend.search_feed.apply(await writer.put(1, "Слон"))
    corrected(query, "жираф")
    search = backend.services.qua.search.search
    page = await search(query, spelling=True, limit=20, offset=0, party="me")
    assert (page.total, page.offered_query) == (0, None)


async def test_a_query_with_few_hits_is_answered_however_many_are_being_corrected(
    backend, writer, corrected, monkeypatch
) -> None:
    for number in range(1, 7):
        await backend.search_feed.apply(await writer.put(number, "Друг"))
    await backend.search_feed.apply(await writer.put(7, "Друк"))
    corrected("друк", "друг")
    search = backend.services.qua.search

    async def offered() -> str | None:
        page = await search.search("друк", spelling=True, limit=20, offset=0, party="me")
        assert page.total == 1
        return page.offered_query

    with monkeypatch.context() as full:
        full.setattr(search._corrections, "place", refuse)
        assert await offered() is None
    assert await offered() == "друг"


def refuse(_party: object) -> None:
    raise BusyError
