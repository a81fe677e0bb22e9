"""Synonyms: who may write them, what is refused, and what searches find by them, on every node."""

import pytest

from tests.support.qua_api import QuaClient, refusal_of, response_of
from tests.support.waiting import until
from widget_gateway.services.qua import synonyms

pytestmark = pytest.mark.gen_test

NOT_EDITOR = (403, "Only editors may do this.")


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch):
    """Let the proposals, which are kept for some seconds, be read at each call."""
    monkeypatch.setattr(synonyms, "_AGE_S", 0.0)


async def add(who, *words, **fields):
    return response_of(await who.call("POST", "synonyms", {"words": words} | fields))


async def found(who, query, **parameters):
    return [hit["title"] for hit in (await who.search(query, **parameters))["hits"]]


async def test_groups_are_added_listed_changed_and_removed(qua):
    editor = await qua.join("editor", editor=True)
    added = await add(editor, " wifi ", "вайфай", "WiFi", "вай  фай")
    assert added["words"] == ["wifi", "вайфай", "вай фай"]
    assert (added["one_way"], added["created_by"]["username"]) == (False, "editor")
    second = await add(editor, "1с", "бухгалтерия", one_way=True)
    assert await editor.read("synonyms") == [second, added]
    path = f"synonyms/{added['id']}"
    changed = response_of(await editor.call("PUT", path, {"one_way": True}))
    assert (changed["words"], changed["one_way"]) == (added["words"], True)
    changed = response_of(await editor.call("PUT", path, {"words": ["a", "b"]}))
    assert (changed["words"], changed["one_way"]) == (["a", "b"], True)
    assert response_of(await editor.call("DELETE", path)) is None
    assert await editor.read("synonyms") == [second]
    for method, body in (("PUT", {"one_way": False}), ("DELETE", None)):
        assert refusal_of(await editor.call(method, path, body)) == (404, "Synonyms not found.")


async def test_a_group_that_is_sent_again_is_there_once(qua):
    editor = await qua.join("editor", editor=True)
    added = await add(editor, "wifi", "вайфай")
    other_way = await add(editor, "wifi", "вайфай", one_way=True)
    assert await add(editor, "wifi", " вайфай") == added
    assert await editor.read("synonyms") == [other_way, added]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "synonyms", None),
        ("POST", "synonyms", {"words": ["a", "b"]}),
        ("PUT", "synonyms/1", {"words": ["a", "b"]}),
        ("DELETE", "synonyms/1", None),
    ],
)
async def test_only_editors_see_and_change_them(qua, method, path, body):
    await add(await qua.join("editor", editor=True), "a", "b")
    assert refusal_of(await (await qua.join("other")).call(method, path, body)) == NOT_EDITOR
    assert refusal_of(await qua.call(method, path, body))[0] == 401


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"words": []},
        {"words": ["one"]},
        {"words": ["one", "ONE", " one "]},
        {"words": ["one", "...", "  "]},
        {"words": [f"word {n}" for n in range(21)]},
        {"words": ["one", "x" * 101]},
        {"words": ["one", 2]},
        {"words": ["one", "a\0b"]},
        {"words": "one, two"},
        {"words": {"$ne": 1}},
        {"words": ["one", "two"], "one_way": "yes"},
        {"words": ["one", "two"], "one_way": []},
    ],
    ids=lambda fields: str(fields)[:40],
)
async def test_what_is_no_group_is_refused(qua, fields):
    editor = await qua.join("editor", editor=True)
    path = f"synonyms/{(await add(editor, 'a', 'b'))['id']}"
    for method, where in (("POST", "synonyms"), ("PUT", path)):
        assert refusal_of(await editor.call(method, where, fields))[0] == 400
    assert [group["words"] for group in await editor.read("synonyms")] == [["a", "b"]]


