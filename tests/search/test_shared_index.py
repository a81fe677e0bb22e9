"""Processes of a machine share an index: one writes it, and all find the same."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs
from tornado.ioloop import IOLoop

from handlers.background import run_forever
from storage import transactions
from storage.client import Database, connect, open_database
from storage.indexes import create_indexes
from storage.qua.search_documents import SearchDocumentChanges, SearchDocumentStore
from tests.support.qua_api import response_of
from tests.support.waiting import until
from widget_gateway.domain.qua.search import RemovedDocument, SearchChange, SearchDocument
from widget_gateway.services.search import feed as search_feed
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.index_directory import IndexDirectory
from widget_gateway.services.spelling.dictionary import FILE_NAME
from widget_gateway.settings import Settings

pytestmark = pytest.mark.gen_test


class Documents:
    """Writes documents as the services do, and tells nobody."""

    def __init__(self, settings: Settings) -> None:
        self.client = connect(str(settings.mongodb_uri), settings.driver)
        self.database = open_database(self.client, settings.database)
        self.rows = self.database["search_documents"]
        self._store = SearchDocumentStore(self.database, Analyzer().add_terms)

    async def put(self, number: int, title: str, **fields) -> SearchDocument:
        document = SearchDocument(id=f"q:{number}", title=title, **fields)
        return await transactions.run(self.client, lambda s: self._store.put(s, document))

    async def remove(self, number: int) -> RemovedDocument:
        removed = await transactions.run(
            self.client, lambda s: self._store.remove(s, f"q:{number}")
        )
        assert removed is not None
        return removed

    async def remove_for_good(self, number: int) -> None:
        """Remove a document and its tombstone."""
        await self.remove(number)
        await self.rows.delete_one({"_id": f"q:{number}"})


@pytest.fixture
def documents(io_loop: IOLoop, settings: Settings) -> Iterator[Documents]:
    opened = Documents(settings)
    io_loop.run_sync(lambda: create_indexes(opened.database))
    yield opened
    io_loop.run_sync(opened.client.close)


class Counting(SearchDocumentStore):
    """A store that remembers which documents were read."""

    def __init__(self, database: Database, analyzer: Analyzer) -> None:
        super().__init__(database, analyzer.add_terms)
        self.ids: list[str] = []

    async def read(self, ids: list[str]) -> list[SearchChange]:
        self.ids += ids
        return await super().read(ids)


class Process:
    """The search of a process, with a connection of its own."""

    def __init__(self, settings: Settings, data_dir: Path) -> None:
        self._client = connect(str(settings.mongodb_uri), settings.driver)
        database = open_database(self._client, settings.database)
        analyzer = Analyzer()
        self.index = SearchIndex(analyzer)
        self.read = Counting(database, analyzer)
        self.feed = SearchFeed(
            self.index, analyzer, self.read, SearchDocumentChanges(database), data_dir
        )
        self._work = asyncio.ensure_future(run_forever(self.feed.run))

    @property
    def leads(self) -> bool:
        return bool(self.feed.streams)

    def find(self, query: str) -> list[str]:
        matches = self.index.find(query, limit=100, offset=0)
        return sorted(document.id for document, _ in matches.documents)

    async def until_found(self, query: str, *numbers: int) -> None:
        wanted = sorted(f"q:{number}" for number in numbers)
        await until(lambda: self.find(query) == wanted)

    async def end(self) -> None:
        if not self._work.cancelled():
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
            self.feed.close()
            await self._client.close()


class Machine:
    """Starts processes over one data directory."""

    def __init__(self, settings: Settings, data_dir: Path, stack: AsyncExitStack) -> None:
        self._settings = settings
        self.data_dir = data_dir
        self._stack = stack

    async def start(self) -> Process:
        process = Process(self._settings, self.data_dir)
        self._stack.push_async_callback(process.end)
        await until(lambda: process.feed.loaded)
        return process

    async def start_two(self) -> tuple[Process, Process]:
        """Start a process that leads and one that does not."""
        first = await self.start()
        return first, await self.start()

    @property
    def path(self) -> Path:
        (path,) = (self.data_dir / "search").iterdir()
        return path

    @property
    def current(self) -> str:
        return (self.path / "current").read_text()


@pytest.fixture
def machine(
    io_loop: IOLoop, settings: Settings, documents: Documents, tmp_path: Path
) -> Iterator[Machine]:
    assert documents
    stack = AsyncExitStack()
    yield Machine(settings, tmp_path / "data", stack)
    io_loop.run_sync(stack.aclose)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `apply` wait as long as it takes, so that a slow machine is no fault."""
    monkeypatch.setattr(search_feed, "SHOWN_PATIENCE_S", float("inf"))


