"""The scheduling of group commits: the order, the shares of keys, and the batches in flight."""

import asyncio

import pytest

from storage.commits.queue import BatchLimits, BatchQueue
from storage.driver.calls import remaining, within

pytestmark = pytest.mark.gen_test


class Writer:
    """Remembers its batches; each lasts until the test ends it."""

    def __init__(self) -> None:
        self.batches = []
        self.last = {}
        self._gates = []

    async def write(self, batch):
        self.batches.append({key: list(members) for key, members in batch.items()})
        self.last = batch
        gate = asyncio.Event()
        self._gates.append(gate)
        await gate.wait()

    def let_go(self, index):
        self._gates[index].set()


@pytest.fixture
def start(io_loop):
    """Start a queue with these limits; return it and its writer."""
    running = []

    def make(owner=lambda _key: None, **limits):
        writer = Writer()
        queue = BatchQueue(
            writer.write,
            lambda _member: 1,
            BatchLimits(**({"weight": 1_000} | limits)),
            owner,
        )
        running.append(queue.run())
        running[-1] = io_loop.asyncio_loop.create_task(running[-1])
        return queue, writer

    yield make

    async def stop():
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    io_loop.run_sync(stop)


async def turns():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_comes_while_a_batch_is_written_forms_the_next(start):
    queue, writer = start(members=10, in_flight=1)
    queue.put("a", 1)
    await turns()
    for number in (2, 3):
        queue.put("a", number)
    queue.put("b", 4)
    await turns()
    assert writer.batches == [{"a": [1]}]
    writer.let_go(0)
    await turns()
    assert writer.batches[1] == {"b": [4], "a": [2, 3]}
    assert queue.pending == 3
    writer.let_go(1)
    await queue.flushed()
    assert (queue.pending, queue.weight) == (0, 0)


async def test_a_key_in_flight_waits_while_others_are_written(start):
    queue, writer = start(members=10, in_flight=3)
    queue.put("a", 1)
    await turns()
    queue.put("a", 2)
    queue.put("b", 3)
    await turns()
    assert writer.batches == [{"a": [1]}, {"b": [3]}]
    writer.let_go(0)
    await turns()
    assert writer.batches[2] == {"a": [2]}


async def test_only_who_has_a_batch_waits_until_enough_have_gathered(start):
    queue, writer = start(lambda key: key[0], members=10, in_flight=3, enough=3)
    queue.put("a1", 1)
    await turns()
    queue.put("a2", 2)
    await turns()
    assert writer.batches == [{"a1": [1]}]
    queue.put("b1", 3)
    await turns()
    assert writer.batches[1:] == [{"b1": [3]}]
    queue.put("a3", 4)
    queue.put("b2", 5)
    await turns()
    assert writer.batches[2:] == [{"a2": [2], "a3": [4], "b2": [5]}]


async def test_a_second_batch_begins_when_enough_have_gathered(start):
    queue, writer = start(members=10, in_flight=2, enough=3)
    for key in "abc":
        queue.put(key, 1)
    await turns()
    for key in "de":
        queue.put(key, 1)
    await turns()
    assert len(writer.batches) == 1
    queue.put("f", 1)
    await turns()
    assert list(writer.batches[1]) == ["d", "e", "f"]
    for key in "ghijkl":
        queue.put(key, 1)
    await turns()
    assert len(writer.batches) == 2


async def test_a_long_queue_gets_its_share_and_the_others_theirs(start):
    queue, writer = start(members=10, in_flight=1)
    for number in range(100):
        queue.put("loud", number)
    queue.put("quiet", 1)
    await turns()
    assert writer.batches == [{"loud": list(range(5)), "quiet": [1]}]


async def test_a_share_leaves_other_keys_to_the_next_batch(start):
    queue, writer = start(members=4, in_flight=2, share=2)
    for key in "abcd":
        for _ in range(3):
            queue.put(key, 1)
    await turns()
    assert writer.batches == [{"a": [1, 1], "b": [1, 1]}, {"c": [1, 1], "d": [1, 1]}]


async def test_a_batch_is_bounded_by_weight(start):
    queue, writer = start(members=100, weight=4, in_flight=1)
    for number in range(9):
        queue.put("a", number)
    await turns()
    writer.let_go(0)
    await turns()
    writer.let_go(1)
    await turns()
    assert [batch["a"] for batch in writer.batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]


async def test_withdrawn_members_are_written_by_nobody(start):
    queue, writer = start(members=1, in_flight=1)
    for number in range(3):
        queue.put("a", number)
    await turns()
    assert queue.withdraw("a") == [1, 2]
    writer.let_go(0)
    await queue.flushed()
    assert writer.batches == [{"a": [0]}]
    queue.put("a", 3)
    await turns()
    assert writer.batches[1] == {"a": [3]}


async def test_a_batch_that_begins_anew_takes_what_has_come_for_its_keys(start):
    queue, writer = start(members=4, in_flight=1)
    queue.put("a", 1)
    await turns()
    for number in range(2, 6):
        queue.put("a", number)
    queue.put("b", 6)
    assert queue.top_up(writer.last) == [2, 3, 4]
    assert writer.last == {"a": [1, 2, 3, 4]}
    assert (queue.pending, queue.queued, queue.weight) == (6, 2, 2)
    writer.let_go(0)
    await turns()
    assert writer.batches[1] == {"b": [6], "a": [5]}
    writer.let_go(1)
    await queue.flushed()
    assert (queue.pending, queue.queued, queue.weight) == (0, 0, 0)


async def test_what_gathered_is_written_before_the_event_loop_turns():
    """In one turn the loop may read from hundreds of sockets, while the database would be idle."""
    happened = []
    gate = asyncio.Event()

    async def write(batch):
        happened.append(dict(batch))
        await gate.wait()
        asyncio.get_running_loop().call_soon(happened.append, "turned")

    queue = BatchQueue(write, lambda _member: 1, BatchLimits(members=9, weight=9, in_flight=1))
    running = asyncio.create_task(queue.run())
    queue.put("a", 1)
    await turns()
    queue.put("a", 2)
    queue.put("b", 3)
    gate.set()
    await queue.flushed()
    await turns()
    running.cancel()

    assert happened == [{"a": [1]}, {"a": [2], "b": [3]}, "turned", "turned"]


async def test_a_batch_does_not_end_with_the_wait_of_who_began_it():
    """A batch has members of other callers, and the next batch follows it."""
    waits = []
    gate = asyncio.Event()

    async def write(_batch):
        waits.append(remaining(60.0))
        await gate.wait()

    queue = BatchQueue(write, lambda _member: 1, BatchLimits(members=9, weight=9, in_flight=1))
    running = asyncio.create_task(queue.run())
    await turns()
    with within(0.0):
        queue.put("a", 1)
    await turns()
    queue.put("a", 2)
    gate.set()
    await queue.flushed()
    running.cancel()

    assert waits == [60.0, 60.0]
