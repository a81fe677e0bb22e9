"""Change streams: what they tell after a connection was lost, and when they are trusted."""

import asyncio

import pytest

from storage.changes import Changes
from storage.client import connect, open_database
from storage.indexes import create_indexes
from tests.support.waiting import until
from widget_gateway.domain.errors import StorageUnavailableError

pytestmark = pytest.mark.gen_test


class Removals(Changes[str]):
    """The stream of removed documents, by their names."""

    collection = "sign_ins"
    pipeline = [{"$match": {"operationType": "delete"}}]  # noqa: RUF012 - it is never changed

    def read(self, row):
        return row["documentKey"]["_id"]


class Reader:
    """Takes in changes; it fails at those at which the test wants it to."""

    def __init__(self, changes) -> None:
        self.changes = changes
        self.told = []
        self.fails_at = "nothing"
        self.trusted = []

    async def tell(self, change):
        self.trusted.append(self.changes.is_trusted)
        if change == self.fails_at:
            self.fails_at = "nothing"
            raise StorageUnavailableError
        self.told.append(change)


@pytest.fixture
def reader(io_loop, settings, database):
    """A reader of a stream that is followed."""
    assert database is not None
    client = connect(str(settings.mongodb_uri), settings.driver)
    opened_database = open_database(client, settings.database)
    opened = Reader(Removals(opened_database))
    running = []

    async def start():
        await create_indexes(opened_database)
        running.append(asyncio.create_task(opened.changes.follow_forever(opened.tell)))
        await until(lambda: opened.changes.is_trusted)

    async def stop():
        running[0].cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await client.close()

    io_loop.run_sync(start)
    yield opened
    io_loop.run_sync(stop)


def remove(database, *names):
    for name in names:
        database["sign_ins"].insert_one({"_id": name})
        database["sign_ins"].delete_one({"_id": name})


async def test_it_begins_with_a_gap_and_is_trusted_once_that_is_taken_in(reader, database):
    assert reader.told == [None]
    assert reader.trusted == [False]
    remove(database, "one", "two")
    await until(lambda: reader.told == [None, "one", "two"])
    assert reader.trusted == [False, True, True]


async def test_what_could_not_be_taken_in_counts_as_missed(reader, database):
    reader.fails_at = "two"
    remove(database, "one", "two", "three")
    await until(lambda: reader.told == [None, "one", None, "three"])
    # After a loss the stream is not trusted until all changes meanwhile are told.
    assert reader.trusted == [False, True, True, False, False]
    await until(lambda: reader.changes.is_trusted)
