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
from pymongo.database import Database

from tests.crash.fault_points import PATIENCE, Fork, Victim, kill_everywhere
from tests.support.waiting import until
from widget_gateway.domain.qua.versions import MAX_VERSIONS

pytestmark = pytest.mark.crash


@dataclass
class Author:
    """A user at a single fault point, with words that nobody else writes."""

    word: str
    synonym: str
    newer_synonym: str
    token: str
    session: aiohttp.ClientSession
    stored: Database[dict[str, Any]]
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return f"https://{self.word}.example/"

    async def call(self, url: str, method: str, path: str, **options: Any) -> Any:
        """Make a call, which has to succeed or, if it removes again, to find nothing."""
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


async def ask_and_archive(url: str, author: Author) -> None:
    await ask(url, author)
    await archive(url, author)


async def restore(url: str, author: Author) -> None:
    await author.call(url, "POST", f"questions/{author.known['id']}/restore")


async def ask_and_change(url: str, author: Author) -> None:
    await ask(url, author)
    await change(url, author)


async def put_first_version_back(url: str, author: Author) -> None:
    """Change a question of two versions to what it was, and overwrite no third one."""
    path = f"questions/{author.known['id']}"
    first = await author.call(url, "GET", f"{path}/versions/1")
    body = {"title": first["title"], "answer": {"raw": first["raw"]}, "version": 2}
    await author.call(url, "PUT", path, json=body)


async def ask_and_change_often(url: str, author: Author) -> None:
    """Let as many former versions be kept as may be, so that the next change deletes the first."""
    await ask_and_change(url, author)
    question = author.known["id"]
    key = {"question": question, "version": 1}
    first: Any = author.stored["qua_versions"].find_one({"_id": key})
    author.stored["qua_versions"].insert_many(
        first | {"_id": {"question": question, "version": number}}
        for number in range(2, MAX_VERSIONS + 1)
    )
    author.stored["qua_questions"].update_one(
        {"_id": question}, {"$set": {"version": MAX_VERSIONS + 1}}
    )


async def change_back(url: str, author: Author) -> None:
    body = {"title": author.word, "answer": {"raw": "before"}}
    await author.call(url, "PUT", f"questions/{author.known['id']}", json=body)


async def history(url: str, author: Author) -> list[dict[str, Any]]:
    """Return all versions, newest first, the last three with their contents."""
    path = f"questions/{author.known['id']}/versions"
    listed = await author.call(url, "GET", path)
    newest = [await author.call(url, "GET", f"{path}/{line['version']}") for line in listed[:3]]
    return [
        {name: value for name, value in version.items() if name != "at"}
        for version in [*newest, *listed[3:]]
    ]


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
    Case("add", nothing, add, {1}),
    Case("open", search, open_hit, {1}),
]


@dataclass(frozen=True)
class VersionCase(Case):
    """A call that makes a version of a question, and the versions that are kept then."""

    versions: range


VERSION_CASES = [
    VersionCase("change", ask, change, {1}, range(1, 3)),
    VersionCase("change often", ask_and_change_often, change_back, {1}, range(2, MAX_VERSIONS + 3)),
    VersionCase("put back", ask_and_change, put_first_version_back, {1}, range(1, 4)),
    VersionCase("archive", ask, archive, {0}, range(1, 3)),
    VersionCase("restore", ask_and_archive, restore, {1}, range(1, 4)),
]


Groups = set[tuple[tuple[str, ...], bool]]
"""The words of groups, and whether the first word only finds the others."""


async def ask_and_add_synonyms(url: str, author: Author) -> None:
    await ask(url, author)
    await add_synonyms(url, author)


async def add_synonyms(url: str, author: Author) -> None:
    body = {"words": [author.word, author.synonym]}
    author.known = await author.call(url, "POST", "synonyms", json=body)


async def change_synonyms(url: str, author: Author) -> None:
    body = {"words": [author.newer_synonym, author.word], "one_way": True}
    await author.call(url, "PUT", f"synonyms/{author.known['id']}", json=body)


async def remove_synonyms(url: str, author: Author) -> None:
    await author.call(url, "DELETE", f"synonyms/{author.known['id']}")


@dataclass(frozen=True)
class SynonymCase:
    """A call that writes a group, its preparation, and which words of the group are there then."""

    name: str
    prepare: Step
    act: Step
    before: Callable[[Author], Groups]
    after: Callable[[Author], Groups]


def no_group(_author: Author) -> Groups:
    return set()


def first_group(author: Author) -> Groups:
    return {((author.word, author.synonym), False)}


def changed_group(author: Author) -> Groups:
    return {((author.newer_synonym, author.word), True)}


