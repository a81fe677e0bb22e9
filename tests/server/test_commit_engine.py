"""The commit engine stores events of many callers together; each has an outcome of its own."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pymongo.errors import AutoReconnect

from storage.client import connect, open_database
from storage.commits import engine as commit
from storage.commits.engine import CommitEngine, CommitEvent
from storage.commits.unit import Rows
from storage.commits.writes import RivalError
from storage.driver.calls import remaining, within
from storage.driver.gathered import GatheredReads
from storage.driver.waits import VISITOR_WAIT_S
from storage.partners.accesses import AccessStore
from storage.partners.users import UserStore
from storage.transactions import transaction
from tests.support.waiting import until
from widget_gateway.domain.errors import (
    AccessLimitReachedError,
    ClientNotFoundError,
    ResultNotFoundError,
    StorageError,
    StorageUnavailableError,
)
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy

pytestmark = pytest.mark.gen_test

NOW = datetime(2026, 11, 28, tzinfo=UTC)


class Node:
    """An engine over the test's database, and the number of events in each of its batches."""

    def __init__(self, settings) -> None:
        self.batches = []
        self.client = connect(str(settings.mongodb_uri), settings.driver)
        database = open_database(self.client, settings.database)
        self.engine = CommitEngine(self.client, database, self.batches.append)
        self.accesses = AccessStore(UserStore(database), self.engine)
        self._running = None

    def run(self):
        self._running = asyncio.ensure_future(self.engine.run())

    async def stop(self):
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self.client.close()


@pytest.fixture
def start_node(io_loop, settings):
    """Make a node; its events gather until the test calls `run`."""
    nodes = []

    def start():
        nodes.append(Node(settings))
        return nodes[-1]

    yield start

    async def stop():
        for node in nodes:
            await node.stop()

    io_loop.run_sync(stop)


@pytest.fixture
def caller_of(backend, register):
    """Register a provider; return it as a caller."""

    async def make(slug, **fields):
        await register(slug, **fields)
        return Caller(await backend.services.partner.providers.get(slug), sandbox=False)

    return make


def note(slug, test="t", *, fail=None):
    """Make an event that counts a started test, and then raises `fail`, if it is not None."""

    def happen(unit):
        unit.count(slug, test, "started", at=NOW, sandbox=False)
        unit.results.put({"_id": uuid4(), "provider": slug})
        if fail is not None:
            raise fail
        return slug

    return CommitEvent(slug, lambda _unit: None, happen)


async def outcomes(*calls):
    return await asyncio.gather(*calls, return_exceptions=True)


def started(database):
    return sum(row.get("started", 0) for row in database.statistics.find())


async def test_events_that_come_together_are_one_transaction(start_node, database):
    node = start_node()
    calls = [asyncio.ensure_future(node.engine.submit(note("a"))) for _ in range(100)]
    await asyncio.sleep(0)
    node.run()
    assert await asyncio.gather(*calls) == ["a"] * 100
    assert node.batches == [100]
    assert started(database) == database.results.count_documents({}) == 100
    assert database.statistics.count_documents({}) == 1


async def test_a_refusal_is_its_events_alone_and_leaves_nothing(start_node, database):
    node = start_node()
    refusal = ResultNotFoundError()
    events = [note("a", fail=refusal if n % 3 == 0 else None) for n in range(9)]
    calls = asyncio.ensure_future(outcomes(*map(node.engine.submit, events)))
    await asyncio.sleep(0)
    node.run()
    ends = await calls
    assert ends == [refusal if n % 3 == 0 else "a" for n in range(9)]
    assert node.batches == [9]
    assert started(database) == database.results.count_documents({}) == 6


async def test_the_last_accesses_go_to_those_who_asked_first(start_node, database, caller_of):
    caller = await caller_of("p", payment_policy=PaymentPolicy.PREPAID, access_limit=5)
    node = start_node()
    calls = [node.accesses.issue(caller, f"user-{n}", NOW) for n in range(20)]
    waiting = asyncio.ensure_future(outcomes(*calls))
    node.run()
    ends = await waiting
    issued = [not isinstance(end, BaseException) for end in ends]
    assert issued == [True] * 5 + [False] * 15
    assert all(isinstance(end, AccessLimitReachedError) for end in ends[5:])
    assert database.providers.find_one({"_id": "p"})["access_count"] == 5
    assert database.accesses.count_documents({}) == 5
    assert database.provider_users.count_documents({}) == 5


