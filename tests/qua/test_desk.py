"""The editor's desk and the home: lists to work through, previews, keywords, pages, what is new."""

import pytest

from tests.support.qua_api import refusal_of, response_of
from widget_gateway.services.qua import desk, home

pytestmark = pytest.mark.gen_test

NOT_EDITOR = (403, "Only editors may do this.")


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch):
    """Let lists that are kept for some seconds be read at each call."""
    monkeypatch.setattr(desk, "_AGE_S", 0.0)
    monkeypatch.setattr(home, "_COUNTS_AGE_S", 0.0)


async def titles(me, path, **parameters):
    return [question["title"] for question in await me.read(path, **parameters)]


async def test_one_is_told_who_one_is(qua):
    editor = await qua.join("editor", editor=True)
    assert await editor.read("me") == {
        "id": editor.user.id,
        "username": "editor",
        "first_name": "",
        "last_name": "",
        "editor": True,
    }
    assert (await (await qua.join("other")).read("me"))["editor"] is False
    assert refusal_of(await qua.find("me"))[0] == 401


async def test_a_preview_is_what_the_answer_will_be(qua):
    me = await qua.join()
    raw = "**да**\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n<script>alert(1)</script>[x](javascript:1)"
    preview = response_of(await me.call("POST", "preview", {"raw": raw}))
    assert preview == {"html": (await me.ask("q", answer={"raw": raw}))["answer"]["html"]}
    assert "<script" not in preview["html"]
    assert len(await me.read("questions")) == 1


@pytest.mark.parametrize(
    "body", [{}, {"raw": ""}, {"raw": "x" * 50_001}, {"raw": ["x"]}, {"raw": "a\0b"}], ids=str
)
async def test_what_is_no_text_has_no_preview(qua, body):
    me = await qua.join()
    assert refusal_of(await me.call("POST", "preview", body))[0] == 400
    assert refusal_of(await qua.call("POST", "preview", {"raw": "x"}))[0] == 401


async def test_unanswered_questions_are_listed_until_they_have_an_answer(qua):
    me = await qua.join()
    first, second = (await me.ask("first"))["id"], (await me.ask("second"))["id"]
    await me.ask("answered", answer={"raw": "yes"})
    await me.call("DELETE", f"questions/{(await me.ask('archived'))['id']}")
    assert await titles(me, "questions/unanswered") == ["second", "first"]
    page = await me.find("questions/unanswered", limit=1, offset=1)
    assert (response_of(page)[0]["id"], page.headers["X-Total-Count"]) == (first, "2")
    await me.change(second, answer={"raw": "yes"})
    assert await titles(me, "questions/unanswered") == ["first"]
    await me.change(second, answer={"raw": ""})
    assert await titles(me, "questions/unanswered") == ["second", "first"]


async def test_an_editor_sees_the_whole_archive_and_others_their_own_part(qua):
    author, other = await qua.join("author"), await qua.join("other")
    editor = await qua.join("editor", editor=True)
    for who in (author, other):
        number = (await who.ask(f"of {who.user.username}"))["id"]
        await who.call("DELETE", f"questions/{number}")
    assert await titles(editor, "questions/archived") == ["of other", "of author"]
    assert await titles(author, "questions/archived") == ["of author"]
    answer = await author.find("questions/archived")
    assert answer.headers["X-Total-Count"] == "1"


async def test_searches_without_hits_are_listed_until_something_is_found(qua):
    me, editor = await qua.join("me"), await qua.join("editor", editor=True)
    for query in ("ъъъъъ", "Ъъъъъ", "зюйдвестка"):
        await me.search(query)
    await me.ask("Слон")
    await me.search("слон")

    async def unmet():
        return [(each["query"], each["count"]) for each in await editor.read(path)]

    path = "searches/without_hits"
    assert sorted(await unmet()) == [("Ъъъъъ", 2), ("зюйдвестка", 1)]
    await editor.ask("Где взять зюйдвестку")
    assert await unmet() == [("Ъъъъъ", 2)]
    assert refusal_of(await me.find(path)) == NOT_EDITOR
    assert refusal_of(await qua.find(path))[0] == 401


