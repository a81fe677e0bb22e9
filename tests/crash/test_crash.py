"""No acknowledged answer is lost when SIGKILL ends the gateway or its database."""

import asyncio
import operator
import random

import pytest
from websockets.asyncio.client import connect

from storage.client import connect as connect_client
from storage.client import open_database
from storage.commits.answer_rows import rows_of
from storage.driver.adapter import Driver
from storage.embedded import EmbeddedMongod
from tests.crash.visitor import Visitor
from tests.support.processes import Gateway, chosen_driver
from tests.support.waiting import until
from widget_gateway.domain.ids import AttemptId, parse_uuid
from widget_gateway.services.catalogue.files import bundled_directory

pytestmark = pytest.mark.crash

VISITORS = 40
GATEWAY_KILLS = 6
MONGOD_KILLS = 2
TEST = "work-values"
QUESTIONS = 24


async def _kill_at_random_moments(
    gateway: Gateway, visitors: list[Visitor], chance: random.Random
) -> None:
    before = [0] * VISITORS
    await _wait_for_connections(visitors, before, at_least=VISITORS)
    for _ in range(GATEWAY_KILLS):
        # At the kill at least half of the visitors give answers; others may still be opening.
        await _wait_for_connections(visitors, before, at_least=VISITORS // 2)
        await asyncio.sleep(chance.uniform(0, 0.5))
        await asyncio.to_thread(gateway.kill)
        before = _connections(visitors)
        await asyncio.to_thread(gateway.start)
    await _wait_for_connections(visitors, before, at_least=VISITORS)
    for _ in range(MONGOD_KILLS):
        await asyncio.sleep(chance.uniform(0.3, 1.0))
        told = _acknowledgements(visitors)
        await asyncio.to_thread(gateway.kill_mongod)
        # The database is launched again, and the driver finds it.
        await until(lambda told=told: all(map(operator.gt, _acknowledgements(visitors), told)))


def _acknowledgements(visitors: list[Visitor]) -> list[int]:
    return [len(visitor.acknowledged) for visitor in visitors]


def _connections(visitors: list[Visitor]) -> list[int]:
    return [visitor.connections for visitor in visitors]


async def _wait_for_connections(
    visitors: list[Visitor], before: list[int], *, at_least: int
) -> None:
    await until(lambda: sum(map(operator.gt, _connections(visitors), before)) >= at_least)


async def _answer_through_crashes(gateway: Gateway, chance: random.Random) -> list[Visitor]:
    visitors = [
        Visitor(gateway.ws_url, "college", TEST, QUESTIONS, random.Random(chance.random()))
        for _ in range(VISITORS)
    ]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for visitor in visitors:
            tasks.create_task(visitor.answer_until(stop))
        await _kill_at_random_moments(gateway, visitors, chance)
        stop.set()
    return visitors


async def _check_what_is_stored(gateway: Gateway, visitors: list[Visitor]) -> None:
    async with EmbeddedMongod(gateway.data_dir) as mongod:
        client = connect_client(mongod.uri, Driver(chosen_driver()))
        answers = open_database(client, "widget_gateway")["answers"]
        for visitor in visitors:
            assert visitor.identity is not None
            session = parse_uuid(visitor.identity["session"])
            assert session is not None
            rows = answers.find({"_id": rows_of(AttemptId(session))}).sort("_id", 1)
            stored = {
                (int.from_bytes(row["_id"][16:20]), int.from_bytes(row["_id"][20:])): (
                    row["q"],
                    row["v"],
                )
                async for row in rows
            }
            # Each answer is stored at its place with the value that was sent, and nothing else is.
            assert stored == visitor.sent
        await client.close()


async def _check_what_is_told(visitors: list[Visitor]) -> None:
    for visitor in visitors:
        async with connect(visitor.url) as socket:
            told = await visitor.open(socket)
        last = {visitor.sent[place][0]: visitor.sent[place][1] for place in sorted(visitor.sent)}
        assert dict(told["answers"]) == last
        assert told["seq"] == max(seq for _, seq in visitor.sent)


def test_every_acknowledged_answer_survives_kills_of_gateway_and_database(
    gateway: Gateway, chance: random.Random
) -> None:
    gateway.start()
    gateway.command("test", "import", str(bundled_directory()))
    gateway.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--allow-no-origin")
    )

    visitors = asyncio.run(_answer_through_crashes(gateway, chance))

    assert [fault for visitor in visitors for fault in visitor.faults] == []
    # Each visitor was hit by some of the kills.
    assert min(_connections(visitors)) > 1
    assert sum(_connections(visitors)) > VISITORS * GATEWAY_KILLS / 2
    assert all(len(visitor.acknowledged) == len(visitor.sent) > 0 for visitor in visitors)
    asyncio.run(_check_what_is_stored(gateway, visitors))
    asyncio.run(_check_what_is_told(visitors))
