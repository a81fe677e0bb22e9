"""Turns are given to parties one after another, and no party can fill all places."""

import asyncio
from contextlib import ExitStack

import pytest

from widget_gateway.domain.errors import BusyError
from widget_gateway.services.fair_turns import FairTurns

pytestmark = pytest.mark.gen_test


class Work:
    """Calls that take a turn; each works until the test ends it. `served` has them in order."""

    def __init__(self, turns) -> None:
        self.served = []
        self._turns = turns
        self.tasks = []
        self.gates = {}

    async def _call(self, name, party):
        with self._turns.place(party):
            async with self._turns.turn(party):
                self.served.append(name)
                await self.gates[name].wait()

    async def ask(self, *names):
        """Begin calls, whose party is the first letter of the name."""
        tasks = []
        for name in names:
            self.gates[name] = asyncio.Event()
            tasks.append(asyncio.ensure_future(self._call(name, name[0])))
        self.tasks += tasks
        await settled()
        return tasks

    async def end(self, *names):
        for name in names:
            self.gates[name].set()
            await settled()


async def settled():
    """Let all tasks go as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def work(io_loop):
    made = []

    def make(**limits):
        made.append(Work(FairTurns(**{"at_once": 1, "places": 100} | limits)))
        return made[-1]

    async def end():
        tasks = [task for work in made for task in work.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    yield make
    io_loop.run_sync(end)


async def test_a_party_is_served_next_however_many_calls_of_another_wait(work):
    calls = work()
    await calls.ask(*(f"a{number}" for number in range(40)))
    await calls.ask("b0")
    await calls.end("a0")
    assert calls.served == ["a0", "b0"]


async def test_waiting_parties_take_turns_and_each_keeps_its_order(work):
    calls = work()
    await calls.ask("a0", "a1", "a2", "b0", "b1", "c0")
    await calls.end("a0", "b0", "c0", "a1", "b1", "a2")
    assert calls.served == ["a0", "b0", "c0", "a1", "b1", "a2"]


async def test_a_turn_is_kept_free_from_a_party_that_has_its_share(work):
    calls = work(at_once=2, of_party=1)
    await calls.ask("a0", "a1", "a2")
    assert calls.served == ["a0"]
    await calls.ask("b0")
    assert calls.served == ["a0", "b0"]
    await calls.end("b0")
    assert calls.served == ["a0", "b0"]
    await calls.end("a0")
    assert calls.served == ["a0", "b0", "a1"]


async def test_even_none_may_be_a_party():
    turns = FairTurns(at_once=1, places=2)
    async with asyncio.timeout(10), turns.turn(None):
        pass


async def test_who_fills_the_places_is_refused_and_others_are_not(work):
    calls = work(places=8)
    asked = await calls.ask(*(f"a{number}" for number in range(20)))
    refused = [call for call in asked if call.done()]
    assert len(refused) == 16
    assert all(isinstance(call.exception(), BusyError) for call in refused)
    others = await calls.ask("b0", "b1", "c0")
    assert not any(call.done() for call in others)


async def test_places_and_turns_of_calls_that_were_given_up_are_free_again(work):
    calls = work(places=4)
    for _ in range(3):
        working, waiting = await calls.ask("a0", "a1")
        waiting.cancel()
        working.cancel()
        await asyncio.wait([working, waiting])
    (last,) = await calls.ask("b0")
    await calls.end("b0")
    await last
    assert calls.served == ["a0", "a0", "a0", "b0"]


async def test_a_turn_that_is_given_in_the_moment_of_a_cancellation_goes_to_the_next(work):
    calls = work()
    _, given_up, _ = await calls.ask("a0", "b0", "c0")
    calls.gates["a0"].set()
    await asyncio.sleep(0)  # now b0 has its turn, but has not gone on
    given_up.cancel()
    await settled()
    assert calls.served == ["a0", "c0"]


def test_a_party_that_has_left_is_forgotten():
    turns = FairTurns(at_once=1, places=10)
    with ExitStack() as stack:
        for party in range(4):
            stack.enter_context(turns.place(party))
    assert not turns._placed


def test_a_refusal_has_the_message_of_its_turns():
    turns = FairTurns(at_once=1, places=2, message="More slowly.")
    with turns.place("a"), pytest.raises(BusyError, match="slowly"), turns.place("a"):
        pass