# A lost answer to "add" leaves two groups that say the same, so groups are compared as sets.
SYNONYM_CASES = [
    SynonymCase("add", ask, add_synonyms, no_group, first_group),
    SynonymCase("change", ask_and_add_synonyms, change_synonyms, first_group, changed_group),
    SynonymCase("remove", ask_and_add_synonyms, remove_synonyms, first_group, no_group),
]


@pytest.fixture(scope="module")
def token(node, spelling_data_dir):
    """The token of the only user, who is an editor."""
    assert spelling_data_dir
    node.command("qua", "user", "create", "--username", "anna", "--editor", stdin="secret\n")

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
            author = new_author(chance, token, session, stored)
            await case.prepare(living_url, author)
            await die_and_repeat(case, victim, living_url, author, stored)

        return await kill_everywhere(fork, chance, tell)


async def die_and_repeat(case, victim, living_url, author, stored, look=nothing) -> list[Any]:
    """Return what `look` sees before the call, after the death in it, and after its repeat."""
    before = await look(living_url, author)
    await victim.do(case.act(victim.url, author))
    agrees_with_itself(stored)
    left = await look(living_url, author)
    await case.act(living_url, author)
    agrees_with_itself(stored)
    found = await author.call(living_url, "GET", "search", params={"query": author.word})
    assert found["total"] in case.found
    return [before, left, await look(living_url, author)]


@pytest.mark.parametrize("case", VERSION_CASES, ids=lambda case: case.name)
def test_a_question_and_its_versions_agree_wherever_the_process_dies(
    case, node, token, fork, chance, stored
):
    died = asyncio.run(kill_at_each_version(case, node.url, token, fork, chance, stored))
    assert died >= 1


async def kill_at_each_version(case, living_url, token, fork, chance, stored) -> int:
    async with aiohttp.ClientSession() as session:

        async def tell(victim: Victim) -> None:
            author = new_author(chance, token, session, stored)
            await case.prepare(living_url, author)
            before, left, after = await die_and_repeat(
                case, victim, living_url, author, stored, history
            )
            assert left in (before, after)
            assert [version["version"] for version in reversed(after)] == list(case.versions)

        return await kill_everywhere(fork, chance, tell)


@pytest.mark.parametrize("case", SYNONYM_CASES, ids=lambda case: case.name)
def test_a_group_of_synonyms_is_there_or_not_wherever_the_process_dies(
    case, node, token, fork, chance, stored
):
    died = asyncio.run(kill_at_each_write_of_synonyms(case, node.url, token, fork, chance, stored))
    assert died >= 1


async def kill_at_each_write_of_synonyms(case, living_url, token, fork, chance, stored) -> int:
    async with aiohttp.ClientSession() as session:

        async def tell(victim: Victim) -> None:
            author = new_author(chance, token, session, stored)
            await case.prepare(living_url, author)
            await victim.do(case.act(victim.url, author))
            left = await groups_of(author, living_url)
            assert left in (case.before(author), case.after(author))
            assert await finding_in_new_process(author, fork) == should_find(author, left)
            await case.act(living_url, author)
            repeated = await groups_of(author, living_url)
            assert repeated == case.after(author)
            # If the dead process had removed the group, the living one is told within a second.
            await until(lambda: finds_exactly(author, living_url, should_find(author, repeated)))

        return await kill_everywhere(fork, chance, tell)


def new_author(chance, token, session, stored) -> Author:
    # Words that differ in a number or an ending only may find each other.
    word, synonym, newer = ("".join(chance.sample(ascii_lowercase, 12)) for _ in range(3))
    return Author(word, synonym, newer, token, session, stored)


async def groups_of(author: Author, url: str) -> Groups:
    """Read the groups that have the author's word."""
    groups = await author.call(url, "GET", "synonyms")
    return {
        (tuple(group["words"]), group["one_way"])
        for group in groups
        if author.word in group["words"]
    }


def should_find(author: Author, groups: Groups) -> set[str]:
    """Return which words find the author's question, whose title is its word."""
    return {author.word}.union(*(words[:1] if one_way else words for words, one_way in groups))


async def finding_in_new_process(author: Author, fork: Fork) -> set[str]:
    """Start a gateway, which never dies of itself, and return which words find the question."""
    new = await fork(1, after=False)
    try:
        return await finding(author, new.url)
    finally:
        new.end()


async def finds_exactly(author: Author, url: str, words: set[str]) -> bool:
    return await finding(author, url) == words


async def finding(author: Author, url: str) -> set[str]:
    """Return which of the author's words find the question."""
    return {
        word
        for word in (author.word, author.synonym, author.newer_synonym)
        if (await author.call(url, "GET", "search", params={"query": word}))["total"]
    }


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
