"""The files of the index: damage is noticed, and one process writes what all can read."""

import json
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tantivy

from widget_gateway.domain.qua.search import NO_TERMS, RemovedDocument, SearchChange, SearchDocument
from widget_gateway.services.search import index_directory
from widget_gateway.services.search.analysis import MAX_TEXT_LENGTH, Analyzer
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.index_directory import UNUSED_S, IndexDirectory
from widget_gateway.services.search.index_writer import IndexWriter, UnwritableIndexError
from widget_gateway.services.search.inverted_index import (
    DamagedIndexError,
    InvertedIndex,
    check_files,
    read_version,
    read_versions,
)

pytestmark = pytest.mark.fast

COLLECTION = "0b6d2a60-6c5e-4f2e-9d7f-1f0a52f0c5b1"

PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
"""The endings of the files that each segment has."""

ENDINGS = (*PARTS, "del")
"""The endings of all files of a segment from which documents were removed."""


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()


def question(number: int, title: str = "Слон", **fields) -> SearchDocument:
    return SearchDocument(id=f"q:{number}", title=title, **{"version": 1} | fields)


def page(number: int, title: str = "Страница", **fields) -> SearchDocument:
    return SearchDocument(id=f"e:{number}", title=title, **{"version": 1} | fields)


class Leader:
    """A process that leads, over the directory of its index."""

    def __init__(self, data_dir: Path, analyzer: Analyzer) -> None:
        self.data_dir = data_dir
        self._analyzer = analyzer
        self.directory = IndexDirectory(data_dir, COLLECTION)

    def write(self, *batches: list[SearchChange]) -> int:
        """Lead for a while and commit each batch; returns the number of the index."""
        with self.directory.leading() as leads:
            assert leads
            number, index = self.directory.open_newest()
            writer = IndexWriter(index, self._analyzer)
            for batch in batches:
                writer.write(batch)
                writer.commit()
            writer.close()
            self.directory.set_current(number)
            return number

    @property
    def path(self) -> Path:
        (path,) = (self.data_dir / "search").iterdir()
        return path

    def versions(self) -> dict[str, int]:
        """Return the versions in the index that leaders open, which are nothing in a new one."""
        with self.directory.leading() as leads:
            assert leads
            return read_versions(self.directory.open_newest()[1].searcher())


@pytest.fixture
def leader(tmp_path: Path, analyzer: Analyzer) -> Leader:
    return Leader(tmp_path, analyzer)


@pytest.fixture
def files(leader: Leader) -> Path:
    """The directory of an index of one segment, from which a document was removed."""
    number = leader.write(
        [question(number, f"Слон {number}") for number in range(9)],
        [RemovedDocument(id="q:2", version=2)],
    )
    directory = leader.path / str(number)
    assert {file.suffix[1:] for file in segment_files(directory)} == set(ENDINGS)
    return directory


def segment_files(directory: Path) -> list[Path]:
    return [file for file in directory.iterdir() if file.suffix[1:] in ENDINGS]


def file_of(directory: Path, ending: str) -> Path:
    (file,) = directory.glob(f"*.{ending}")
    return file


def is_noticed(directory: Path) -> bool:
    try:
        check_files(directory)
        InvertedIndex(directory)
    except DamagedIndexError:
        return True
    return False


def put(file: Path, content: bytes) -> None:
    """Replace a file. To change it would harm those who have mapped it, such as this process."""
    file.unlink()
    file.write_bytes(content)