async def test_the_same_user_twice_in_a_batch_is_one_access(start_node, database, caller_of):
    caller = await caller_of("p", payment_policy=PaymentPolicy.POSTPAID)
    node = start_node()
    node.run()
    ends = await asyncio.gather(*(node.accesses.issue(caller, "anna", NOW) for _ in range(30)))
    assert len({user.key for user, _ in ends}) == 1
    assert sum(is_new for _, is_new in ends) == 1
    assert database.providers.find_one({"_id": "p"})["access_count"] == 1


@pytest.mark.parametrize(
    "poison", [{"_id": {"$no": "key"}}, {"_id": 1, "n": 2**70}, {"_id": 2, "\0": 1}]
)
async def test_an_event_that_can_not_be_stored_fails_alone(start_node, database, poison):
    node = start_node()
    bad = CommitEvent("a", lambda _unit: None, lambda unit: unit.results.put(poison))
    events = [note("a") for _ in range(20)]
    events.insert(7, bad)
    calls = asyncio.ensure_future(outcomes(*map(node.engine.submit, events)))
    await asyncio.sleep(0)
    node.run()
    ends = await calls
    assert isinstance(ends.pop(7), StorageError)
    assert ends == ["a"] * 20
    assert started(database) == 20


async def test_an_event_that_has_a_fault_of_ours_fails_alone(start_node):
    node = start_node()
    node.run()
    fault = KeyError("a bug")
    ends = await outcomes(*(node.engine.submit(note("a", fail=f)) for f in (None, fault, None)))
    assert ends == ["a", fault, "a"]


async def test_two_nodes_count_exactly_and_end(start_node, database, caller_of):
    caller = await caller_of("p", payment_policy=PaymentPolicy.PREPAID, access_limit=150)
    nodes = [start_node(), start_node()]
    for node in nodes:
        node.run()
    calls = [node.accesses.issue(caller, f"user-{n}", NOW) for n in range(200) for node in nodes]
    ends = await outcomes(*calls)
    refused = [end for end in ends if isinstance(end, BaseException)]
    assert all(isinstance(refusal, AccessLimitReachedError) for refusal in refused)
    assert database.providers.find_one({"_id": "p"})["access_count"] == 150
    assert database.accesses.count_documents({}) == 150
    assert database.provider_users.count_documents({}) == 150
    assert sum(not isinstance(end, BaseException) and end[1] for end in ends) == 150


async def test_who_waits_for_a_rival_holds_up_no_other_provider(
    start_node, database, client, caller_of
):
    blocked = await caller_of("blocked", payment_policy=PaymentPolicy.POSTPAID)
    other = await caller_of("other", payment_policy=PaymentPolicy.POSTPAID)
    node = start_node()
    with client.start_session() as session, session.start_transaction():
        database.providers.update_one(
            {"_id": "blocked"}, {"$inc": {"access_count": 1}}, session=session
        )
        held = asyncio.ensure_future(node.accesses.issue(blocked, "anna", NOW))
        free = asyncio.ensure_future(node.accesses.issue(other, "bob", NOW))
        await asyncio.sleep(0)
        node.run()
        assert (await free)[1]
        assert not held.done()
        session.abort_transaction()
    assert (await held)[1]
    assert database.providers.find_one({"_id": "blocked"})["access_count"] == 1


async def test_what_is_new_by_mistake_is_a_rival_beside_what_is_changed(database, settings):
    """Both are in the same command, whose reply has to tell them apart."""
    database.results.insert_many([{"_id": 1, "n": 1}, {"_id": 2, "n": 1}])
    async with connect(str(settings.mongodb_uri), settings.driver) as own:
        for new, n in ((2, 1), (3, 2)):
            rows = Rows(open_database(own, settings.database), "results")
            rows.want(1)
            await rows.read(None)
            rows.put(rows.get(1) | {"n": 2})
            rows.put({"_id": new, "n": 9})
            rivals = pytest.raises(RivalError) if n == 1 else nullcontext()
            with rivals:
                async with transaction(own) as session:
                    await rows.write(session)
            assert database.results.find_one({"_id": 1}) == {"_id": 1, "n": n}
    assert database.results.find_one({"_id": 2}) == {"_id": 2, "n": 1}
    assert database.results.find_one({"_id": 3}) == {"_id": 3, "n": 9}