async def test_one_of_two_leads_and_both_find_each_write(machine, documents) -> None:
    await documents.put(1, "Слон")
    both = await machine.start_two()
    assert [process.leads for process in both] == [True, False]
    assert [process.find("слон") for process in both] == [["q:1"]] * 2
    await documents.put(2, "Слоны")
    await documents.put(1, "Конь")
    for process in both:
        await process.until_found("слон", 2)
        await process.until_found("конь", 1)
    await documents.remove(2)
    await documents.remove_for_good(1)
    for process in both:
        await process.until_found("слон")
        await process.until_found("конь")
    assert [process.leads for process in both] == [True, False]
    assert both[1].read.ids == []


async def test_processes_that_start_at_once_have_one_that_leads(machine, documents) -> None:
    await documents.put(1, "Слон")
    processes = await asyncio.gather(*(machine.start() for _ in range(4)))
    assert [process.leads for process in processes].count(True) == 1
    await documents.put(2, "Слон")
    for process in processes:
        await process.until_found("слон", 1, 2)


@pytest.mark.usefixtures("patient")
class TestApply:
    async def test_the_own_search_finds_a_write_whoever_leads(self, machine, documents) -> None:
        for process in reversed(await machine.start_two()):
            for _ in range(10):
                await process.feed.apply(await documents.put(1, "Слон"))
                assert process.find("слон") == ["q:1"]
                await process.feed.apply(await documents.put(1, "Конь"))
                assert process.find("слон") == []
                await process.feed.apply(await documents.remove(1))
                assert process.find("конь") == []

    async def test_many_at_once_are_found(self, machine, documents) -> None:
        both = await machine.start_two()

        async def write(number: int) -> None:
            process = both[number % 2]
            await process.feed.apply(await documents.put(number, f"Слон {number}"))
            assert process.find(str(number)) == [f"q:{number}"]

        await asyncio.gather(*map(write, range(60)))
        for process in both:
            await process.until_found("слон", *range(60))

    async def test_a_removal_without_a_version_is_waited_for(self, machine, documents) -> None:
        _, reader = await machine.start_two()
        await reader.feed.apply(await documents.put(1, "Слон"))
        await documents.rows.delete_one({"_id": "q:1"})
        await reader.feed.apply(RemovedDocument(id="q:1", version=None))
        assert reader.find("слон") == []

    async def test_an_outdated_change_is_not_waited_for(self, machine, documents) -> None:
        _, reader = await machine.start_two()
        outdated = await documents.put(1, "Слон")
        removed = await documents.remove(1)
        await reader.feed.apply(await documents.put(1, "Конь"))
        await reader.feed.apply(outdated)
        await reader.feed.apply(removed)
        assert reader.find("конь") == ["q:1"]


async def test_a_write_waits_no_longer_than_its_patience_while_nobody_leads(
    machine, documents, monkeypatch
) -> None:
    first = await machine.start()
    await first.end()
    collection = await Counting(documents.database, Analyzer()).identify()
    directory = IndexDirectory(machine.data_dir, collection)
    with directory.leading() as leads:  # This is a process that leads but writes nothing.
        assert leads
        number, _ = directory.open_newest()
        directory.set_current(number)
        reader = await machine.start()
        monkeypatch.setattr(search_feed, "SHOWN_PATIENCE_S", 0.05)
        await reader.feed.apply(await documents.put(1, "Слон"))
        assert reader.find("слон") == []
        assert not reader.leads
    await reader.until_found("слон", 1)


