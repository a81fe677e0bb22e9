"""Both drivers behave alike behind our adapter: results, waits, and cancellations."""

import asyncio
import os
import shlex
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError
from pymongo.monitoring import CommandListener

from storage import client as storage_client
from storage.client import connect, open_database, translated
from storage.driver.adapter import MOTOR_THREADS, Driver, start_session, with_wait
from storage.driver.faults import UNAVAILABLE_CODES
from storage.embedded import EmbeddedMongod
from storage.mongod.process import find_executable
from storage.transactions import run
from tests.support.processes import frozen
from tests.support.waiting import PATIENCE_S, until
from widget_gateway.domain.errors import StorageUnavailableError

pytestmark = [pytest.mark.crash, pytest.mark.parametrize("driver", list(Driver))]

WAIT_S = 2.0
"""How long calls wait in most of these tests, in seconds."""

LONG_WAIT_S, CALLS = 10.0, 400
"""How long each of so many calls at once waits, in seconds, while the database hangs."""

STORE = "things"


@pytest.fixture(scope="module")
def mongod(tmp_path_factory):
    """URI and process id of a mongod of this module, which takes test commands."""
    script = tmp_path_factory.mktemp("bin") / "mongod"
    program = shlex.quote(str(find_executable(None)))
    script.write_text(f'#!/bin/sh\nexec {program} --setParameter enableTestCommands=1 "$@"\n')
    script.chmod(0o700)
    home = tmp_path_factory.mktemp("drivers")
    mongod = EmbeddedMongod(home, executable=script)
    uri = asyncio.run(mongod.start())
    yield uri, int((home / "mongodb" / "data" / "mongod.lock").read_text())
    asyncio.run(mongod.stop())


@pytest.fixture
def stored(mongod):
    """The emptied collection, as a driver of the tests' own sees it."""
    with MongoClient(mongod[0], w=1) as client:
        client["drivers"][STORE].drop()
        yield client["drivers"][STORE]


@pytest.fixture
def opened(mongod, stored, driver):
    """Open a client of the driver and its database, as an async context manager."""
    assert stored.name == STORE

    @asynccontextmanager
    async def connected(wait_s: float = 20.0):
        async with connect(mongod[0], driver, wait_s) as client:
            yield client, open_database(client, "drivers")

    return connected


def test_reads_and_writes_answer_alike(opened):
    async def story() -> list[Any]:
        async with opened() as (_, database):
            things = database[STORE]
            await things.insert_many([{"_id": number, "n": number % 3} for number in range(300)])
            changed = await things.update_one({"_id": 1}, {"$set": {"n": 9}})
            with pytest.raises(DuplicateKeyError):
                await things.insert_one({"_id": 1})
            removed = await things.delete_many({"n": 0})
            pages = []
            cursor = things.find({}, {"_id": 1}).sort("_id", 1).batch_size(90)
            while page := await cursor.to_list(90):
                pages.append(len(page))
            counted = await things.aggregate([{"$match": {"n": 1}}, {"$count": "n"}])
            found = things.find({"n": {"$gt": 1}}, {"_id": 1}).sort("_id", -1).skip(1).limit(2)
            return [
                (changed.matched_count, removed.deleted_count, pages),
                await counted.to_list(),
                [row async for row in found],
                await things.count_documents({"n": 2}),
                (await database.command("ping"))["ok"],
            ]

    assert asyncio.run(story()) == [
        (1, 100, [90, 90, 20]),
        [{"n": 99}],
        [{"_id": 296}, {"_id": 293}],
        100,
        1.0,
    ]


def test_a_transaction_is_kept_whole_or_not_at_all(opened, stored):
    async def story() -> tuple[bool, bool]:
        async with opened() as (client, database):
            things = database[STORE]
            await things.insert_one({"_id": 0})

            async def put(session, number: int) -> bool:
                await things.insert_one({"_id": number}, session=session)
                assert await things.find_one({"_id": number}) is None
                assert len([row async for row in things.find({}, session=session)]) == 2
                return session.in_transaction

            async def fail(session) -> None:
                await put(session, 1)
                raise LookupError

            with pytest.raises(LookupError):
                await run(client, fail)
            within = await run(client, lambda session: put(session, 2))
            async with start_session(client, snapshot=True) as session:
                before = await things.find({}, session=session).to_list()
                await things.insert_one({"_id": 3})
                return within, before == await things.find({}, session=session).to_list()

    assert asyncio.run(story()) == (True, True)
    assert [row["_id"] for row in stored.find().sort("_id", 1)] == [0, 2, 3]


def test_a_change_stream_goes_on_from_its_token(opened):
    async def story() -> list[Any]:
        async with opened() as (_, database):
            things, seen, token = database[STORE], [], None
            for number in range(2):
                async with await things.watch(resume_after=token, max_await_time_ms=100) as stream:
                    if token is None:
                        await things.insert_many([{"_id": 0}, {"_id": 1}])
                    while len(seen) == number:
                        if row := await stream.try_next():
                            seen.append((row["operationType"], row["documentKey"]))
                            token = stream.resume_token
            return seen

    assert asyncio.run(story()) == [("insert", {"_id": 0}), ("insert", {"_id": 1})]


class Codes(CommandListener):
    """Records the error codes of refused commands and rows."""

    def __init__(self) -> None:
        self.seen = []

    def started(self, event):
        pass

    def succeeded(self, event):
        self.seen += [row["code"] for row in event.reply.get("writeErrors", ())]

    def failed(self, event):
        self.seen.append(event.failure.get("code"))