async def test_there_may_be_only_so_many_groups(qua, monkeypatch):
    monkeypatch.setattr(synonyms, "MAX_GROUPS", 1)
    editor = await qua.join("editor", editor=True)
    await add(editor, "a", "b")
    refused = refusal_of(await editor.call("POST", "synonyms", {"words": ["c", "d"]}))
    assert refused == (400, "There are too many groups of synonyms. Remove one first.")


async def test_a_word_finds_its_synonyms_in_any_form_and_itself_first(qua):
    editor = await qua.join("editor", editor=True)
    await editor.ask("Отпуск по графику")
    await editor.ask("Каникулы по графику")
    await editor.ask("Больничный лист")
    assert await found(editor, "отпуска", spelling=0) == ["Отпуск по графику"]
    group = await add(editor, "отпуск", "каникулы")
    for query in ("отпуска", "отпусков"):
        assert await found(editor, query) == ["Отпуск по графику", "Каникулы по графику"]
    assert await found(editor, "каникул") == ["Каникулы по графику", "Отпуск по графику"]
    hits = (await editor.search("отпуск"))["hits"]
    assert hits[1]["title_highlights"] == [[0, 8]]
    assert hits[1]["score"] < hits[0]["score"]
    await editor.call("PUT", f"synonyms/{group['id']}", {"one_way": True})
    assert await found(editor, "каникулы", spelling=0) == ["Каникулы по графику"]
    assert len(await found(editor, "отпуск")) == 2
    await editor.call("DELETE", f"synonyms/{group['id']}")
    assert await found(editor, "отпуск", spelling=0) == ["Отпуск по графику"]


async def test_phrases_are_synonyms_too_and_of_words_that_no_document_has(qua):
    editor = await qua.join("editor", editor=True)
    await editor.ask("Справка о доходах")
    await editor.ask("Доходы бюджета")
    await add(editor, "2ндфл", "справка о доходах")
    answer = await editor.search("2ндфл")
    assert answer["hits"][0]["title"] == "Справка о доходах"
    assert (answer["used_query"], answer["query_was_corrected"]) == ("2ндфл", False)
    await editor.ask("Форма 2ндфл")
    assert "Форма 2ндфл" in await found(editor, "как взять справку о доходах")
    assert "Форма 2ндфл" not in await found(editor, "справка о зарплате", spelling=0)


async def test_another_node_learns_of_each_change(qua, http_client, other_node_url):
    editor = await qua.join("editor", editor=True)
    await editor.ask("Каникулы по графику")
    there = QuaClient(http_client, other_node_url)
    there.token = editor.token

    async def finds(expected):
        async def does():
            return (await there.search("отпуск", spelling=0))["total"] == expected

        await until(does)

    group = await add(editor, "отпуск", "каникулы")
    await finds(1)
    await editor.call("DELETE", f"synonyms/{group['id']}")
    await finds(0)


async def test_what_helped_after_a_search_without_hits_is_proposed(qua):
    editor = await qua.join("editor", editor=True)
    await editor.ask("Отпуск по графику")

    async def proposed():
        return [(each["words"], each["users"]) for each in await editor.read("synonyms/proposals")]

    async def search_twice(who, missed, then):
        await who.search(missed, spelling=0)
        (hit,) = (await who.search(then))["hits"]
        await who.read(f"questions/{hit['id']}", **hit["url_params"])

    first, second = await qua.join("first"), await qua.join("second")
    await search_twice(first, "зюйдвест", "отпуск")
    await search_twice(first, "зюйдвест", "отпуск")
    assert await proposed() == []  # One person may have changed the topic.
    await search_twice(second, "Зюйдвест", "отпуск")
    await second.search("ъъъъъ", spelling=0)
    await second.search("отпуск")
    assert await proposed() == [(["Зюйдвест", "отпуск"], 2)]
    assert refusal_of(await first.find("synonyms/proposals")) == NOT_EDITOR
    await add(editor, "отпуск", "зюйдвест")
    assert await proposed() == []
