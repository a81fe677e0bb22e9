"""Processes that write the search index are killed: what was acknowledged is found all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import Any

import aiohttp
import psutil
import pytest

from tests.support.processes import Gateway
from tests.support.waiting import until

pytestmark = pytest.mark.crash

WRITERS = 8
"""Users who write at the same time, each of whom waits for an answer before the next call."""

KILLS = 4
"""How often the process that leads is killed during the writes."""

BETWEEN = 15
"""Acknowledged questions between two kills."""

LOOKS = 8
"""Connections for which each search is made, so that both processes answer some of them."""


@pytest.fixture
def serving(gateway: Gateway, data_dir: Path) -> Gateway:
    """A gateway of two processes, with a user."""
    gateway.with_data_directory().with_dictionary(data_dir)
    gateway.start("--processes", "2")
    gateway.command("qua", "user", "create", "--username", "anna", stdin="secret\n")
    return gateway


def workers(gateway: Gateway) -> list[psutil.Process]:
    children = psutil.Process(gateway.pid).children()
    return [child for child in children if child.name() != "mongod" and child.is_running()]


def index_of(gateway: Gateway) -> Path | None:
    """Return the directory of the index; None before it is made."""
    return next((gateway.data_dir / "search").glob("*"), None)


def current(gateway: Gateway) -> str | None:
    """Return the number of the index that has all documents; None while nobody leads."""
    path = index_of(gateway)
    try:
        return None if path is None else (path / "current").read_text() or None
    except FileNotFoundError:
        return None


def leader(gateway: Gateway) -> psutil.Process | None:
    """Return the process that holds the lock, or None if none does so."""
    path = index_of(gateway)
    if path is None:
        return None
    inode = (path / "lock").stat().st_ino
    holders = {
        int(line.split()[4])
        for line in Path("/proc/locks").read_text().splitlines()
        if "FLOCK" in line and "->" not in line and int(line.split()[5].split(":")[2]) == inode
    }
    return next((worker for worker in workers(gateway) if worker.pid in holders), None)


def is_alone(gateway: Gateway) -> bool:
    """Whether one process of two leads."""
    return len(workers(gateway)) == 2 and leader(gateway) is not None


class Anna:
    """The user, who calls again whenever a process dies before it has answered."""

    def __init__(self, gateway: Gateway, session: aiohttp.ClientSession) -> None:
        self._gateway = gateway
        self._session = session
        self._token = ""
        self.asked: dict[str, int] = {}
        """Numbers of the questions whose making was acknowledged, by the word of each."""
        self.archived: set[str] = set()
        """Words of questions whose removal was acknowledged."""

    async def sign_in(self) -> None:
        body = {"username": "anna", "password": "secret"}
        self._token = (await self.call("POST", "auth", json=body))["token"]

    async def call(
        self, method: str, path: str, session: aiohttp.ClientSession | None = None, **options: Any
    ) -> Any:
        headers = {"Authorization": f"JWT {self._token}"} if self._token else {}
        found: dict[str, Any] = {}

        async def is_answered() -> bool:
            try:
                async with (session or self._session).request(
                    method, f"{self._gateway.url}/api/{path}", headers=headers, **options
                ) as answer:
                    body = await answer.json()
            except aiohttp.ClientError:
                return False  # The process was killed amid the call.
            if answer.status == 503:
                return False
            again = method == "DELETE" and answer.status == 404
            assert answer.status == 200 or again, (answer.status, body)
            found["response"] = body.get("response")
            return True

        await until(is_answered)
        return found["response"]

    async def write(self, chance: Random, stop: asyncio.Event) -> None:
        """Ask questions with a word of their own each, and archive every third."""
        while not stop.is_set():
            # Words that differ in a number or an ending only may find each other.
            word = "".join(chance.sample(ascii_lowercase, 14))
            number = (await self.call("POST", "questions", json={"title": word}))["id"]
            self.asked[word] = number
            if chance.random() < 1 / 3:
                await self.call("DELETE", f"questions/{number}")
                self.archived.add(word)

    async def finds(self, word: str, session: aiohttp.ClientSession | None = None) -> set[int]:
        found = await self.call(
            "GET", "search", session, params={"query": word, "limit": "100", "spelling": "0"}
        )
        return {hit["id"] for hit in found["hits"]}

    async def check(self) -> None:
        """Check on several connections that each search finds all that it should and no more.

        A question is asked again if its answer was lost, so its word may be in two of them.
        """
        expected = {
            word: number for word, number in self.asked.items() if word not in self.archived
        }
        for _ in range(LOOKS):
            # A new connection may come to another process, whichever answered the last one.
            async with aiohttp.ClientSession() as session:
                for word, number in expected.items():
                    await until(lambda w=word, n=number, s=session: self._has(w, n, s))
                for word in self.archived:
                    number = self.asked[word]
                    await until(lambda w=word, n=number, s=session: self._lacks(w, n, s))

    async def _has(self, word: str, number: int, session: aiohttp.ClientSession) -> bool:
        return number in await self.finds(word, session)

    async def _lacks(self, word: str, number: int, session: aiohttp.ClientSession) -> bool:
        return number not in await self.finds(word, session)


@asynccontextmanager
async def signed_in(gateway: Gateway) -> AsyncIterator[Anna]:
    async with aiohttp.ClientSession() as session:
        anna = Anna(gateway, session)
        await anna.sign_in()
        yield anna


async def write_and_kill(serving: Gateway, anna: Anna, chance: Random) -> None:
    """Let users write, and kill the process that leads again and again."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(WRITERS):
            tasks.create_task(anna.write(chance, stop))
        for _ in range(KILLS):
            enough = len(anna.asked) + BETWEEN
            await until(lambda enough=enough: len(anna.asked) >= enough and is_alone(serving))
            victim = leader(serving)
            assert victim is not None
            victim.kill()
            await until(lambda victim=victim: leader(serving) not in (None, victim))
        stop.set()


def test_what_was_acknowledged_is_found_however_often_the_leader_dies(serving, chance) -> None:
    asyncio.run(_kill_leaders_and_then_all(serving, chance))


async def _kill_leaders_and_then_all(serving: Gateway, chance: Random) -> None:
    async with signed_in(serving) as anna:
        await write_and_kill(serving, anna, chance)
        await until(lambda: is_alone(serving) and current(serving) is not None)
        assert len(anna.asked) >= KILLS * BETWEEN
        assert anna.archived
        await anna.check()
        assert current(serving) == "1"

        stop = asyncio.Event()
        writing = [asyncio.create_task(anna.write(chance, stop)) for _ in range(WRITERS)]
        enough = len(anna.asked) + BETWEEN
        await until(lambda: len(anna.asked) >= enough)
        await asyncio.to_thread(serving.kill)
        stop.set()
        await asyncio.to_thread(serving.start, "--processes", "2")
        await asyncio.gather(*writing)  # They call again until they are answered.
        await until(lambda: is_alone(serving) and current(serving) is not None)
        await anna.check()
        assert current(serving) == "1"