async def test_a_crowd_of_visits_does_not_wait_for_a_rival_of_its_providers_accesses(
    start_node, database, client, caller_of
):
    caller = await caller_of("p", payment_policy=PaymentPolicy.POSTPAID)
    node = start_node()
    with client.start_session() as session, session.start_transaction():
        database.providers.update_one({"_id": "p"}, {"$inc": {"access_count": 1}}, session=session)
        held = asyncio.ensure_future(node.accesses.issue(caller, "anna", NOW))
        await asyncio.sleep(0)
        node.run()
        await asyncio.sleep(0)  # The access is in flight, in a batch of its own.
        visits = [replace(note("p"), line=1) for _ in range(commit.BATCHES.enough)]
        assert await outcomes(*map(node.engine.submit, visits)) == ["p"] * len(visits)
        assert not held.done()
        session.abort_transaction()
    assert (await held)[1]
    assert started(database) == len(visits)


async def test_a_provider_disabled_meanwhile_gets_no_access(start_node, database, caller_of):
    caller = await caller_of("p", payment_policy=PaymentPolicy.POSTPAID)
    node = start_node()
    calls = asyncio.ensure_future(
        outcomes(*(node.accesses.issue(caller, f"user-{n}", NOW) for n in range(5)))
    )
    await until(lambda: node.engine._queue.queued == 5)
    database.providers.update_one({"_id": "p"}, {"$set": {"enabled": False}})
    node.run()
    assert [type(end) for end in await calls] == [ClientNotFoundError] * 5
    assert database.provider_users.count_documents({}) == 0


async def test_an_event_whose_caller_has_gone_does_not_happen(start_node, database):
    node = start_node()
    calls = [asyncio.ensure_future(node.engine.submit(note("a"))) for _ in range(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.sleep(0)
    node.run()
    await asyncio.wait(calls)
    assert started(database) == 5


async def test_who_comes_during_an_outage_goes_with_those_who_waited(start_node, database):
    """After an election each majority may take seconds, so nobody has to wait for two of them."""
    node, came = start_node(), []

    def meet_an_outage(_unit):
        if not came:
            came.extend(asyncio.ensure_future(node.engine.submit(note("a"))) for _ in range(9))
            raise AutoReconnect

    first = replace(note("a"), wants=meet_an_outage)
    node.run()
    assert await node.engine.submit(first) == "a"
    assert await asyncio.gather(*came) == ["a"] * 9
    assert node.batches == [10]
    assert started(database) == 10


async def test_a_full_queue_refuses_the_last_of_who_has_the_most(start_node, monkeypatch):
    monkeypatch.setattr(commit, "MAX_WAITING", 10)
    node = start_node()
    loud = [asyncio.ensure_future(node.engine.submit(note("loud"))) for _ in range(12)]
    await asyncio.sleep(0)
    quiet = [asyncio.ensure_future(node.engine.submit(note("quiet"))) for _ in range(3)]
    await asyncio.sleep(0)
    node.run()
    ends = await outcomes(*loud)
    assert ends[:7] == ["loud"] * 7
    assert all(isinstance(end, StorageUnavailableError) for end in ends[7:])
    assert await asyncio.gather(*quiet) == ["quiet"] * 3


async def test_the_steps_of_a_call_together_wait_as_long_as_it_may(start_node):
    node = start_node()  # It does not run, as if all its batches were stuck.
    with within(0.5):
        for _ in range(10):
            with pytest.raises(StorageUnavailableError):
                await node.engine.submit(note("a"), 600)
            assert remaining(600) == 0


async def test_what_many_read_together_is_not_bounded_by_the_first_of_them():
    left = []

    async def read(keys):
        left.append(remaining(600))
        return dict.fromkeys(keys, 1)

    gathered = GatheredReads(read, 600)
    with within(0.5):
        assert await gathered.get("a") == 1
    assert left[0] > VISITOR_WAIT_S / 2


async def test_who_has_waited_long_enough_is_told_and_nothing_happens(start_node, database):
    node = start_node()  # It does not run, as if all its batches were stuck.
    with pytest.raises(StorageUnavailableError):
        await node.engine.submit(note("a"), 0.05)
    node.run()
    await node.engine.flushed()
    assert started(database) == 0