def put_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut": lambda file: put(file, file.read_bytes()[:-1]),
    "halved": lambda file: put(file, file.read_bytes()[: file.stat().st_size // 2]),
    "empty": lambda file: put(file, b""),
    "longer": lambda file: put(file, file.read_bytes() + b"\0"),
    "removed": Path.unlink,
    "directory": put_directory,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_damaged_file_leads_to_a_new_index(leader, files, ending, damage) -> None:
    assert not is_noticed(files)
    damage(file_of(files, ending))
    assert is_noticed(files)
    assert leader.write() == int(files.name) + 1
    assert leader.versions() == {}
    assert not files.exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_flipped_bit_is_noticed_wherever_it_is(files, ending, chance) -> None:
    file = file_of(files, ending)
    intact = file.read_bytes()
    end = len(intact) - 8 - int.from_bytes(intact[-8:-4], "little")
    checksum = intact.index(b'"crc":', end) + 6
    # What else the footer has, such as versions of tantivy, tells nothing of the content.
    places = {0, end - 1, checksum, *range(len(intact) - 8, len(intact))}
    places |= set(chance.sample(range(end), min(end, 40)))
    for place in places:
        damaged = bytearray(intact)
        damaged[place] ^= 1 << chance.randrange(8)
        put(file, bytes(damaged))
        assert is_noticed(files), place
    put(file, intact)
    assert not is_noticed(files)


def without_segment(content: bytes) -> bytes:
    meta = json.loads(content)
    meta["segments"][0]["segment_id"] = "00000000-0000-0000-0000-000000000000"
    return json.dumps(meta).encode()


def without_deletes(content: bytes) -> bytes:
    meta = json.loads(content)
    meta["segments"][0]["deletes"]["opstamp"] += 1
    return json.dumps(meta).encode()


def of_another_schema(content: bytes) -> bytes:
    meta = json.loads(content)
    meta["schema"] = [field for field in meta["schema"] if field["name"] != "titles"]
    return json.dumps(meta).encode()


WRONG_METAS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: content[:0],
    "cut": lambda content: content[:-5],
    "halved": lambda content: content[: len(content) // 2],
    "garbage": lambda content: random.Random(len(content)).randbytes(len(content)),
    "zeros": lambda content: bytes(len(content)),
    "null": lambda content: content and b"null",
    "list": lambda content: content and b"[]",
    "names": lambda content: content and b'{"segments": ["a"]}',
    "number": lambda content: content and b'{"segments": 1}',
    "segment": without_segment,
    "deletes": without_deletes,
    "schema": of_another_schema,
}


@pytest.mark.parametrize("change", WRONG_METAS.values(), ids=WRONG_METAS)
def test_a_wrong_meta_leads_to_a_new_index(leader, files, change) -> None:
    meta = files / "meta.json"
    meta.write_bytes(change(meta.read_bytes()))
    assert is_noticed(files)
    assert leader.write([question(1)]) == int(files.name) + 1
    assert leader.versions() == {"q:1": 1}


@pytest.mark.parametrize("name", ["meta.json", ".managed.json"])
def test_a_directory_in_place_of_a_list_of_files_leads_to_a_new_index(leader, files, name) -> None:
    put_directory(files / name)
    assert leader.write() == int(files.name) + 1


def test_a_missing_list_of_files_leads_to_a_new_index(leader, files) -> None:
    (files / "meta.json").unlink()
    assert leader.write() == int(files.name) + 1


def test_a_file_with_a_number_as_its_name_is_no_index(leader, files) -> None:
    (leader.path / "7").write_text("nothing")
    assert leader.write([question(1)]) == 8
    assert leader.write() == 8
    assert leader.versions() == {"q:1": 1}
    assert not files.exists()


def test_an_index_whose_making_was_cut_off_is_made_again(leader, files) -> None:
    (leader.path / "2").mkdir()
    assert leader.write([question(1)]) == 3
    assert leader.versions() == {"q:1": 1}
    assert [path.name for path in leader.path.iterdir() if path.name.isdecimal()] == ["3"]
    assert not files.exists()


def test_an_intact_index_is_kept_with_all_that_was_done_to_it(leader, chance) -> None:
    expected: dict[str, int] = {}
    numbers = set()
    for version in range(1, 13):
        batches: list[list[SearchChange]] = []
        for _ in range(3):  # With so many segments, tantivy merges some of them.
            batch: list[SearchChange] = []
            for number in chance.sample(range(40), 8):
                id_ = f"q:{number}"
                if id_ in expected and chance.random() < 0.3:
                    batch.append(RemovedDocument(id=id_, version=None))
                    del expected[id_]
                else:
                    made = expected.get(id_, 0) + 1
                    batch.append(question(number, f"Слон {version}", version=made))
                    expected[id_] = made
            batches.append(batch)
        numbers.add(leader.write(*batches))
        assert leader.versions() == expected
    assert numbers == {1}


def test_an_index_without_documents_is_kept(leader) -> None:
    assert [leader.write(), leader.write()] == [1, 1]


class TestKilledCommit:
    """A commit writes the list of what a segment no longer has before the state that names it."""

    REMOVAL = RemovedDocument(id="q:2", version=2)

    @pytest.fixture
    def killed(self, leader) -> Path:
        """The file that a process left which was killed before it could write the state."""
        number = leader.write([question(number, f"Слон {number}") for number in range(9)])
        meta = leader.path / str(number) / "meta.json"
        before = meta.read_bytes()
        leader.write([self.REMOVAL])
        meta.write_bytes(before)
        return file_of(meta.parent, "del")

    @pytest.mark.parametrize("length", [0, 10, None])
    def test_what_it_left_does_not_hinder_the_next_process(self, leader, killed, length) -> None:
        if length is not None:
            os.truncate(killed, length)
        assert len(leader.versions()) == 9
        assert leader.write([self.REMOVAL], [question(3, version=2)]) == 1
        assert leader.versions() == {f"q:{n}": 1 for n in range(9) if n != 2} | {"q:3": 2}


class TestDirectories:
    def test_each_collection_has_its_own(self, tmp_path, leader) -> None:
        leader.write([question(1)])
        other = IndexDirectory(tmp_path, COLLECTION.replace("0", "1"))
        with leader.directory.leading() as leads, other.leading() as also_leads:
            assert leads
            assert also_leads
            assert read_versions(other.open_newest()[1].searcher()) == {}
        assert len(list((tmp_path / "search").iterdir())) == 2

    @pytest.mark.parametrize("name", ["ANALYSIS", "FORMAT"])
    def test_each_version_of_the_analysis_and_of_the_format_has_its_own(
        self, tmp_path, leader, monkeypatch, name
    ) -> None:
        leader.write([question(1)])
        monkeypatch.setattr(index_directory, name, 99)
        other = IndexDirectory(tmp_path, COLLECTION)
        with other.leading() as leads:
            assert leads
            assert read_versions(other.open_newest()[1].searcher()) == {}
        monkeypatch.undo()
        assert Leader(tmp_path, leader._analyzer).versions() == {"q:1": 1}

    def test_those_that_are_unused_for_long_are_removed_and_no_others(
        self, tmp_path, analyzer
    ) -> None:
        def used(name: str, ago_s: float) -> Path:
            made = Leader(tmp_path / name, analyzer)
            made.write([question(1)])
            at = tmp_path / "data" / "search" / name
            at.parent.mkdir(parents=True, exist_ok=True)
            made.path.rename(at)
            os.utime(at / "lock", (time.time() - ago_s,) * 2)
            return at

        old, locked = used("old", UNUSED_S + 60), used("locked", UNUSED_S + 60)
        young = used("young", UNUSED_S - 600)
        foreign = tmp_path / "data" / "search" / "file"
        foreign.write_text("nothing")
        directory = IndexDirectory(tmp_path / "data", COLLECTION)
        context = multiprocessing.get_context("spawn")
        held, done = context.Event(), context.Event()
        holder = context.Process(target=hold, args=(locked / "lock", held, done))
        holder.start()
        held.wait()
        with directory.leading() as leads:
            assert leads
        assert not old.exists()
        assert [path for path in (locked, young, foreign) if not path.exists()] == []
        done.set()
        holder.join()
        with directory.leading():
            assert not locked.exists()

    def test_one_that_is_opened_again_counts_as_used(self, leader) -> None:
        leader.write()
        lock = leader.path / "lock"
        os.utime(lock, (0, 0))
        leader.write()
        assert time.time() - lock.stat().st_mtime < UNUSED_S / 2


def hold(lock: Path, held, done) -> None:
    """Hold a lock in a process of its own."""
    from fcntl import LOCK_EX, flock  # noqa: PLC0415 - it runs in another process

    with lock.open("a") as file:
        flock(file, LOCK_EX)
        held.set()
        done.wait()


def lead(data_dir: Path, leads, done) -> None:
    """Try to lead in a process of its own; tells whether it does."""
    with IndexDirectory(data_dir, COLLECTION).leading() as result:
        leads.put(result)
        done.wait()


class TestLeading:
    def test_one_at_a_time_leads_in_a_process(self, tmp_path) -> None:
        first, second = (IndexDirectory(tmp_path, COLLECTION) for _ in range(2))
        with first.leading() as leads:
            assert leads
            with second.leading() as also_leads:
                assert not also_leads
            first.set_current(first.open_newest()[0])
            with second.leading() as also_leads:
                assert not also_leads
            assert second.current() == 1  # Who does not lead leaves all as it is.
        with second.leading() as leads:
            assert leads
            assert second.current() is None

    def test_one_process_leads_until_it_dies(self, tmp_path) -> None:
        context = multiprocessing.get_context("spawn")
        leads, done = context.Queue(), context.Event()
        process = context.Process(target=lead, args=(tmp_path, leads, done))
        process.start()
        assert leads.get()
        directory = IndexDirectory(tmp_path, COLLECTION)
        with directory.leading() as also_leads:
            assert not also_leads
        process.kill()
        process.join()
        with directory.leading() as leads_now:
            assert leads_now

    def test_a_second_writer_of_the_same_files_is_refused(self, tmp_path, analyzer) -> None:
        writer = IndexWriter(InvertedIndex(tmp_path), analyzer)
        with pytest.raises(UnwritableIndexError):
            IndexWriter(InvertedIndex(tmp_path), analyzer)
        writer.close()
        IndexWriter(InvertedIndex(tmp_path), analyzer).close()

    @pytest.mark.parametrize("kind", ["file", "link"])
    def test_a_data_directory_that_is_none_is_an_error(self, tmp_path, kind) -> None:
        data_dir = tmp_path / "data"
        if kind == "file":
            data_dir.write_text("nothing")
        else:
            data_dir.symlink_to(tmp_path / "nowhere")
        with pytest.raises(OSError, match="data"), IndexDirectory(data_dir, COLLECTION).leading():
            pass

    def test_an_index_that_was_removed_meanwhile_can_not_be_opened(self, leader, files) -> None:
        shutil.rmtree(files)
        with pytest.raises(DamagedIndexError):
            leader.directory.open(int(files.name))
        assert not files.exists()

    @pytest.mark.parametrize("content", ["", "x", "1.5"])
    def test_a_current_that_is_no_number_is_none(self, leader, files, content) -> None:
        assert leader.directory.current() == int(files.name)
        (leader.path / "current").write_text(content)
        assert leader.directory.current() is None


class TestWritten:
    @pytest.fixture
    def writer(self, tmp_path, analyzer):
        writer = IndexWriter(InvertedIndex(tmp_path), analyzer)
        yield writer
        writer.close()

    @pytest.fixture
    def reader(self, tmp_path, writer) -> InvertedIndex:
        """The index as another process sees it."""
        assert writer
        return InvertedIndex(tmp_path)

    def test_versions_are_those_that_were_written(self, writer, reader, chance) -> None:
        highest = 2**52  # Versions are milliseconds, and numbers of resources have no limit.
        numbers = [0, 1, 2**31, 2**53, *chance.sample(range(2, 2**40), 30)]
        expected = {}
        for number in numbers:
            for make in (question, page):
                document = make(number, version=chance.randrange(1, highest))
                expected[document.id] = document.version
                writer.write([document])
        writer.commit()
        reader.reload()
        assert read_versions(reader.searcher()) == expected
        for id_, version in expected.items():
            assert read_version(reader.searcher(), id_) == version
        assert read_version(reader.searcher(), "q:3") is None
        assert writer.versions() == expected

    def test_versions_are_the_newest_and_none_of_what_was_removed(self, writer, reader) -> None:
        writer.write([question(1), page(1), question(2), question(3)])
        writer.commit()
        writer.write([question(1, version=7), RemovedDocument(id="q:2", version=2), page(1)])
        writer.forget(["q:3"])
        writer.commit()
        reader.reload()
        assert read_versions(reader.searcher()) == {"q:1": 7, "e:1": 1}
        assert read_version(reader.searcher(), "q:2") is None
        assert read_version(reader.searcher(), "q:3") is None

    def test_documents_are_read_back_whole(self, writer, reader, analyzer, chance) -> None:
        letters = "абвгд \U0001f418ё'\"\\<"
        long = " ".join("".join(chance.choices(letters, k=99)) for _ in range(1_000))
        assert len(long) < MAX_TEXT_LENGTH
        long = f"{long}{'я' * (MAX_TEXT_LENGTH - len(long))}"
        documents = [
            question(1, "Слон с текстом", text=long, keywords=("серый слон", "хобот")),
            page(
                1,
                "Слон",
                text="x",
                resource="example.org",
                url="https://example.org/?a=1&b",
                image="i",
            ),
            question(2, "Слон"),
        ]
        writer.write(documents)
        writer.commit()
        index = SearchIndex(analyzer)
        index.show(reader)
        found = {
            document.id: document for document, _ in index.find("слон", limit=9, offset=0).documents
        }
        for document in documents:
            analysed = analyzer.analyse_document(document)
            assert found[document.id] == replace(analysed, terms=NO_TERMS)

    def test_other_processes_see_each_commit_and_nothing_before_it(
        self, writer, reader, analyzer
    ) -> None:
        index = SearchIndex(analyzer)
        index.show(reader)
        states = [reader.reload()]
        for number in range(20):
            writer.write([question(number, f"Слон {number}")])
            assert len(index) == number
            assert index.version(f"q:{number}") is None
            writer.commit()
            assert len(index) == number + 1
            assert index.version(f"q:{number}") == 1
            states.append(reader.reload())
        assert states == sorted(set(states))

    def test_what_was_not_committed_is_lost_with_the_writer(self, tmp_path, analyzer) -> None:
        writer = IndexWriter(InvertedIndex(tmp_path), analyzer)
        writer.write([question(1)])
        writer.commit()
        writer.write([question(2), RemovedDocument(id="q:1", version=2)])
        writer.close()
        check_files(tmp_path)
        assert read_versions(InvertedIndex(tmp_path).searcher()) == {"q:1": 1}

    def test_a_writer_that_is_closed_has_merged_what_it_began_to(self, tmp_path, analyzer) -> None:
        writer = IndexWriter(InvertedIndex(tmp_path), analyzer)
        for number in range(8):  # So many segments are merged.
            writer.write([question(number)])
            writer.commit()
        writer.close()
        meta = tmp_path / "meta.json"
        assert len(json.loads(meta.read_bytes())["segments"]) == 1
        check_files(tmp_path)
        assert len(read_versions(InvertedIndex(tmp_path).searcher())) == 8

    def test_files_that_vanish_can_still_be_read_by_those_who_have_them(
        self, tmp_path, writer, reader, analyzer
    ) -> None:
        writer.write([question(1)])
        writer.commit()
        index = SearchIndex(analyzer)
        index.show(reader)
        assert len(index) == 1
        writer.write([question(2)])
        writer.commit()
        for file in segment_files(tmp_path):  # The reader has not yet seen the second commit.
            file.unlink()
        assert len(index) == 1
        shutil.rmtree(tmp_path)
        assert len(index) == 1
        assert index.find("слон", limit=9, offset=0).total == 1

    def test_a_writer_whose_directory_was_removed_says_so(self, tmp_path, writer) -> None:
        writer.write([question(1)])
        writer.commit()
        shutil.rmtree(tmp_path)
        writer.write([question(2)])
        with pytest.raises(UnwritableIndexError):
            writer.commit()


def test_new_files_have_the_settings_of_the_store(tmp_path) -> None:
    InvertedIndex(tmp_path)
    settings = json.loads((tmp_path / "meta.json").read_text())["index_settings"]
    assert settings["docstore_compression"] == "none"
    assert tantivy.Index.exists(str(tmp_path))