WRITES = {
    "update_one": ("hangDuringBatchUpdate", ({"_id": 0}, {"$inc": {"n": 1}}), [(0, 2)]),
    "replace_one": ("hangDuringBatchUpdate", ({"_id": 0}, {"n": 2}), [(0, 2)]),
    "insert_one": ("hangDuringBatchInsert", ({"_id": 1, "n": 1},), [(0, 1), (1, 1)]),
    "insert_many": (
        "hangDuringBatchInsert",
        ([{"_id": 1, "n": 1}, {"_id": 2, "n": 1}],),
        [(0, 1), (1, 1), (2, 1)],
    ),
    "delete_one": ("hangDuringBatchRemove", ({"_id": 0},), []),
    "delete_many": ("hangDuringBatchRemove", ({"n": 1},), []),
}
"""By the name of a write: the server's fail point before it, its arguments, and the rows it leaves.
"""


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_meets_a_step_down_is_made_once_there_is_a_primary_again(
    opened, stored, mongod, monkeypatch, write
):
    """The server refuses retryable writes as commands, and `delete_many` row by row."""
    codes, make = Codes(), storage_client.make_client
    monkeypatch.setattr(
        storage_client,
        "make_client",
        lambda *arguments, **options: make(*arguments, **options, event_listeners=[codes]),
    )
    stored.insert_one({"_id": 0, "n": 1})
    pause, arguments, left = WRITES[write]

    async def story(admin) -> None:
        async with opened() as (_, database):
            await asyncio.to_thread(admin.command, "configureFailPoint", pause, mode="alwaysOn")
            writing = asyncio.ensure_future(getattr(database[STORE], write)(*arguments))
            paused = [{"$currentOp": {}}, {"$match": {"failpointMsg": pause}}]
            await until(lambda: asyncio.to_thread(lambda: any(admin.aggregate(paused))))
            down = {"replSetStepDown": 1, "force": True}
            stepping = asyncio.ensure_future(asyncio.to_thread(admin.command, down))
            killed = [*paused, {"$match": {"killPending": True}}]
            await until(
                lambda: stepping.done() or asyncio.to_thread(lambda: any(admin.aggregate(killed)))
            )
            await asyncio.to_thread(admin.command, "configureFailPoint", pause, mode="off")
            await asyncio.gather(stepping, writing)

    with MongoClient(mongod[0].partition("?")[0] + "?directConnection=true") as client:
        asyncio.run(story(client.admin))
    assert set(codes.seen) <= UNAVAILABLE_CODES
    assert codes.seen
    assert [(row["_id"], row["n"]) for row in stored.find().sort("_id", 1)] == left


def test_no_call_outlasts_its_wait_while_the_database_hangs(opened, mongod):
    """Calls that waited for the threads of others would take more than the patience."""
    assert CALLS / MOTOR_THREADS * LONG_WAIT_S > PATIENCE_S

    async def story() -> None:
        async with opened(LONG_WAIT_S) as (client, database):
            things = database[STORE]
            await things.insert_one({"_id": 0})
            quick = with_wait(database, LONG_WAIT_S / 2)

            async def transact(session) -> None:
                await things.insert_one({}, session=session)

            async def read_all() -> None:
                await (await things.aggregate([{"$match": {}}])).to_list()

            calls = (
                lambda: things.find_one({}),
                lambda: things.find({}).to_list(),
                lambda: things.insert_one({}),
                lambda: things.insert_many([{}, {}]),
                lambda: things.delete_many({"_id": -1}),
                lambda: things.update_many({}, {"$set": {"n": 1}}),
                lambda: database.command("ping"),
                lambda: quick.command("ping"),
                lambda: run(client, transact),
                read_all,
            )

            async def fails(call) -> None:
                with pytest.raises(StorageUnavailableError), translated():
                    await call()

            with frozen(mongod[1]):
                async with asyncio.timeout(PATIENCE_S):
                    await asyncio.gather(*(fails(calls[n % len(calls)]) for n in range(CALLS)))
            await things.find_one({})

    asyncio.run(story())


def test_a_full_disk_is_a_storage_that_is_unavailable(opened, mongod, logs):
    async def story() -> None:
        async with opened() as (_, database):
            with pytest.raises(StorageUnavailableError), translated():
                await database[STORE].insert_one({})
            await database[STORE].insert_one({})

    full = {"failCommands": ["insert"], "errorCode": 14031}
    with MongoClient(mongod[0]) as client:
        client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data=full)
    asyncio.run(story())
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["storage_full"]


def test_who_is_cancelled_stops_whatever_it_does_at_the_moment(opened, chance):
    async def story() -> None:
        async with opened() as (_, database):

            async def read_for_ever() -> None:
                while True:
                    await database[STORE].find_one({})

            for _ in range(25):
                tasks = [asyncio.ensure_future(read_for_ever()) for _ in range(20)]
                # The random pause ends at any moment of a call.
                await asyncio.sleep(chance.uniform(0, 0.05))
                for task in tasks:
                    task.cancel()
                await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), PATIENCE_S)
                assert all(task.cancelled() for task in tasks)

    asyncio.run(story())


@pytest.mark.parametrize(("chosen", "threads"), [(None, MOTOR_THREADS), ("7", 7)])
def test_motor_has_threads_for_all_streams_or_as_many_as_the_operator_says(chosen, threads, driver):
    """Motor reads the number at its import, so another process prints it."""
    look = (
        "import sys; from storage.client import Driver, connect; "
        f"connect('mongodb://nowhere', Driver('{driver}')); "
        "motor = sys.modules.get('motor.frameworks.asyncio'); print(motor and motor.max_workers)"
    )
    environ = {key: value for key, value in os.environ.items() if key != "MOTOR_MAX_WORKERS"}
    environ |= {"MOTOR_MAX_WORKERS": chosen} if chosen else {}
    told = subprocess.run(
        [sys.executable, "-c", look], env=environ, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == (str(threads) if driver is Driver.MOTOR else "None")