async def test_keywords_in_use_complete_a_beginning(qua):
    me = await qua.join()
    await me.ask("1", keywords=["Почта", "пароль"])
    await me.ask("2", keywords=["пароль", "ёлка", "пар.*"])
    await me.call("DELETE", f"questions/{(await me.ask('3', keywords=['паром']))['id']}")
    assert await me.read("keywords", prefix="П") == ["пароль", "Почта", "пар.*"]
    assert await me.read("keywords", prefix="ПАР", limit=1) == ["пароль"]
    assert await me.read("keywords", prefix="елк") == ["ёлка"]
    assert await me.read("keywords", prefix=".*") == []
    for parameters in ({}, {"prefix": "x" * 101}, {"prefix": "п", "limit": 0}):
        assert refusal_of(await me.find("keywords", **parameters))[0] == 400


async def test_a_page_is_removed_by_who_added_it_and_by_editors(qua):
    author, other = await qua.join("author"), await qua.join("other")
    editor = await qua.join("editor", editor=True)
    for remover in (author, editor):
        page = await author.add(title="Зебра", content="Полосы зебры")
        (hit,) = (await author.search("зебра"))["hits"]
        path = f"external_resources/{page['id']}"
        refused = refusal_of(await other.call("POST", f"{path}/remove"))
        assert refused == (403, "Only its author and editors may change this.")
        assert response_of(await remover.call("POST", f"{path}/remove")) is None
        assert (await author.search("зебра"))["hits"] == []
        assert await author.read("external_resources") == []
        assert refusal_of(await author.find(path))[0] == 404
        assert refusal_of(await author.call("POST", f"{path}/remove"))[0] == 404
        assert (await qua.call("GET", hit["url"])).status == 400


async def test_the_home_shows_what_is_opened_most_and_what_is_new(qua):
    me = await qua.join()
    await me.ask("Тигр"), await me.ask("Слон", answer={"raw": "большой"})
    gone = (await me.ask("Кит"))["id"]
    await me.add(title="Зебра", content="полосы")
    for query in ("слон", "кит", "слон"):
        (hit,) = (await me.search(query))["hits"]
        await me.read(f"questions/{hit['id']}", **hit["url_params"])
    (hit,) = (await me.search("зебра"))["hits"]
    assert (await qua.call("GET", hit["url"])).status == 302
    assert [each["title"] for each in (await me.read("home"))["popular"]] == [
        "Слон",
        "Зебра",
        "Кит",
    ]
    await me.call("DELETE", f"questions/{gone}")
    shown = await me.read("home")
    assert [
        (each["title"], each["is_external"], each["resource"]) for each in shown["popular"]
    ] == [
        ("Слон", False, None),
        ("Зебра", True, "en.wikipedia.org"),
    ]
    assert shown["popular"][1]["url"] == "https://en.wikipedia.org/wiki/Friendship"
    assert [(each["title"], each["answer_exists"]) for each in shown["new"]] == [
        ("Слон", True),
        ("Тигр", False),
    ]
    assert refusal_of(await qua.find("home"))[0] == 401


async def test_an_empty_base_has_an_empty_home(qua):
    assert await (await qua.join()).read("home") == {"popular": [], "new": []}


TABLES = {
    "rows and cells": ("| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |", "a | b; 1 | 2; 3 | 4"),
    "between paragraphs": ("до\n\n| a |\n| - |\n| 1 |\n\nпосле", "до a; 1 после"),
    "an empty cell": ("| a | b |\n| - | - |\n| | 2 |", "a | b; | 2"),
    "as HTML": ("<table><tr><td>a</td><td>b</td></tr><tr><td>1</td></tr></table>", "a | b; 1"),
    "unclosed": ("<table><tr><td>a<td>b<tr><td>1", "a | b; 1"),
}


@pytest.mark.parametrize("name", TABLES)
async def test_a_tables_snippet_tells_rows_and_cells_apart(qua, name):
    me = await qua.join()
    raw, text = TABLES[name]
    assert (await me.ask("q", answer={"raw": raw}))["answer"]["snippet"] == text