class TestTakeover:
    async def test_another_process_takes_over_and_reads_nothing_again(
        self, machine, documents
    ) -> None:
        for number in range(20):
            await documents.put(number, "Слон")
        first, second = await machine.start_two()
        await documents.put(20, "Слон")
        await second.until_found("слон", *range(21))
        await first.end()
        await until(lambda: second.leads)
        await documents.put(21, "Слон")
        await second.until_found("слон", *range(22))
        assert set(second.read.ids) <= {"q:21"}  # The write may come before it has compared.
        third = await machine.start()
        assert third.find("слон") == second.find("слон")
        assert not third.leads
        assert machine.current == "1"

    async def test_what_was_written_while_nobody_led_is_found(self, machine, documents) -> None:
        await documents.put(1, "Слон")
        await documents.put(2, "Слон")
        first, second = await machine.start_two()
        ended = asyncio.ensure_future(first.end())
        await documents.put(3, "Слон")
        await documents.remove(1)
        await ended
        await second.until_found("слон", 2, 3)

    async def test_each_of_many_takes_its_turn(self, machine, documents) -> None:
        processes = [await machine.start() for _ in range(4)]
        for number in range(4):
            await until(lambda: any(process.leads for process in processes))
            leaders = [process for process in processes if process.leads]
            assert len(leaders) == 1
            await documents.put(number, "Слон")
            for process in processes:
                await process.until_found("слон", *range(number + 1))
            await leaders[0].end()
            processes.remove(leaders[0])


class TestRestart:
    async def test_only_what_has_changed_is_read(self, machine, documents) -> None:
        for number in range(1, 31):
            await documents.put(number, "Слон")
        process = await machine.start()
        assert len(process.read.ids) == 30
        await process.end()
        await documents.put(1, "Конь")
        await documents.remove(2)
        await documents.remove_for_good(3)
        await documents.remove_for_good(4)
        await documents.put(4, "Конь")
        await documents.remove(5)
        await documents.put(5, "Слоны")
        await documents.put(31, "Слон")
        again = await machine.start()
        assert sorted(again.read.ids) == [f"q:{number}" for number in (1, 2, 31, 4, 5)]
        assert again.find("конь") == ["q:1", "q:4"]
        assert again.find("слон") == sorted(f"q:{number}" for number in range(5, 32))
        await again.end()
        last = await machine.start()
        assert last.read.ids == ["q:2"]  # Tombstones are not in the index.
        assert last.find("слон") == again.find("слон")

    async def test_an_older_version_that_somebody_has_put_back_replaces_a_newer_one(
        self, machine, documents
    ) -> None:
        await documents.put(1, "Слон")
        await (await machine.start()).end()
        older = {"$set": {"version": 1, "title": "Конь"}, "$unset": {"terms": ""}}
        await documents.rows.update_one({"_id": "q:1"}, older)
        again = await machine.start()
        assert again.find("слон") == []
        assert again.find("конь") == ["q:1"]

    async def test_nothing_is_lost_if_it_ends_amid_writes(self, machine, documents) -> None:
        numbers = iter(range(10_000))
        written: list[int] = []

        async def write() -> None:
            while True:
                number = next(numbers)
                await documents.put(number, "Слон")
                written.append(number)

        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(write())
            for _ in range(4):
                process = await machine.start()
                enough = len(written) + 10
                await until(lambda enough=enough: len(written) >= enough)
                await process.end()
            writing.cancel()
        process = await machine.start()
        stored = [row["_id"] async for row in documents.rows.find({})]
        assert len(stored) >= len(written) >= 40
        assert process.index.find("слон", limit=1, offset=0).total == len(stored)
        assert machine.current == "1"


def damage(directory: Path) -> None:
    """Flip a bit in the stored documents, in a new file, as others have mapped the old one."""
    for file in directory.glob("*.store"):
        content = bytearray(file.read_bytes())
        content[0] ^= 1
        file.unlink()
        file.write_bytes(content)


