"""Processes make collections and indexes at their start, and many may do so at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from tornado.ioloop import IOLoop

from storage.client import connect, open_database
from storage.indexes import COLLECTIONS, create_indexes, missing_indexes
from widget_gateway.composition.application import Backend
from widget_gateway.settings import Settings

CREATE = """
import asyncio, sys
from storage.client import connect, open_database
from storage.indexes import create_indexes
from storage.driver.adapter import Driver

async def create(uri, name, driver):
    async with connect(uri, Driver(driver)) as client:
        await create_indexes(open_database(client, name))

asyncio.run(create(*sys.argv[1:]))
"""


def _where(settings: Settings) -> list[str]:
    return [str(settings.mongodb_uri), settings.database, settings.driver]


def _create_in_a_process(settings: Settings) -> str:
    command = [sys.executable, "-c", CREATE, *_where(settings)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_eight_processes_build_the_indexes_of_a_new_database_at_once(
    settings: Settings, io_loop: IOLoop
) -> None:
    with ThreadPoolExecutor(8) as pool:
        faults = list(pool.map(_create_in_a_process, [settings] * 8))

    async def look() -> tuple[set[str], list[str]]:
        async with connect(str(settings.mongodb_uri), settings.driver) as client:
            database = open_database(client, settings.database)
            return set(await database.list_collection_names()), await missing_indexes(database)

    assert faults == [""] * 8
    assert io_loop.run_sync(look) == (set(COLLECTIONS), [])


@pytest.mark.gen_test
async def test_a_missing_index_is_named_and_built_at_the_next_start(
    backend: Backend, settings: Settings
) -> None:
    async with connect(str(settings.mongodb_uri), settings.driver) as client:
        database = open_database(client, settings.database)
        await database["attempts"].drop_index("expiry")

        assert await backend.services.public.health.faults() == ["index attempts.expiry is missing"]
        findings = {
            finding.subject: finding for finding in await backend.services.public.health.examine()
        }
        assert not findings["indexes"].ok

        await create_indexes(database)
        assert await missing_indexes(database) == []
