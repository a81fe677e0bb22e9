"""After an answer that is not stored, no later one of its attempt is (recovery rule 2)."""

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
from pymongo.errors import PyMongoError

from storage.attempts import journal as answer_journal
from storage.attempts.journal import AnswerJournal
from storage.client import connect, open_database
from storage.commits.answer_rows import row_key
from tests.support.proxy import Network
from tests.support.waiting import until
from widget_gateway.domain.errors import AnswerInvalidError, StorageUnavailableError

pytestmark = pytest.mark.gen_test


@pytest.fixture
def line(mongodb_uri):
    """A proxy between the journal and its database."""
    host = unquote(mongodb_uri.removeprefix("mongodb://").partition("/?")[0])
    with Network() as network:
        yield network.add(Path(host))


@pytest.fixture
def start_journal(io_loop, database, settings):
    """Start a journal over the database at this URI."""
    ends = []

    def start(uri):
        client = connect(uri, settings.driver)
        journal = AnswerJournal(open_database(client, database.name))
        running = io_loop.asyncio_loop.create_task(journal.run())
        ends.append((running, client))
        return journal

    yield start

    async def stop():
        for running, client in ends:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await client.close()

    io_loop.run_sync(stop)


class Attempt:
    """An attempt whose answers go to a journal; `ends` has the outcome of each by its seq."""

    def __init__(self, journal) -> None:
        self.id = uuid4()
        self.ends = {}
        self._journal = journal

    def answer(self, seq, value="a"):
        def done(fault):
            assert seq not in self.ends, "an answer ends once"
            self.ends[seq] = fault

        self._journal.append(self.id, 1, seq, str(seq), (value,), done)

    def stored(self, database):
        return [row["q"] for row in database.answers.find().sort("_id") if self.owns(row)]

    def owns(self, row):
        return row["_id"].startswith(self.id.bytes)


async def test_all_that_waits_behind_a_batch_that_is_given_up_fails_with_it(
    start_journal, database, line, monkeypatch
):
    """The network is silent for longer than the journal waits; then the database is back."""
    journal = start_journal(f"mongodb://{line.address}/?directConnection=true&socketTimeoutMS=700")
    first, other = Attempt(journal), Attempt(journal)
    first.answer(1)
    await until(lambda: 1 in first.ends)
    monkeypatch.setattr(answer_journal, "VISITOR_WAIT_S", 0.5)
    line.clients.silence()
    for seq in range(2, 5):
        first.answer(seq)
    # The first three are in flight before the others come, which so wait behind them.
    await until(lambda: journal._queue.queued == 0)
    for seq in range(5, 9):
        first.answer(seq)
    await until(lambda: len(first.ends) == 8)
    line.clients.heal()
    assert first.ends.pop(1) is None
    assert all(isinstance(end, StorageUnavailableError) for end in first.ends.values())
    monkeypatch.undo()
    other.answer(1)
    await until(lambda: 1 in other.ends)
    assert other.ends == {1: None}
    # The answers in flight may be stored, since they were sent; no later one is.
    assert set(first.stored(database)) <= {"1", "2", "3", "4"}


async def test_a_place_keeps_its_first_value_and_is_acknowledged_again(
    start_journal, database, mongodb_uri
):
    journal = start_journal(mongodb_uri)
    attempt = Attempt(journal)
    for seq in range(1, 31):
        attempt.answer(seq)
    await journal.flushed()
    repeats = Attempt(journal)
    repeats.id = attempt.id
    for seq in range(1, 41):
        repeats.answer(seq, "b")
    await journal.flushed()
    assert repeats.ends == dict.fromkeys(range(1, 41))
    values = [row["v"] for row in database.answers.find().sort("_id")]
    assert values == [["a"]] * 30 + [["b"]] * 10


async def test_an_answer_that_can_not_be_encoded_is_refused_alone(
    start_journal, database, mongodb_uri
):
    journal = start_journal(mongodb_uri)
    attempt, other = Attempt(journal), Attempt(journal)
    attempt.answer(1)
    attempt.answer(2, "\ud800")
    attempt.answer(3)
    other.answer(1)
    await journal.flushed()
    assert isinstance(attempt.ends.pop(2), AnswerInvalidError)
    assert attempt.ends == {1: None, 3: None}
    assert other.ends == {1: None}
    assert attempt.stored(database) == ["1", "3"]


async def test_a_row_that_the_server_refuses_stops_its_attempt_and_no_other(
    start_journal, database, mongodb_uri
):
    """A validator of the collection stands for any reason for which a server refuses a row."""
    database.command("collMod", "answers", validator={"v": {"$ne": "no"}})
    try:
        journal = start_journal(mongodb_uri)
        attempt, other = Attempt(journal), Attempt(journal)
        attempt.answer(1)
        attempt.answer(2, "no")
        attempt.answer(3)
        other.answer(1)
        await journal.flushed()
    finally:
        with contextlib.suppress(PyMongoError):
            database.command("collMod", "answers", validator={})
    assert isinstance(attempt.ends[2], StorageUnavailableError)
    assert isinstance(attempt.ends[3], StorageUnavailableError)
    assert other.ends == {1: None}
    assert "3" not in attempt.stored(database)
    assert database.answers.count_documents({"_id": row_key(attempt.id.bytes, 1, 3)}) == 0


async def test_who_waits_for_all_to_be_stored_finds_that_all_were_told(
    start_journal, mongodb_uri, monkeypatch
):
    """A drain asks in the turn between, before it closes the sockets."""
    journal = start_journal(mongodb_uri)
    attempt = Attempt(journal)
    command = journal._database.command
    looks, found = [], []

    async def look():
        await journal.flushed()
        found.append(dict(attempt.ends))

    async def command_and_look(*arguments, **options):
        reply = await command(*arguments, **options)
        looks.append(asyncio.create_task(look()))  # It runs before the callbacks of the answers.
        return reply

    monkeypatch.setattr(journal._database, "command", command_and_look, raising=False)
    attempt.answer(1)
    await journal.flushed()
    await asyncio.gather(*looks)
    assert found == [{1: None}]
