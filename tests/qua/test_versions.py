"""Versions of questions: what is kept, who may see it, and that no change is overwritten unseen."""

import asyncio

import pytest

from storage.qua import versions as stored_versions
from tests.support.qua_api import refusal_of, response_of

pytestmark = pytest.mark.gen_test

FORBIDDEN = (403, "Only its author and editors may change this.")
CHANGED = (409, "The question was changed meanwhile. Look at it anew.")


async def numbers(me, question):
    return [version["version"] for version in await me.read(f"questions/{question}/versions")]


async def test_each_change_makes_a_version_and_the_former_ones_are_kept(qua):
    me, editor = await qua.join("me"), await qua.join("editor", editor=True)
    number = (await me.ask("one", keywords=["a"], answer={"raw": "first"}))["id"]
    await editor.change(number, answer={"raw": "second"})
    await me.change(number, title="two", keywords=["b"])
    path = f"questions/{number}/versions"
    listed = await me.read(path)
    told = [(each["version"], each["title"], each["by"]["username"]) for each in listed]
    assert told == [(3, "two", "me"), (2, "one", "editor"), (1, "one", "me")]
    assert all(set(each) == {"version", "title", "archived", "at", "by"} for each in listed)
    contents = [await me.read(f"{path}/{n}") for n in (1, 2, 3)]
    assert [(each["raw"], each["keywords"]) for each in contents] == [
        ("first", ["a"]),
        ("second", ["a"]),
        ("second", ["b"]),
    ]
    assert contents[2] == listed[0] | {"raw": "second", "keywords": ["b"]}


async def test_what_changes_nothing_makes_no_version(qua):
    me = await qua.join()
    asked = await me.ask("one", keywords=["a"], answer={"raw": "first"})
    same = await me.change(asked["id"], title="one", keywords=["a"], answer={"raw": "first"})
    assert same == asked
    assert await numbers(me, asked["id"]) == [1]


async def test_archiving_and_bringing_back_are_in_the_history(qua):
    me = await qua.join()
    number = (await me.ask("Слон"))["id"]
    await me.call("DELETE", f"questions/{number}")
    assert [hit["id"] for hit in (await me.search("слон"))["hits"]] == []
    restored = response_of(await me.call("POST", f"questions/{number}/restore"))
    assert restored == await me.read(f"questions/{number}")
    assert [hit["id"] for hit in (await me.search("слон"))["hits"]] == [number]
    listed = await me.read(f"questions/{number}/versions")
    assert [(each["version"], each["archived"]) for each in listed] == [
        *((3, False), (2, True), (1, False))
    ]
    again = response_of(await me.call("POST", f"questions/{number}/restore"))
    assert again == restored


async def test_only_the_author_and_editors_see_versions_and_bring_back(qua):
    author, editor = await qua.join("author"), await qua.join("editor", editor=True)
    other = await qua.join("other")
    number = (await author.ask("secret"))["id"]
    await author.change(number, title="public")
    await author.call("DELETE", f"questions/{number}")
    for path in (f"questions/{number}/versions", f"questions/{number}/versions/1"):
        assert refusal_of(await other.find(path)) == FORBIDDEN
        assert refusal_of(await qua.find(path))[0] == 401
        await editor.read(path)
    assert refusal_of(await other.call("POST", f"questions/{number}/restore")) == FORBIDDEN
    assert refusal_of(await other.find(f"questions/{number}"))[0] == 404
    response_of(await editor.call("POST", f"questions/{number}/restore"))


async def test_a_change_upon_another_version_is_refused_and_changes_nothing(qua):
    me, editor = await qua.join("me"), await qua.join("editor", editor=True)
    number = (await me.ask("q", answer={"raw": "one"}))["id"]
    assert (await editor.change(number, answer={"raw": "two"}, version=1))["answer"]["raw"] == "two"
    late = {"answer": {"raw": "three"}, "version": 1}
    assert refusal_of(await me.call("PUT", f"questions/{number}", late)) == CHANGED
    assert (await me.read(f"questions/{number}"))["answer"]["raw"] == "two"
    assert await numbers(me, number) == [2, 1]
    assert (await me.change(number, **late | {"version": 2}))["answer"]["raw"] == "three"
    # Whoever repeats a change since its answer was lost is told of a success.
    assert (await me.change(number, **late | {"version": 2}))["answer"]["raw"] == "three"


async def test_of_parallel_changes_upon_one_version_one_is_made(qua):
    me = await qua.join()
    number = (await me.ask("q"))["id"]
    answers = await asyncio.gather(
        *(
            me.call("PUT", f"questions/{number}", {"title": f"title {n}", "version": 1})
            for n in range(8)
        )
    )
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert await numbers(me, number) == [2, 1]


@pytest.mark.parametrize("version", [0, -1, "x", 1.5, [], {"$gt": 0}, 10**10, True], ids=str)
async def test_what_is_no_version_is_refused(qua, version):
    me = await qua.join()
    number = (await me.ask("q"))["id"]
    changes = {"title": "x", "version": version}
    assert refusal_of(await me.call("PUT", f"questions/{number}", changes))[0] == 400
    assert (await me.read(f"questions/{number}"))["title"] == "q"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "questions/17/versions"),
        ("GET", "questions/17/versions/1"),
        ("POST", "questions/17/restore"),
        ("GET", "questions/{}/versions/0"),
        ("GET", "questions/{}/versions/2"),
        ("GET", "questions/{}/versions/" + "9" * 10),
        ("GET", "questions/{}/versions/x"),
    ],
)
async def test_what_is_not_there_is_not_found(qua, method, path):
    me = await qua.join(editor=True)
    number = (await me.ask("q"))["id"]
    assert refusal_of(await me.call(method, path.format(number)))[0] == 404


async def test_of_many_versions_the_last_ones_are_kept(qua, monkeypatch, database):
    monkeypatch.setattr(stored_versions, "MAX_VERSIONS", 3)
    me = await qua.join()
    number, neighbour = (await me.ask("0"))["id"], (await me.ask("0"))["id"]
    for n in range(1, 7):
        await me.change(number, title=f"{n}")
    await me.change(neighbour, title="1")
    assert await numbers(me, number) == [7, 6, 5, 4]
    assert await numbers(me, neighbour) == [2, 1]
    assert database["qua_versions"].count_documents({}) == 3 + 1
    assert refusal_of(await me.find(f"questions/{number}/versions/3"))[0] == 404


async def test_a_question_of_an_earlier_release_begins_with_its_first_version(qua, database):
    me = await qua.join()
    number = (await me.ask("before"))["id"]
    database["qua_questions"].update_one({"_id": number}, {"$unset": {"version": ""}})
    assert await numbers(me, number) == [1]
    await me.change(number, title="after", version=1)
    assert await numbers(me, number) == [2, 1]
    assert (await me.read(f"questions/{number}/versions/1"))["title"] == "before"