class TestDamage:
    async def test_a_damaged_index_is_built_anew_at_the_next_start(
        self, machine, documents
    ) -> None:
        for number in range(20):
            await documents.put(number, "Слон")
        await (await machine.start()).end()
        assert machine.current == "1"
        damage(machine.path / "1")
        again = await machine.start()
        assert len(again.read.ids) == 20
        await again.until_found("слон", *range(20))
        assert machine.current == "2"
        assert not (machine.path / "1").exists()

    async def test_who_reads_the_damaged_one_moves_on_to_the_new_one(
        self, machine, documents
    ) -> None:
        await documents.put(1, "Слон")
        first = await machine.start()
        others = [await machine.start(), await machine.start()]
        damage(machine.path / "1")
        await first.end()
        await until(lambda: any(process.leads for process in others))
        await documents.put(2, "Слон")
        for process in others:
            await process.until_found("слон", 1, 2)
        assert machine.current == "2"
        assert [process.leads for process in others].count(True) == 1


@asynccontextmanager
async def told_of_failures() -> AsyncIterator[list[str]]:
    """Collect the severities of what is logged about an index in memory and work that failed."""
    levels: list[str] = []
    with capture_logs() as logs:
        yield levels
        told = ("search_index_in_memory", "background_work_failed")
        levels += [log["log_level"] for log in logs if log["event"] in told]


def as_file(data_dir: Path) -> None:
    data_dir.write_text("nothing")


def as_dangling_link(data_dir: Path) -> None:
    data_dir.symlink_to(data_dir.parent / "nowhere")


def with_file_instead(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "search").write_text("nothing")


class TestUnwritable:
    @pytest.mark.parametrize("spoil", [as_file, as_dangling_link, with_file_instead])
    async def test_an_index_in_memory_takes_its_place(self, machine, documents, spoil) -> None:
        spoil(machine.data_dir)
        await documents.put(1, "Слон")
        async with told_of_failures() as levels:
            both = await machine.start_two()
        assert levels == ["warning", "warning"]
        for process in both:
            assert process.leads
            await process.until_found("слон", 1)
            await process.feed.apply(await documents.put(2, "Слон"))
            assert process.find("слон") == ["q:1", "q:2"]
            await process.feed.apply(await documents.remove(2))
            assert process.find("слон") == ["q:1"]

    @pytest.mark.parametrize("part", ["search", "search/*", "search/*/1"])
    async def test_a_removed_directory_hinders_nobody(self, machine, documents, part) -> None:
        await documents.put(1, "Слон")
        both = await machine.start_two()
        for path in machine.data_dir.glob(part):
            shutil.rmtree(path)
        assert [process.find("слон") for process in both] == [["q:1"]] * 2
        for number, process in enumerate(both, 2):
            await process.feed.apply(await documents.put(number, "Слон"))
        for process in both:
            await process.until_found("слон", 1, 2, 3)
        await documents.remove(1)
        await documents.put(4, "Слон")
        for process in both:
            await process.until_found("слон", 2, 3, 4)

    async def test_a_restart_after_it_shares_an_index_again(self, machine, documents) -> None:
        await documents.put(1, "Слон")
        process = await machine.start()
        shutil.rmtree(machine.data_dir)
        await process.feed.apply(await documents.put(2, "Слон"))
        await process.until_found("слон", 1, 2)
        await process.end()
        both = await machine.start_two()
        assert [process.leads for process in both] == [True, False]
        assert [process.find("слон") for process in both] == [["q:1", "q:2"]] * 2


class TestOverHttp:
    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path, spelling_data_dir: Path) -> Settings:
        """Settings of a node whose data directory the test may spoil."""
        own = tmp_path / "data"
        own.mkdir()
        (own / FILE_NAME).symlink_to(spelling_data_dir / FILE_NAME)
        return msgspec.structs.replace(settings, data_dir=str(own))

    async def test_no_call_fails_when_the_directory_is_removed(self, qua, settings) -> None:
        me = await qua.join()
        first = (await me.ask("Слон"))["id"]
        shutil.rmtree(Path(settings.data_dir) / "search")
        asked = [first, *[(await me.ask("Слон"))["id"] for _ in range(3)]]
        response_of(await me.call("DELETE", f"questions/{first}"))
        last = (await me.ask("Слон"))["id"]

        async def finds_all() -> bool:
            hits = (await me.search("слон"))["hits"]
            return {hit["id"] for hit in hits} == {*asked[1:], last}

        await until(finds_all)
