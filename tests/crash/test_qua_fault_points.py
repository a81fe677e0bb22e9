"""The process dies between two steps of a call of QUA: what is written and what is found agree.

tests/crash/test_fault_points.py tests the same for partners.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any

import aiohttp
import pytest

from tests.crash.fault_points import PATIENCE, Victim, kill_everywhere

pytestmark = pytest.mark.crash


@dataclass
class Author:
    """A user at a single fault point, with a word that nobody else writes."""

    word: str
    token: str
    session: aiohttp.ClientSession
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return f"https://{self.word}.example/"

    async def call(self, url: str, method: str, path: str, **options: Any) -> Any:
        """Make a call, which has to succeed or, if it archives again, to find nothing."""
        headers = {"Authorization": f"JWT {self.token}"}
        for _ in range(PATIENCE):
            async with self.session.request(
                method, f"{url}/api/{path}", headers=headers, **options
            ) as answer:
                body = await answer.json()
                if answer.status != 503:
                    assert answer.status == 200 or (method, answer.status) == ("DELETE", 404), body
                    return body.get("response")
            await asyncio.sleep(0.1)
        raise TimeoutError(path)


Step = Callable[[str, Author], Awaitable[Any]]


async def nothing(_url: str, _author: Author) -> None:
    """Prepare nothing."""


async def ask(url: str, author: Author) -> None:
    body = {"title": author.word, "answer": {"raw": "before"}}
    author.known = await author.call(url, "POST", "questions", json=body)


async def change(url: str, author: Author) -> None:
    body = {"title": f"{author.word} again", "answer": {"raw": "after"}}
    await author.call(url, "PUT", f"questions/{author.known['id']}", json=body)


async def archive(url: str, author: Author) -> None:
    await author.call(url, "DELETE", f"questions/{author.known['id']}")


async def add(url: str, author: Author) -> None:
    body = {"url": author.page, "content": author.word}
    await author.call(url, "POST", "external_resources", json=body)


async def search(url: str, author: Author) -> None:
    await ask(url, author)
    found = await author.call(url, "GET", "search", params={"query": author.word})
    author.known = found["hits"][0]


async def open_hit(url: str, author: Author) -> None:
    path = f"questions/{author.known['id']}"
    await author.call(url, "GET", path, params=author.known["url_params"])


@dataclass(frozen=True)
class Case:
    """A call, its preparation, and the possible numbers of documents found after it."""

    name: str
    prepare: Step
    act: Step
    found: set[int]


CASES = [
    Case("ask", nothing, ask, {1, 2}),  # A lost answer leaves two questions.
    Case("change", ask, change, {1}),
    Case("archive", ask, archive, {0}),
    Case("add", nothing, add, {1}),
    Case("open", search, open_hit, {1}),
]


@pytest.fixture(scope="module")
def token(node, spelling_data_dir):
    """The token of the only user."""
    assert spelling_data_dir
    node.command("qua", "user", "create", "--username", "anna", stdin="secret\n")

    async def sign_in() -> str:
        body = {"username": "anna", "password": "secret"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{node.url}/api/auth", json=body) as answer,
        ):
            return str((await answer.json())["response"]["token"])

    return asyncio.run(sign_in())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_half_is_left_wherever_the_process_dies(case, node, token, fork, chance, stored):
    died = asyncio.run(kill_at_each_point(case, node.url, token, fork, chance, stored))
    assert died >= 1


async def kill_at_each_point(case, living_url, token, fork, chance, stored) -> int:
    async with aiohttp.ClientSession() as session:

        async def tell(victim: Victim) -> None:
            # Words that differ in a number or an ending only may find each other.
            word = "".join(chance.sample(ascii_lowercase, 12))
            author = Author(word, token, session)
            await case.prepare(living_url, author)
            await victim.do(case.act(victim.url, author))
            agrees_with_itself(stored)
            await case.act(living_url, author)
            agrees_with_itself(stored)
            found = await author.call(living_url, "GET", "search", params={"query": author.word})
            assert found["total"] in case.found

        return await kill_everywhere(fork, chance, tell)


def agrees_with_itself(stored) -> None:
    """Check that search documents agree with questions, and counts with clicks."""
    with stored.client.start_session(snapshot=True) as session:  # Others write meanwhile.
        documents = {
            row["_id"]: (row["title"], row["text"])
            for row in stored["search_documents"].find({"removed_at": None}, session=session)
        }
        described = {
            f"q:{row['_id']}": (row["title"], row["answer_text"])
            for row in stored["qua_questions"].find({"archived": False}, session=session)
        } | {
            f"e:{row['_id']}": (row["title"], row["content"])
            for row in stored["external_resources"].find(session=session)
        }
        clicked = [row["_id"]["shid"] for row in stored["clicks"].find(session=session)]
        opened = [
            row["_id"] for row in stored["searches"].find({"clicks": {"$gt": 0}}, session=session)
        ]
    assert documents == described
    assert sorted(clicked) == sorted(opened)
